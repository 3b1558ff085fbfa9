"""/control: draw with a picture that says where things are. It is there only where the settings name a ControlNet."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.attachments import bytes_of
from bot.commands.desk import Desk
from bot.commands.offers import choices, labelled, of_checkpoints
from bot.services.house_rules import MAX_COUNT
from bot.services.options import ImagineOptions
from bot.ui.language import described
from config import Settings
from config.additions import fitting
from inference.request import MAX_CONTROL_SCALE, MAX_SEED

OPTIONS = (
    "prompt", "control_image", "control", "control_strength", "negative_prompt", "seed", "count", "checkpoint",
    "private",
)  # fmt: skip


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    if not settings.controlnets:
        return
    most_characters = settings.imagine.max_prompt_characters

    @tree.command(name="control", description=described("command-control"))
    @app_commands.describe(**{name: described(f"option-{name}") for name in OPTIONS})
    async def control_(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, most_characters],
        control_image: discord.Attachment,
        control: str | None = None,
        control_strength: app_commands.Range[float, 0.0, MAX_CONTROL_SCALE] | None = None,
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] = 1,
        checkpoint: str | None = None,
        private: bool | None = None,
    ) -> None:
        data = await bytes_of("control_image", control_image)
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            checkpoint=checkpoint,
            control=control,
            control_image=data,
            control_strength=control_strength,
            count=count,
            is_private=private,
        )
        await desk.imagine(interaction, options)

    control_.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))

    @control_.autocomplete("control")
    async def controls(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        names = fitting(settings.controlnets, desk.checkpoint_chosen(interaction))
        return choices(labelled(names, settings.controlnets), typed)
