"""/quota: what a member has left, and when more returns."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui import quota_wording
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    @tree.command(name="quota", description=quota_wording.QUOTA_DESCRIPTION)
    async def quota(interaction: discord.Interaction[Any]) -> None:
        await desk.show_quota(interaction)
