"""Several pictures of one request: each next one has the next seed, or, of a comparison, the same seed and another
value of the one parameter that is compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from bot.errors import InvalidRequest
from bot.services.house_rules import MAX_COUNT
from db.parameters import Comparison, Parameters
from inference import ImageRequest
from inference.request import MAX_SEED
from inference.samplers import SAMPLERS

COMPARABLE = ("steps", "guidance", "checkpoint", "sampler")

T = TypeVar("T", Parameters, ImageRequest)


def read_comparison(parameter: str, values: str) -> Comparison:
    """``values``: two to four, with commas, semicolons or bars between them. Raises InvalidRequest."""
    if parameter not in COMPARABLE:
        raise InvalidRequest("parameter", "not-comparable", known=", ".join(COMPARABLE))
    typed = list(dict.fromkeys(one.strip() for one in re.split(r"[,;|]", values) if one.strip()))
    if not 2 <= len(typed) <= MAX_COUNT:
        raise InvalidRequest("values", "how-many-values", most=str(MAX_COUNT))
    return Comparison(parameter, tuple(_value(parameter, one) for one in typed))


def part(asked: T, nth: int, comparison: Comparison | None) -> T:
    """The ``nth`` picture alone, 0 the first."""
    if comparison is None:
        return replace(asked, seed=(asked.seed + nth) % (MAX_SEED + 1))
    value: dict[str, Any] = {comparison.parameter: comparison.values[nth]}
    alone = replace(asked, **value)
    return replace(alone, comparison=None) if isinstance(alone, Parameters) else alone


def parts(asked: T, count: int, comparison: Comparison | None) -> Iterator[T]:
    return (part(asked, nth, comparison) for nth in range(count))


def label(comparison: Comparison, nth: int) -> str:
    """What stands under a picture of the sheet."""
    value = comparison.values[nth]
    if comparison.parameter == "sampler":
        return SAMPLERS[str(value)].label
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if comparison.parameter == "checkpoint" else f"{comparison.parameter} {text}"


def _value(parameter: str, text: str) -> str | int | float:
    try:
        match parameter:
            case "steps":
                return int(text)
            case "guidance":
                return float(text)
            case "sampler":
                return _sampler(text)
            case _:
                return text
    except ValueError:
        raise InvalidRequest("values", "no-value", parameter=parameter, given=text) from None


def _sampler(text: str) -> str:
    """By its name or its label. Raises ValueError."""
    for name, sampler in SAMPLERS.items():
        if text.casefold() in (name, sampler.label.casefold()):
            return name
    raise ValueError(text)
