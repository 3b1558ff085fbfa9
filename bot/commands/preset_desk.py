"""The desk for presets. Answers are private."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.house_desk import HouseDesk
from bot.commands.offers import MOST_OFFERED
from bot.commands.requesters import origin_of, requester_of
from bot.services.presets import Presets
from bot.services.requester import managed_server
from bot.ui import wording
from bot.ui.edit_form import PresetForm
from bot.ui.language import say
from bot.ui.replies import answer_error, whisper
from bot.ui.sanitise import quoted


class PresetDesk:
    """What is not allowed is raised, and answered by the command tree's one handler."""

    def __init__(self, presets: Presets, house: HouseDesk, max_prompt_characters: int) -> None:
        self._presets = presets
        self._house = house
        self._max_prompt_characters = max_prompt_characters

    async def add(self, interaction: discord.Interaction[Any], name: str, prompt: str, negative_prompt: str) -> None:
        requester, origin = requester_of(interaction), origin_of(interaction)
        made = await self._presets.add(requester, origin, name, prompt, negative_prompt)
        await whisper(interaction, say("preset-added", name=quoted(made.name)))

    async def edit(self, interaction: discord.Interaction[Any], name: str) -> None:
        preset = await self._presets.get(managed_server(requester_of(interaction)), name)

        async def submitted(answer: discord.Interaction[Any], prompt: str, negative_prompt: str) -> None:
            try:
                requester, origin = requester_of(answer), origin_of(answer)
                changed = await self._presets.change(requester, origin, preset.name, prompt, negative_prompt)
                await whisper(answer, say("preset-changed", name=quoted(changed.name)))
            except Exception as error:
                await answer_error(answer, error)

        await interaction.response.send_modal(PresetForm(preset, self._max_prompt_characters, submitted))

    async def remove(self, interaction: discord.Interaction[Any], name: str) -> None:
        removed = await self._presets.remove(requester_of(interaction), name)
        await whisper(interaction, say("preset-removed", name=quoted(removed.name)))

    async def show(self, interaction: discord.Interaction[Any], name: str) -> None:
        guild_id = interaction.guild_id
        if name:
            await whisper(interaction, wording.preset(await self._presets.get(guild_id, name)))
        else:
            found = [] if guild_id is None else await self._presets.of_server(guild_id)
            await whisper(interaction, wording.presets(found))

    async def offered(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """For the menu while somebody types."""
        looked_for = typed.casefold().strip()
        names = [name for name in self._presets.names(interaction.guild_id) if looked_for in name.casefold()]
        ranked = self._house.ranked(interaction, names)
        return [app_commands.Choice(name=name, value=name) for name in ranked[:MOST_OFFERED]]
