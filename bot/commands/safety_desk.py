"""The desk for the gate's settings: what holds here, what a manager wants to change, and what the gate did."""

from __future__ import annotations

from typing import Any

import discord

from bot.commands.requesters import requester_of
from bot.services.safety_choices import Change, SafetyChoices
from bot.services.safety_overview import SafetyOverview
from bot.ui import moderation_wording
from bot.ui.buttons import only
from bot.ui.language import say
from bot.ui.moderation_buttons import PolicyButton
from bot.ui.replies import answer_error, whisper


class SafetyDesk:
    """Every answer is private."""

    def __init__(self, choices: SafetyChoices, overview: SafetyOverview) -> None:
        self._choices = choices
        self._overview = overview

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        place = requester_of(interaction).place
        await whisper(interaction, moderation_wording.overview(await self._overview.of(place)))

    async def propose(self, interaction: discord.Interaction[Any], change: Change, *, in_adult_channel: bool) -> None:
        """What would change, with a button that does it."""
        proposal = await self._choices.propose(requester_of(interaction), change, is_age_restricted=in_adult_channel)
        view = only(PolicyButton(change, is_looser=proposal.is_looser))
        await interaction.response.send_message(moderation_wording.proposal(proposal), view=view, ephemeral=True)

    async def apply(self, interaction: discord.Interaction[Any], change: Change) -> None:
        try:
            await self._choices.apply(requester_of(interaction), change)
            await interaction.response.edit_message(content=say("policy-applied"), view=None)
        except Exception as error:
            await answer_error(interaction, error)

    async def transparency(self, interaction: discord.Interaction[Any]) -> None:
        counts = await self._overview.transparency(interaction.guild_id)
        await whisper(interaction, moderation_wording.transparency(counts))
