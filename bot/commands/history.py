"""/history: a member's own pictures, newest first."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui import wording
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    @tree.command(name="history", description=wording.HISTORY_DESCRIPTION)
    async def history(interaction: discord.Interaction[Any]) -> None:
        await desk.show_history(interaction)
