"""/preset add | edit | remove | list: the styles of a server."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.services.presets import MOST_NAME_CHARACTERS
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    # Everybody may look; who may change them is decided by us, when it is done.
    preset = app_commands.Group(name="preset", description=described("command-preset"), guild_only=True)
    most_characters = settings.imagine.max_prompt_characters

    @preset.command(name="add", description=described("command-preset-add"))
    @app_commands.describe(
        name=described("option-preset-name"),
        prompt=described("option-preset-prompt"),
        negative_prompt=described("option-preset-negative_prompt"),
    )
    async def add(
        interaction: discord.Interaction[Any],
        name: app_commands.Range[str, 1, MOST_NAME_CHARACTERS],
        prompt: app_commands.Range[str, 1, most_characters],
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
    ) -> None:
        await desk.presets.add(interaction, name, prompt, negative_prompt or "")

    @preset.command(name="edit", description=described("command-preset-edit"))
    @app_commands.describe(name=described("option-preset-which"))
    @app_commands.autocomplete(name=desk.presets.offered)
    async def edit(interaction: discord.Interaction[Any], name: str) -> None:
        await desk.presets.edit(interaction, name)

    @preset.command(name="remove", description=described("command-preset-remove"))
    @app_commands.describe(name=described("option-preset-which"))
    @app_commands.autocomplete(name=desk.presets.offered)
    async def remove(interaction: discord.Interaction[Any], name: str) -> None:
        await desk.presets.remove(interaction, name)

    @preset.command(name="list", description=described("command-preset-list"))
    @app_commands.describe(name=described("option-preset-one"))
    @app_commands.autocomplete(name=desk.presets.offered)
    async def show(interaction: discord.Interaction[Any], name: str = "") -> None:
        await desk.presets.show(interaction, name)

    tree.add_command(preset)
