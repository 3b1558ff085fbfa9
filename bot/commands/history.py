"""/history, /favourites and /show: pictures that are there already."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.services.history import MAX_WORDS, HistoryQuery
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:  # noqa: ARG001
    @tree.command(name="history", description=described("command-history"))
    @app_commands.describe(search=described("option-search"))
    async def history(
        interaction: discord.Interaction[Any], search: app_commands.Range[str, 1, MAX_WORDS] | None = None
    ) -> None:
        await desk.show_history(interaction, HistoryQuery(search or ""))

    @tree.command(name="favourites", description=described("command-favourites"))
    @app_commands.describe(search=described("option-search"))
    async def favourites(
        interaction: discord.Interaction[Any], search: app_commands.Range[str, 1, MAX_WORDS] | None = None
    ) -> None:
        await desk.show_history(interaction, HistoryQuery(search or "", is_liked=True))

    @tree.command(name="show", description=described("command-show"))
    @app_commands.describe(number=described("option-number"))
    async def show(interaction: discord.Interaction[Any], number: app_commands.Range[str, 1, 20]) -> None:
        await desk.show_one(interaction, number)
