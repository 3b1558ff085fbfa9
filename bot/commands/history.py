"""/history, /favourites and /show: pictures that are there already."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.commands.offers import choices, labelled
from bot.services.history import MAX_WORDS, HistoryQuery
from bot.ui.language import described
from config import Settings
from db.records import Kind


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    describe = app_commands.describe(
        search=described("option-search"), kind=described("option-kind"), checkpoint=described("option-of-checkpoint")
    )
    kinds = app_commands.choices(
        kind=[app_commands.Choice(name=described(f"kind-{kind.value}"), value=kind.value) for kind in Kind]
    )

    async def checkpoints(_: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return choices(labelled(settings.checkpoints, settings.checkpoints), typed)

    def query(search: str | None, kind: str | None, checkpoint: str | None, *, is_liked: bool) -> HistoryQuery:
        return HistoryQuery(search or "", is_liked, Kind(kind) if kind else None, checkpoint or "")

    @tree.command(name="history", description=described("command-history"))
    @describe
    @kinds
    @app_commands.autocomplete(checkpoint=checkpoints)
    async def history(
        interaction: discord.Interaction[Any],
        search: app_commands.Range[str, 1, MAX_WORDS] | None = None,
        kind: str | None = None,
        checkpoint: str | None = None,
    ) -> None:
        await desk.show_history(interaction, query(search, kind, checkpoint, is_liked=False))

    @tree.command(name="favourites", description=described("command-favourites"))
    @describe
    @kinds
    @app_commands.autocomplete(checkpoint=checkpoints)
    async def favourites(
        interaction: discord.Interaction[Any],
        search: app_commands.Range[str, 1, MAX_WORDS] | None = None,
        kind: str | None = None,
        checkpoint: str | None = None,
    ) -> None:
        await desk.show_history(interaction, query(search, kind, checkpoint, is_liked=True))

    @tree.command(name="show", description=described("command-show"))
    @app_commands.describe(number=described("option-number"))
    async def show(interaction: discord.Interaction[Any], number: app_commands.Range[str, 1, 20]) -> None:
        await desk.show_one(interaction, number)
