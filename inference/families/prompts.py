"""Attention weights in a prompt, in the syntax that people bring along: ``(word:1.3)``, ``((word))``, ``[word]``.

``(word)`` acts 1.1 times as strongly, ``[word]`` 1.1 times less, brackets multiply, ``(word:1.3)`` sets a factor, and a
backslash makes the next bracket an ordinary character: the syntax of the Stable Diffusion web UI. Nothing is an error.
A bracket without its partner, and a pair without a letter or digit inside, is drawn as it stands: ``:)`` is a smile.

The library for this, compel 2.5.1, was tried with transformers 5.23 and diffusers 0.42.1 and not taken. Its output for
hidden layers other than the last (what clip_skip needs) reads ``text_encoder.text_model``, which transformers 5.6
removed, so it fails. Its own syntax is another one and cannot be switched off: ``C++`` and ``low-poly-`` are weights to
it and ``"a".and("b")`` a program, so what people write would have to be escaped first. It blends weights below 1 with a
second encoding, so a prompt copied from elsewhere would not give the picture that it gave there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROUND_FACTOR = 1.1
MAX_WEIGHT = 10.0  # far beyond anything that still draws; keeps a hundred brackets from becoming infinite

_FACTOR = re.compile(r":\s*([+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6}))\s*$")
_WORD = re.compile(r"\w")
_PARTNER = {")": "(", "]": "["}


class Piece(NamedTuple):
    text: str
    weight: float


class _Pair(NamedTuple):
    """close: index of the closing bracket; text_end: where the text inside ends, before a factor."""

    close: int
    text_end: int
    factor: float


def parse_prompt(prompt: str) -> list[Piece]:
    """``prompt`` without its weight syntax, in order; neighbours differ in weight. Never raises, never empty."""
    pairs = _find_pairs(prompt)
    closers = {pair.close for pair in pairs.values()}
    factors = {pair.text_end: pair.close for pair in pairs.values() if pair.text_end < pair.close}
    pieces: list[Piece] = []
    outer: list[float] = []
    weight = 1.0
    index = 0
    while index < len(prompt):
        if _is_escape(prompt, index):
            index += 1
        elif index in pairs:
            outer.append(weight)
            weight *= pairs[index].factor
            index += 1
            continue
        elif index in closers:
            weight = outer.pop()
            index += 1
            continue
        elif index in factors:
            index = factors[index]
            continue
        bounded = max(-MAX_WEIGHT, min(MAX_WEIGHT, weight))
        if pieces and pieces[-1].weight == bounded:
            pieces[-1] = Piece(pieces[-1].text + prompt[index], bounded)
        else:
            pieces.append(Piece(prompt[index], bounded))
        index += 1
    return pieces or [Piece("", 1.0)]


def _find_pairs(prompt: str) -> dict[int, _Pair]:
    """By the index of the opening bracket. A closing bracket belongs to the last open one if that is of its kind."""
    pairs: dict[int, _Pair] = {}
    open_brackets: list[int] = []
    index = 0
    while index < len(prompt):
        character = prompt[index]
        if _is_escape(prompt, index):
            index += 1
        elif character in "([":
            open_brackets.append(index)
        elif character in _PARTNER and open_brackets and prompt[open_brackets[-1]] == _PARTNER[character]:
            start = open_brackets.pop()
            inside = prompt[start + 1 : index]
            factor = ROUND_FACTOR if character == ")" else 1 / ROUND_FACTOR
            text_end = index
            if character == ")" and (given := _FACTOR.search(inside)):
                factor = float(given[1])
                text_end = start + 1 + given.start()
            if _WORD.search(prompt, start + 1, text_end):
                pairs[start] = _Pair(index, text_end, factor)
        index += 1
    return pairs


def _is_escape(prompt: str, index: int) -> bool:
    return prompt[index] == "\\" and index + 1 < len(prompt) and prompt[index + 1] in "()[]\\"
