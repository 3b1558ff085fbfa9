"""The desk for the house rules: what managers see and choose, and what is offered to members while they type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord

from bot.commands.requesters import requester_of
from bot.services.gallery import Gallery
from bot.services.house import House
from bot.services.house_rules import HouseRules, HouseSetting, Place, known_setting
from bot.services.requester import Requester, managed_server
from bot.services.usage import Usage
from bot.ui import house_panel, house_wording
from bot.ui.house_panel import HouseForm, Move
from bot.ui.language import say
from bot.ui.replies import answer_error, whisper
from config import Settings


class HouseDesk:
    """A press or a choice on the panel answers its own errors; a command's are answered by the command tree."""

    def __init__(self, house: House, usage: Usage, gallery: Gallery, settings: Settings) -> None:
        self._house = house
        self._gallery = gallery
        self._usage = usage
        self._settings = settings

    def rules(self, interaction: discord.Interaction[Any]) -> HouseRules:
        """What holds where this is asked."""
        return self._house.rules(requester_of(interaction).place)

    def ranked(self, interaction: discord.Interaction[Any], names: Iterable[str]) -> list[str]:
        """What is used most in this server first."""
        return self._usage.ranked(interaction.guild_id, names)

    def public_locale(self, interaction: discord.Interaction[Any]) -> str:
        """Of what everybody there sees: as the rules say, else the server's, else the member's."""
        return self.rules(interaction).language or str(interaction.guild_locale or interaction.locale)

    async def show(self, interaction: discord.Interaction[Any], channel_id: int | None = None) -> None:
        requester = requester_of(interaction)
        text = self._screen(requester, channel_id)
        await interaction.response.send_message(text, view=house_panel.panel(channel_id), ephemeral=True)

    async def guide(self, interaction: discord.Interaction[Any]) -> None:
        managed_server(requester_of(interaction))
        await whisper(interaction, say("guide"))

    async def greet(self, interaction: discord.Interaction[Any]) -> None:
        """The guide, after the first command of a manager in a server in which nothing was set; once."""
        requester = requester_of(interaction)
        guild_id = requester.guild_id
        if guild_id is None or not requester.may_manage_server or not interaction.is_guild_integration():
            return
        is_answered = interaction.response.type not in (None, discord.InteractionResponseType.modal)
        if self._house.is_new(guild_id) and is_answered:
            await self._house.guided(guild_id)
            await interaction.followup.send(say("guide"), ephemeral=True)

    async def use(
        self,
        interaction: discord.Interaction[Any],
        move: Move,
        channel_id: int | None,
        setting: HouseSetting | None,
        values: Sequence[str],
    ) -> None:
        """A part of the panel was used. ``values``: what was chosen in it."""
        try:
            requester = requester_of(interaction)
            managed_server(requester)
            match move:
                case Move.PLACE if values:
                    await self._turn_to(interaction, int(values[0]))
                case Move.CHANGE if values and (chosen := known_setting(values[0])):
                    await self._change(interaction, chosen, channel_id)
                case Move.SET if setting is not None:
                    await self._house.choose(requester, setting, channel_id, values)
                    await self._turn_to(interaction, channel_id, said=_done(setting))
                case Move.RESET if setting is not None:
                    await self._house.reset(requester, setting, channel_id)
                    await self._turn_to(interaction, channel_id, said=_done(setting))
                case _:
                    await self._turn_to(interaction, channel_id)
        except Exception as error:
            await answer_error(interaction, error)

    async def _turn_to(self, interaction: discord.Interaction[Any], channel_id: int | None, *, said: str = "") -> None:
        text = self._screen(requester_of(interaction), channel_id, said=said)
        await interaction.response.edit_message(content=text, view=house_panel.panel(channel_id))

    async def _change(
        self, interaction: discord.Interaction[Any], setting: HouseSetting, channel_id: int | None
    ) -> None:
        requester = requester_of(interaction)
        guild_id = managed_server(requester)
        chosen = _as_text(self._house.chosen(guild_id, channel_id).get(setting))
        view = house_panel.chooser(setting, channel_id, self._house.choices(setting), chosen)
        if view is not None:
            text = house_wording.one(setting, self._house.rules(_anywhere(guild_id, channel_id)), channel_id)
            await interaction.response.edit_message(content=text, view=view)
            return

        async def typed(answer: discord.Interaction[Any], text: str) -> None:
            await self.use(answer, Move.SET, channel_id, setting, [text])

        most = self._settings.imagine.max_prompt_characters
        await interaction.response.send_modal(HouseForm(setting, ", ".join(chosen), most, typed))

    def _screen(self, requester: Requester, channel_id: int | None, *, said: str = "") -> str:
        guild_id = managed_server(requester)
        found = self._house.rules(_anywhere(guild_id, channel_id))
        if found.gallery is not None and self._gallery.is_refused(guild_id):
            said = f"{said}\n{say('gallery-refused', channel=f'<#{found.gallery}>')}".strip()
        return house_wording.rules(found, channel_id, self._house.channels_of(guild_id), said=said)


def _anywhere(guild_id: int, channel_id: int | None) -> Place:
    """As managers choose it: with what is there only where Discord lets nobody but adults in."""
    return Place(guild_id, channel_id, is_age_restricted=True)


def _done(setting: HouseSetting) -> str:
    return say("rules-set", setting=say(f"rule-{setting.value}"))


def _as_text(value: Any) -> list[str]:
    """A value as it was chosen or typed."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(one) for one in value]
    return [f"{value:g}" if isinstance(value, float) else str(value)]
