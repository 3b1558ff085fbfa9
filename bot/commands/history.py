"""/history, /favourites and /show: pictures that are there already."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.services.history import MAX_WORDS, HistoryQuery
from bot.ui import wording
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:  # noqa: ARG001
    @tree.command(name="history", description=wording.HISTORY_DESCRIPTION)
    @app_commands.describe(search=wording.SEARCH_OPTION)
    async def history(
        interaction: discord.Interaction[Any], search: app_commands.Range[str, 1, MAX_WORDS] | None = None
    ) -> None:
        await desk.show_history(interaction, HistoryQuery(search or ""))

    @tree.command(name="favourites", description=wording.FAVOURITES_DESCRIPTION)
    @app_commands.describe(search=wording.SEARCH_OPTION)
    async def favourites(
        interaction: discord.Interaction[Any], search: app_commands.Range[str, 1, MAX_WORDS] | None = None
    ) -> None:
        await desk.show_history(interaction, HistoryQuery(search or "", is_liked=True))

    @tree.command(name="show", description=wording.SHOW_DESCRIPTION)
    @app_commands.describe(number=wording.SHOW_OPTION)
    async def show(interaction: discord.Interaction[Any], number: app_commands.Range[str, 1, 20]) -> None:
        await desk.show_one(interaction, number)
