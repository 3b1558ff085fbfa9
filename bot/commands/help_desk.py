"""The desk for looking around: the first lesson, the tree of a picture, and a server's statistics. Private answers, but
for what an example draws."""

from __future__ import annotations

import io
from typing import Any

import discord

from bot.commands.picture_desk import Ask
from bot.commands.requesters import requester_of
from bot.errors import NotFound
from bot.services.member_defaults import MemberDefaults
from bot.services.options import ImagineOptions
from bot.services.server_stats import DAYS, Statistics
from bot.services.studio import Studio
from bot.services.tree import Tree
from bot.ui import tree_wording
from bot.ui.help_page import help_page
from bot.ui.language import say
from bot.ui.replies import answer_error, think, whisper


class HelpDesk:
    def __init__(self, studio: Studio, tree: Tree, statistics: Statistics, defaults: MemberDefaults, ask: Ask) -> None:
        self._studio = studio
        self._defaults = defaults
        self._tree = tree
        self._statistics = statistics
        self._ask = ask

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(view=help_page(), ephemeral=True)

    async def draw(self, interaction: discord.Interaction[Any], prompt: str) -> None:
        """An example, as if the member had typed it."""
        requester = requester_of(interaction)
        options = self._defaults.filled(ImagineOptions(prompt=prompt), requester)
        await self._ask(interaction, self._studio.wish_for(options, requester), is_private=bool(options.is_private))

    async def tree(self, interaction: discord.Interaction[Any], number: str) -> None:
        try:
            if not number.strip().isdecimal():
                raise NotFound
            nodes = await self._tree.of(requester_of(interaction), int(number))
            await whisper(interaction, tree_wording.tree(nodes))
        except Exception as error:
            await answer_error(interaction, error)

    async def stats(self, interaction: discord.Interaction[Any]) -> None:
        await think(interaction)
        try:
            stats = await self._statistics.of_server(interaction.guild_id, say("stats-chart", days=str(DAYS)))
            chart = discord.File(io.BytesIO(stats.chart), "statistics.png", description=say("stats-alt"))
            await interaction.edit_original_response(content=tree_wording.stats(stats), attachments=[chart])
        except Exception as error:
            await answer_error(interaction, error)
