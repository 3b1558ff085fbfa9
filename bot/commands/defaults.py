"""/defaults show | set | reset: what a member wants where they type nothing."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.commands.offers import choices, described_size, of_checkpoints
from bot.services.member_defaults import Default
from bot.ui.language import described
from config import Settings
from inference.request import MAX_GUIDANCE
from inference.samplers import SAMPLERS


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    defaults = app_commands.Group(name="defaults", description=described("command-defaults"))
    most_characters = settings.imagine.max_prompt_characters
    most_steps = max(checkpoint.max_steps for checkpoint in settings.checkpoints.values())

    @defaults.command(name="show", description=described("command-defaults-show"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.defaults.show(interaction)

    @defaults.command(name="set", description=described("command-defaults-set"))
    @app_commands.describe(**{one.value: described(f"option-{one.value}") for one in Default})
    @app_commands.choices(sampler=[app_commands.Choice(name=one.label, value=key) for key, one in SAMPLERS.items()])
    async def set_(
        interaction: discord.Interaction[Any],
        checkpoint: str | None = None,
        size: str | None = None,
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        steps: app_commands.Range[int, 1, most_steps] | None = None,
        guidance: app_commands.Range[float, 0.0, MAX_GUIDANCE] | None = None,
        sampler: str | None = None,
        private: bool | None = None,
    ) -> None:
        typed = {
            Default.CHECKPOINT: checkpoint,
            Default.SIZE: size,
            Default.NEGATIVE_PROMPT: negative_prompt,
            Default.STEPS: steps,
            Default.GUIDANCE: guidance,
            Default.SAMPLER: sampler,
            Default.PRIVATE: private,
        }
        await desk.defaults.set(interaction, {one: value for one, value in typed.items() if value is not None})

    @defaults.command(name="reset", description=described("command-defaults-reset"))
    @app_commands.describe(which=described("option-default-which"))
    @app_commands.choices(
        which=[app_commands.Choice(name=described(f"name-{one.value}"), value=one.value) for one in Default]
    )
    async def reset(interaction: discord.Interaction[Any], which: str | None = None) -> None:
        await desk.defaults.reset(interaction, None if which is None else Default(which))

    set_.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))

    @set_.autocomplete("size")
    async def sizes(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        rules = desk.house.rules(interaction)
        name = getattr(interaction.namespace, "checkpoint", None) or desk.defaults.checkpoint(interaction)
        checkpoint = settings.checkpoints[name if name in rules.checkpoints else rules.checkpoint]
        return choices({size: described_size(size) for size in rules.sizes_for(checkpoint)}, typed)

    tree.add_command(defaults)
