"""The desk for words: captions and suggestions. Answers are private; what is drawn of them is asked for as always."""

from __future__ import annotations

from typing import Any

import discord

from bot.commands.attachments import bytes_of
from bot.commands.requesters import origin_of, requester_of
from bot.services.writing import Writing
from bot.ui.language import say
from bot.ui.replies import think
from bot.ui.written import written_page


class WritingDesk:
    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def describe(self, interaction: discord.Interaction[Any], image: discord.Attachment) -> None:
        await think(interaction)
        data = await bytes_of("image", image)
        caption = await self._writing.describe(data, requester_of(interaction), origin_of(interaction))
        await interaction.edit_original_response(view=written_page(say("described"), [caption]))

    async def suggest(self, interaction: discord.Interaction[Any], prompt: str) -> None:
        await think(interaction)
        prompts = await self._writing.suggest(prompt, requester_of(interaction), origin_of(interaction))
        await interaction.edit_original_response(view=written_page(say("suggested"), prompts))
