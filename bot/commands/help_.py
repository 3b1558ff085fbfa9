"""/help, /tree and /stats: looking around."""

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    @tree.command(name="help", description=described("command-help"))
    async def help_(interaction: discord.Interaction[Any]) -> None:
        await desk.help.show(interaction)

    @tree.command(name="tree", description=described("command-tree"))
    @app_commands.describe(number=described("option-number"))
    async def family(interaction: discord.Interaction[Any], number: app_commands.Range[str, 1, 20]) -> None:
        await desk.help.tree(interaction, number)

    @tree.command(name="stats", description=described("command-stats"))
    @app_commands.guild_only()
    async def stats(interaction: discord.Interaction[Any]) -> None:
        await desk.help.stats(interaction)
