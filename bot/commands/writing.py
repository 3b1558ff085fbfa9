"""/describe and /suggest: words for a picture, and fuller prompts for a few words. Each needs its model to be there."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.ui.language import described
from config import Settings


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    if settings.writing.caption_checkpoint:

        @tree.command(name="describe", description=described("command-describe"))
        @app_commands.describe(image=described("option-describe-image"))
        async def describe(interaction: discord.Interaction[Any], image: discord.Attachment) -> None:
            await desk.writing.describe(interaction, image)

    if settings.writing.expansion_checkpoint:

        @tree.command(name="suggest", description=described("command-suggest"))
        @app_commands.describe(prompt=described("option-suggest-prompt"))
        async def suggest(
            interaction: discord.Interaction[Any],
            prompt: app_commands.Range[str, 1, settings.imagine.max_prompt_characters],
        ) -> None:
            await desk.writing.suggest(interaction, prompt)
