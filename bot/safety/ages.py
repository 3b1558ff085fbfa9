"""Every way to write that somebody is younger than a given age."""

from __future__ import annotations

from collections.abc import Iterator

_SPELLED = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]


def ages_below(limit: int) -> Iterator[str]:
    for age in range(1, limit):
        digits = str(age)
        for unit in (
            "yo",
            "yr",
            "yrs",
            "year old",
            "years old",
            "years of age",
            "year olds",
            "yr old",
            "yrs old",
            "y o",
        ):
            yield f"{digits} {unit}"
            yield f"{digits}{unit}"
        for before in ("aged", "age", "age of", "turned", "only", "just turned"):
            if before != "only":
                yield f"{before} {digits}"
        if age < len(_SPELLED):
            word = _SPELLED[age]
            for unit in ("year old", "years old", "years of age", "yo", "year olds"):
                yield f"{word} {unit}"
            yield f"aged {word}"
            yield f"age {word}"
    # Months and weeks are always below.
    for count in range(1, 24):
        yield f"{count} month old"
        yield f"{count} months old"
    yield "months old"
    yield "weeks old"
