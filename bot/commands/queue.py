"""/queue list | pause | resume | drain | cancel: for whoever runs this Lienzo."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    # Discord hides it from members who do not manage the server; who may use it is decided by us, when it is used.
    queue = app_commands.Group(
        name="queue",
        description=described("command-queue"),
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @queue.command(name="list", description=described("command-queue-list"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.show(interaction)

    @queue.command(name="pause", description=described("command-queue-pause"))
    async def pause(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.pause(interaction)

    @queue.command(name="resume", description=described("command-queue-resume"))
    async def resume(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.resume(interaction)

    @queue.command(name="drain", description=described("command-queue-drain"))
    async def drain(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.drain(interaction)

    @queue.command(name="cancel", description=described("command-queue-cancel"))
    @app_commands.describe(generation=described("option-generation"))
    async def cancel(interaction: discord.Interaction[Any], generation: str) -> None:
        await desk.queue.cancel(interaction, generation)

    tree.add_command(queue)
