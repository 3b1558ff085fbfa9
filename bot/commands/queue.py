"""/queue list | pause | resume | drain | cancel: for whoever runs this Lienzo."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui import wording
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, _settings: Settings) -> None:
    # Discord hides it from members who do not manage the server; who may use it is decided by us, when it is used.
    queue = app_commands.Group(
        name="queue",
        description=wording.QUEUE_DESCRIPTION,
        default_permissions=discord.Permissions(manage_guild=True),
    )

    @queue.command(name="list", description=wording.QUEUE_LIST)
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.show(interaction)

    @queue.command(name="pause", description=wording.QUEUE_PAUSE)
    async def pause(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.pause(interaction)

    @queue.command(name="resume", description=wording.QUEUE_RESUME)
    async def resume(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.resume(interaction)

    @queue.command(name="drain", description=wording.QUEUE_DRAIN)
    async def drain(interaction: discord.Interaction[Any]) -> None:
        await desk.queue.drain(interaction)

    @queue.command(name="cancel", description=wording.QUEUE_CANCEL)
    @app_commands.describe(generation=wording.QUEUE_CANCEL_WHICH)
    async def cancel(interaction: discord.Interaction[Any], generation: str) -> None:
        await desk.queue.cancel(interaction, generation)

    tree.add_command(queue)
