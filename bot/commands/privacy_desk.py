"""The desk for what is kept of a member. Every answer is for that member alone."""

from __future__ import annotations

from typing import Any

import discord

from bot.commands.requesters import requester_of
from bot.services.privacy import Privacy
from bot.ui import wording
from bot.ui.buttons import ForgetButton, only
from bot.ui.language import say
from bot.ui.replies import answer_error, think, whisper

# Discord: 10 MiB for a file of a bot's, 25 MiB for all of one message, and a few messages are enough.
EXPORT_FILE_BYTES = 9 * 2**20
EXPORT_FILES = 10
FILES_PER_MESSAGE = 2


class PrivacyDesk:
    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        await whisper(interaction, wording.holdings(await self._privacy.holdings(requester_of(interaction))))

    async def export(self, interaction: discord.Interaction[Any]) -> None:
        await think(interaction)
        requester = requester_of(interaction)
        async with self._privacy.export(requester, most_bytes=EXPORT_FILE_BYTES, most_files=EXPORT_FILES) as export:
            for begin in range(0, len(export.files), FILES_PER_MESSAGE):
                files = [discord.File(file) for file in export.files[begin : begin + FILES_PER_MESSAGE]]
                text = wording.exported(export.left_out) if begin == 0 else ""
                await interaction.followup.send(text, files=files, ephemeral=True)

    async def ask_before_deleting(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(
            say("forget-question"), view=only(ForgetButton(interaction.user.id)), ephemeral=True
        )

    async def delete(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(content=say("forgetting"), view=None)
        try:
            gone = await self._privacy.delete(requester_of(interaction))
        except Exception as error:
            await answer_error(interaction, error)
            return
        await interaction.edit_original_response(content=wording.forgotten(gone))
