"""What is offered to members while they type. It is all in memory: an answer takes no time worth speaking of."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from math import gcd
from typing import Any, TypeAlias

import discord
from discord import app_commands

from bot.commands.house_desk import HouseDesk
from config import CheckpointSettings, Settings
from config.additions import ControlNetSettings, IPAdapterSettings, LoraSettings
from config.settings import parse_size

MOST_OFFERED = 25  # Discord's limit

Offer: TypeAlias = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


def choices(labels: Mapping[str, str], typed: str) -> list[app_commands.Choice[str]]:
    """Those with what was typed in their name or label, in their order."""
    looked_for = typed.casefold().replace(" ", "")
    found = [
        app_commands.Choice(name=label[:100], value=value)
        for value, label in labels.items()
        if looked_for in f"{value} {label}".casefold().replace(" ", "")
    ]
    return found[:MOST_OFFERED]


def labelled(
    names: Iterable[str],
    known: Mapping[str, CheckpointSettings]
    | Mapping[str, LoraSettings]
    | Mapping[str, ControlNetSettings]
    | Mapping[str, IPAdapterSettings],
) -> dict[str, str]:
    """Each with what members are shown for it."""
    return {name: known[name].label or name for name in names}


def described_size(size: str) -> str:
    """768x512 -> 768 × 512 (3:2)."""
    width, height = parse_size(size)
    divisor = gcd(width, height)
    return f"{width} × {height} ({width // divisor}:{height // divisor})"


def of_checkpoints(house: HouseDesk, settings: Settings) -> Offer:
    """Those that the rules of the place allow, what is used most there first."""

    async def checkpoints(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        names = house.ranked(interaction, house.rules(interaction).checkpoints)
        return choices(labelled(names, settings.checkpoints), typed)

    return checkpoints


def of_sizes(house: HouseDesk, checkpoint: Callable[[discord.Interaction[Any]], str], settings: Settings) -> Offer:
    """Those that the rules of the place allow for the checkpoint, what is used most first."""

    async def sizes(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        offered = house.rules(interaction).sizes_for(settings.checkpoints[checkpoint(interaction)])
        return choices({size: described_size(size) for size in house.ranked(interaction, offered)}, typed)

    return sizes
