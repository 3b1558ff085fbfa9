"""Which words the built-in model knows, and prompts that it is good at. No torch.

The vocabulary was learned from the captions, and every word of a caption became one token of its own. So a word is
known if it is a token that ends a word; everything else the model can only spell, and paints at random.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

EXAMPLES: Final = (
    "a red circle on a blue background",
    "a yellow star above a purple heart on a black background",
    "draw me a green tree on a white background",
    "a blue house to the left of an orange flower, white background",
    "the sea at sunset with a red boat",
    "a snowy landscape at night with a house",
    "three pink hearts on a white background",
    "a white mushroom on a turquoise background",
)
"""Prompts to show, most typical first."""

EVERYDAY: Final = frozenset(
    {"a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "it", "its", "me", "my", "of", "on", "or"}
    | {"please", "some", "that", "the", "this", "to", "with"}
)

_WORD: Final = re.compile(r"[a-z]+")


def known_words(weights: Path) -> frozenset[str]:
    """Words of two letters or more that occurred in captions."""
    tokens: dict[str, int] = json.loads((weights / "tokenizer" / "vocab.json").read_text(encoding="utf-8"))
    return frozenset(word for token in tokens if len(word := token.removesuffix("</w>")) > 1 and token.endswith("</w>"))


def unknown_words(prompt: str, known: frozenset[str]) -> tuple[str, ...]:
    """The words of a prompt that mean nothing to the model, in their order; empty for a prompt inside its world."""
    words = _WORD.findall(prompt.lower())
    return tuple(dict.fromkeys(word for word in words if len(word) > 1 and word not in known and word not in EVERYDAY))
