"""/imagine: draw a picture of what is described."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.services.options import ImagineOptions
from bot.ui import wording
from config import Settings
from inference.request import MAX_GUIDANCE, MAX_SEED


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    checkpoint = settings.checkpoints[settings.imagine.checkpoint]
    sizes = [app_commands.Choice(name=size.replace("x", " × "), value=size) for size in checkpoint.sizes]
    most_characters = settings.imagine.max_prompt_characters
    most_steps = checkpoint.max_steps

    @tree.command(name="imagine", description=wording.IMAGINE_DESCRIPTION)
    @app_commands.describe(**wording.OPTIONS)
    @app_commands.choices(size=sizes)
    async def imagine(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, most_characters],
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        size: str | None = None,
        steps: app_commands.Range[int, 1, most_steps] | None = None,
        guidance: app_commands.Range[float, 0.0, MAX_GUIDANCE] | None = None,
    ) -> None:
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            size=size,
            steps=steps,
            guidance=guidance,
        )
        await desk.imagine(interaction, options)
