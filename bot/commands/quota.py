"""/quota show | cost | give | of | grant: what a member has left, what things cost, and bonus credits."""

# No postponed annotations here: discord.py reads the bounds below from the evaluated ones.

from typing import Any

import discord
from discord import app_commands

from bot.commands.desk import Desk
from bot.services.options import ImagineOptions
from bot.ui.language import described
from config import Settings

MAX_REASON_CHARACTERS = 200


def add_to(tree: app_commands.CommandTree[Any], desk: Desk, settings: Settings) -> None:
    quota = app_commands.Group(name="quota", description=described("command-quota"))
    checkpoint = settings.checkpoints[settings.imagine.checkpoint]
    sizes = [app_commands.Choice(name=size.replace("x", " × "), value=size) for size in checkpoint.sizes]
    most_steps, most_days = checkpoint.max_steps, settings.quota.grant_ceiling_days
    usual_days = min(7, most_days)
    # Discord wants bounds that make sense even where nothing may be granted; the service refuses then.
    most_credits = settings.quota.grant_ceiling_credits or 1.0

    @quota.command(name="show", description=described("command-quota-show"))
    async def show(interaction: discord.Interaction[Any]) -> None:
        await desk.quota.show(interaction)

    @quota.command(name="cost", description=described("command-quota-cost"))
    @app_commands.describe(size=described("option-size"), steps=described("option-steps"))
    @app_commands.choices(size=sizes)
    async def cost(
        interaction: discord.Interaction[Any],
        size: str | None = None,
        steps: app_commands.Range[int, 1, most_steps] | None = None,
    ) -> None:
        await desk.quota.cost(interaction, ImagineOptions(prompt="a picture", seed=0, size=size, steps=steps))

    @quota.command(name="give", description=described("command-quota-give"))
    @app_commands.describe(member=described("option-grant-member"), credits_=described("option-grant-credits"))
    @app_commands.rename(credits_="credits")
    async def give(
        interaction: discord.Interaction[Any],
        member: discord.User | discord.Member,
        credits_: app_commands.Range[float, 0.1, most_credits],
    ) -> None:
        await desk.quota.give_away(interaction, member, credits_)

    @quota.command(name="of", description=described("command-quota-of"))
    @app_commands.describe(member=described("option-of-member"))
    async def of(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> None:
        await desk.quota.of(interaction, member)

    @quota.command(name="grant", description=described("command-quota-grant"))
    @app_commands.describe(
        member=described("option-grant-member"),
        credits_=described("option-grant-credits"),
        days=described("option-grant-days"),
        reason=described("option-grant-reason"),
    )
    @app_commands.rename(credits_="credits")
    async def grant(
        interaction: discord.Interaction[Any],
        member: discord.User | discord.Member,
        credits_: app_commands.Range[float, 0.1, most_credits],
        days: app_commands.Range[int, 1, most_days] = usual_days,
        reason: app_commands.Range[str, 1, MAX_REASON_CHARACTERS] = "",
    ) -> None:
        await desk.quota.grant(interaction, member, credits_, days, reason)

    tree.add_command(quota)
