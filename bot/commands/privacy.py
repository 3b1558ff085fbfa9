"""/privacy show | export | delete: what Lienzo keeps of a member, and that member's say over it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui import wording
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    privacy = app_commands.Group(name="privacy", description=wording.PRIVACY_DESCRIPTION)

    @privacy.command(name="show", description=wording.PRIVACY_SHOW)
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.show(interaction)

    @privacy.command(name="export", description=wording.PRIVACY_EXPORT)
    async def export(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.export(interaction)

    @privacy.command(name="delete", description=wording.PRIVACY_DELETE)
    async def delete(interaction: discord.Interaction[Any]) -> None:
        await desk.privacy.ask_before_deleting(interaction)

    tree.add_command(privacy)
