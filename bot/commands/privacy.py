"""/privacy show | export | delete: what Lienzo keeps of a member, and that member's say over it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    privacy = app_commands.Group(name="privacy", description=described("command-privacy"))

    @privacy.command(name="show", description=described("command-privacy-show"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.show(interaction)

    @privacy.command(name="export", description=described("command-privacy-export"))
    async def export(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.export(interaction)

    @privacy.command(name="delete", description=described("command-privacy-delete"))
    async def delete(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.ask_before_deleting(interaction)

    tree.add_command(privacy)
