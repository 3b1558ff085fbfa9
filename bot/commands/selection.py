"""/cutout and /repaint: what a few words name in a picture. They are there only where the settings name a model that
finds it."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.attachments import bytes_of
from bot.commands.desk import Desk
from bot.commands.offers import of_checkpoints, of_sizes
from bot.services.house_rules import MAX_COUNT
from bot.services.options import ImagineOptions
from bot.services.selection import MOST_CHARACTERS
from bot.ui.language import described
from config import Settings
from inference.request import MAX_SEED

OPTIONS = ("prompt", "strength", "negative_prompt", "seed", "size", "count", "checkpoint", "private")


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    if not settings.selection.checkpoint:
        return
    most_characters = settings.imagine.max_prompt_characters

    @tree.command(name="cutout", description=described("command-cutout"))
    @app_commands.describe(image=described("option-describe-image"), what=described("option-cutout-what"))
    async def cutout(
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        what: app_commands.Range[str, 1, MOST_CHARACTERS],
    ) -> None:
        await desk.selection.cut_out(interaction, image, what)

    @tree.command(name="repaint", description=described("command-repaint"))
    @app_commands.describe(
        image=described("option-describe-image"),
        what=described("option-repaint-what"),
        **{name: described(f"option-{name}") for name in OPTIONS},
    )
    async def repaint(
        interaction: discord.Interaction[Any],
        image: discord.Attachment,
        what: app_commands.Range[str, 1, MOST_CHARACTERS],
        prompt: app_commands.Range[str, 1, most_characters],
        strength: app_commands.Range[float, 0.0, 1.0] | None = None,
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        size: str | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] = 1,
        checkpoint: str | None = None,
        private: bool | None = None,
    ) -> None:
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            size=size,
            checkpoint=checkpoint,
            image=await bytes_of("image", image),
            strength=strength,
            count=count,
            is_private=private,
        )
        await desk.repaint(interaction, options, what)

    repaint.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))
    repaint.autocomplete("size")(of_sizes(desk.house, desk.checkpoint_chosen, settings))
