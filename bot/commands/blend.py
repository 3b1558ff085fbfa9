"""/blend: pictures as a part of the prompt. It is there only where the settings name an IP-adapter."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.attachments import bytes_of
from bot.commands.desk import Desk
from bot.commands.offers import choices, labelled, of_checkpoints, of_sizes
from bot.services.house_rules import MAX_COUNT
from bot.services.options import ImagineOptions
from bot.ui.language import described
from config import Settings
from config.additions import fitting
from inference.request import MAX_SEED

OPTIONS = (
    "prompt", "first", "second", "third", "blend", "blend_strength", "negative_prompt", "seed", "size", "count",
    "checkpoint", "private",
)  # fmt: skip


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    if not settings.ip_adapters:
        return
    most_characters = settings.imagine.max_prompt_characters

    @tree.command(name="blend", description=described("command-blend"))
    @app_commands.describe(**{name: described(f"option-{name}") for name in OPTIONS})
    async def blend_(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, most_characters],
        first: discord.Attachment,
        second: discord.Attachment | None = None,
        third: discord.Attachment | None = None,
        blend: str | None = None,
        blend_strength: app_commands.Range[float, 0.0, 1.0] | None = None,
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        size: str | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] = 1,
        checkpoint: str | None = None,
        private: bool | None = None,
    ) -> None:
        given = (("first", first), ("second", second), ("third", third))
        files = [await bytes_of(name, attachment) for name, attachment in given if attachment is not None]
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            size=size,
            checkpoint=checkpoint,
            blend=blend,
            blend_images=tuple(files),
            blend_strength=blend_strength,
            count=count,
            is_private=private,
        )
        await desk.imagine(interaction, options)

    blend_.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))
    blend_.autocomplete("size")(of_sizes(desk.house, desk.checkpoint_chosen, settings))

    @blend_.autocomplete("blend")
    async def adapters(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        names = fitting(settings.ip_adapters, desk.checkpoint_chosen(interaction))
        return choices(labelled(names, settings.ip_adapters), typed)
