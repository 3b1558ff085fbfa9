"""What members read about their own defaults. The messages are in bot/ui/languages/."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.services.member_defaults import Default
from bot.ui.language import say
from bot.ui.message import fitted
from bot.ui.sanitise import quoted
from bot.ui.wording import option
from inference.samplers import SAMPLERS


def defaults(own: Mapping[Default, Any], possible: Collection[Default]) -> str:
    """``possible``: those that count where this is read."""
    if not own:
        return say("defaults-none")
    lines = [say("defaults-title")]
    for default in Default:
        if default in own:
            mark = "" if default in possible else f" · {say('default-not-here')}"
            lines.append(f"**{option(default.value)}** {_value(default, own[default])}{mark}")
    lines.append(f"-# {say('defaults-explained')}")
    return fitted(lines)


def _value(default: Default, value: Any) -> str:
    match default:
        case Default.CHECKPOINT:
            return quoted(value, 60)
        case Default.NEGATIVE_PROMPT:
            return quoted(value, 900)
        case Default.SIZE:
            return str(value).replace("x", " × ")
        case Default.SAMPLER:
            return SAMPLERS[value].label if value in SAMPLERS else quoted(value, 60)
        case Default.PRIVATE:
            return say("default-private") if value else say("default-public")
        case _:
            return f"{value:g}"
