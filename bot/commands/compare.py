"""/compare: one request, one seed, up to four values of one parameter, on one labelled sheet."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.commands.offers import choices, of_checkpoints
from bot.services.comparing import COMPARABLE, read_comparison
from bot.services.options import ImagineOptions
from bot.ui.language import described
from config import Settings
from inference.request import MAX_SEED
from inference.samplers import SAMPLERS

EXAMPLES = {"steps": "5, 10, 20, 40", "guidance": "2, 4, 7, 11"}


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    most_characters = settings.imagine.max_prompt_characters

    @tree.command(name="compare", description=described("command-compare"))
    @app_commands.describe(
        prompt=described("option-prompt"),
        parameter=described("option-parameter"),
        values=described("option-values"),
        negative_prompt=described("option-negative_prompt"),
        seed=described("option-seed"),
        checkpoint=described("option-checkpoint"),
        private=described("option-private"),
    )
    @app_commands.choices(
        parameter=[app_commands.Choice(name=described(f"name-{one}"), value=one) for one in COMPARABLE]
    )
    async def compare(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, most_characters],
        parameter: str,
        values: app_commands.Range[str, 1, 200],
        negative_prompt: app_commands.Range[str, 1, most_characters] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        checkpoint: str | None = None,
        private: bool | None = None,
    ) -> None:
        comparison = read_comparison(parameter, values)
        options = ImagineOptions(
            prompt=prompt,
            negative_prompt=negative_prompt or "",
            seed=seed,
            checkpoint=checkpoint,
            is_private=private,
            comparison=comparison,
        )
        await desk.imagine(interaction, options)

    @compare.autocomplete("values")
    async def values_(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """What is typed so far, with each of what may follow."""
        parameter = getattr(interaction.namespace, "parameter", None)
        if parameter in EXAMPLES:
            return choices({EXAMPLES[parameter]: EXAMPLES[parameter]}, typed)
        names = {
            "sampler": {one.label: one.label for one in SAMPLERS.values()},
            "checkpoint": {name: name for name in desk.house.rules(interaction).checkpoints},
        }.get(str(parameter), {})
        *before, last = typed.split(",")
        chosen = [one.strip() for one in before if one.strip()]
        rest = {", ".join([*chosen, one]): ", ".join([*chosen, one]) for one in names if one not in chosen}
        return [one for one in choices(rest, "") if last.strip().casefold() in one.name.casefold()]

    compare.autocomplete("checkpoint")(of_checkpoints(desk.house, settings))
