"""/imagine: draw a picture of what is described."""

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
from inference.request import MAX_GUIDANCE, MAX_LORA_SCALE, MAX_SEED
from inference.samplers import SAMPLERS
from inference.sources import MAX_EXPANSION, MIN_EXPANSION

OPTIONS = (
    "prompt", "negative_prompt", "preset", "seed", "size", "count", "checkpoint", "image", "strength", "mask", "expand",
    "lora", "lora_strength", "steps", "guidance", "sampler", "private",
)  # fmt: skip


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    most_characters = settings.imagine.max_prompt_characters
    most_steps = max(checkpoint.max_steps for checkpoint in settings.checkpoints.values())

    @tree.command(name="imagine", description=described("command-imagine"))
    @app_commands.describe(**{name: described(f"option-{name}") for name in OPTIONS})
    @app_commands.choices(sampler=[app_commands.Choice(name=one.label, value=key) for key, one in SAMPLERS.items()])
    async def imagine(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, most_characters],
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        preset: str | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        size: str | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] = 1,
        checkpoint: str | None = None,
        image: discord.Attachment | None = None,
        strength: app_commands.Range[float, 0.0, 1.0] | None = None,
        mask: discord.Attachment | None = None,
        expand: app_commands.Range[float, MIN_EXPANSION, MAX_EXPANSION] | None = None,
        lora: str | None = None,
        lora_strength: app_commands.Range[float, -MAX_LORA_SCALE, MAX_LORA_SCALE] = 1.0,
        steps: app_commands.Range[int, 1, most_steps] | None = None,
        guidance: app_commands.Range[float, 0.0, MAX_GUIDANCE] | None = None,
        sampler: str | None = None,
        private: bool | None = None,
    ) -> None:
        files: dict[str, Any] = {
            name: await bytes_of(name, attachment)
            for name, attachment in (("image", image), ("mask", mask))
            if attachment is not None
        }
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            size=size,
            steps=steps,
            guidance=guidance,
            checkpoint=checkpoint,
            strength=strength,
            expand=expand,
            loras={lora: lora_strength} if lora else {},
            count=count,
            is_private=private,
            preset=preset,
            sampler=sampler,
            **files,
        )
        await desk.imagine(interaction, options)

    imagine.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))
    imagine.autocomplete("size")(of_sizes(desk.house, desk.checkpoint_chosen, settings))

    @imagine.autocomplete("preset")
    async def presets(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return await desk.presets.offered(interaction, typed)

    @imagine.autocomplete("lora")
    async def loras(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        rules = desk.house.rules(interaction)
        names = [name for name in fitting(settings.loras, desk.checkpoint_chosen(interaction)) if name in rules.loras]
        names = desk.house.ranked(interaction, names)
        return choices(labelled(names, settings.loras), typed)
