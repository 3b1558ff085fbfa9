"""The desk for what words name in a picture: cut out, privately; or repainted, asked for like any other picture."""

from __future__ import annotations

from typing import Any

import discord

from bot.commands.attachments import bytes_of
from bot.commands.requesters import origin_of, requester_of
from bot.services.options import ImagineOptions
from bot.services.selection import Selection
from bot.ui.attachments import picture_file
from bot.ui.replies import think
from bot.ui.wording import cut_out, cut_out_alt


class SelectionDesk:
    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    async def cut_out(self, interaction: discord.Interaction[Any], image: discord.Attachment, words: str) -> None:
        await think(interaction)
        data = await bytes_of("image", image)
        picture = await self._selection.cut_out(data, words, requester_of(interaction), origin_of(interaction))
        file = picture_file(picture, "cutout", cut_out_alt(words))
        await interaction.edit_original_response(content=cut_out(words), attachments=[file])

    async def to_repaint(
        self, interaction: discord.Interaction[Any], options: ImagineOptions, words: str
    ) -> ImagineOptions:
        """See Selection."""
        return await self._selection.to_repaint(options, words, requester_of(interaction), origin_of(interaction))
