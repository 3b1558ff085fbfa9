"""Alternatives in a prompt: of ``{red|blue}`` one is drawn by lot, by the seed, so that the same seed says the same.
``__colours__`` is one line of the operator's file colours.txt (``[imagine] wildcards_folder``), drawn likewise.

The choice is made once, when it is asked; what the gate reads, what is drawn and what is shown is what was chosen.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from inference.request import MAX_PROMPT_CHARACTERS

_INNERMOST = re.compile(r"\{([^{}|]*(?:\|[^{}|]*)+)\}")
_WILDCARD = re.compile(r"__([A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*)__")
MOST_CHOICES = 50  # in one text: lines of files may name files themselves

Wildcards = Mapping[str, Sequence[str]]


def chosen(text: str, seed: int, wildcards: Wildcards | None = None) -> str:
    """Alternatives within alternatives are chosen from the inside out. A text without any is as it was.

    What grows beyond MAX_PROMPT_CHARACTERS is left there, to be refused like any other.
    """
    lot = random.Random(seed)
    known = wildcards or {}
    for _ in range(MOST_CHOICES):
        found = _INNERMOST.search(text)
        among: Sequence[str] = found[1].split("|") if found else ()
        if found is None:
            found = next((one for one in _WILDCARD.finditer(text) if one[1].lower() in known), None)
            among = known[found[1].lower()] if found else ()
        if found is None or len(text) > MAX_PROMPT_CHARACTERS:
            break
        text = text[: found.start()] + lot.choice(among).strip() + text[found.end() :]
    return text
