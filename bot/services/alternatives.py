"""Alternatives in a prompt: of ``{red|blue}`` one is drawn by lot, by the seed, so that the same seed says the same.

The choice is made once, when it is asked; what the gate reads, what is drawn and what is shown is what was chosen.
"""

from __future__ import annotations

import random
import re

_INNERMOST = re.compile(r"\{([^{}|]*(?:\|[^{}|]*)+)\}")
MOST_CHOICES = 50  # in one text


def chosen(text: str, seed: int) -> str:
    """Alternatives within alternatives are chosen from the inside out. A text without any is as it was."""
    lot = random.Random(seed)
    for _ in range(MOST_CHOICES):
        found = _INNERMOST.search(text)
        if found is None:
            break
        text = text[: found.start()] + lot.choice(found[1].split("|")).strip() + text[found.end() :]
    return text
