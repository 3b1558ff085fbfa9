"""The desk for looking around: the first lesson, the tree of a picture, and a server's statistics. Private answers."""

from __future__ import annotations

import io
from typing import Any

import discord

from bot.commands.requesters import requester_of
from bot.errors import NotFound
from bot.services.server_stats import DAYS, Statistics
from bot.services.tree import Tree
from bot.ui import tree_wording
from bot.ui.help_page import help_page
from bot.ui.language import say
from bot.ui.replies import think, whisper


class HelpDesk:
    def __init__(self, tree: Tree, statistics: Statistics) -> None:
        self._tree = tree
        self._statistics = statistics

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(view=help_page(), ephemeral=True)

    async def tree(self, interaction: discord.Interaction[Any], number: str) -> None:
        if not number.strip().isdecimal():
            raise NotFound
        nodes = await self._tree.of(requester_of(interaction), int(number))
        await whisper(interaction, tree_wording.tree(nodes))

    async def stats(self, interaction: discord.Interaction[Any]) -> None:
        await think(interaction)
        stats = await self._statistics.of_server(interaction.guild_id, say("stats-chart", days=str(DAYS)))
        chart = discord.File(io.BytesIO(stats.chart), "statistics.png", description=say("stats-alt"))
        await interaction.edit_original_response(content=tree_wording.stats(stats), attachments=[chart])
