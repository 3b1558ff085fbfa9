"""Which words of a text the encoder reads: short runs of them, without what only says how a picture is painted.

Decoration would make every text alike, and one harmless sentence hides another in a long run; so runs are of the two
sizes that the regressions have for their windows, and each size has a reader of its own. Training reads all runs of a
text, the classifier only those around the windows that it finds suspicious: the encoder costs thirty times what the
regressions cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.safety.normalise import View
from bot.safety.wording import is_decoration

SIZES = ((12, 6, 14), (7, 3, 9))  # words, words between two beginnings, and up to so many words are one run

Bounds = tuple[int, int]


def undecorated(words: View) -> list[int]:
    """The places of the words that are read; all where nothing but decoration is there."""
    return [at for at, word in enumerate(words) if not is_decoration(word)] or list(range(len(words)))


def runs(count: int) -> list[list[Bounds]]:
    """Of so many words, for each size: together they hold all of them."""
    found = []
    for size, stride, most_whole in SIZES:
        if count <= most_whole:
            found.append([(0, count)] if count else [])
        else:
            found.append(overlapping(count, size, stride))
    return found


def overlapping(count: int, size: int, stride: int) -> list[Bounds]:
    """Pieces of ``size`` words, one beginning every ``stride`` and the last at the end; ``count`` is no less."""
    return [*((start, start + size) for start in range(0, count - size, stride)), (count - size, count)]


def around(words: View, windows: Sequence[Bounds]) -> list[list[View]]:
    """For each size the run nearest to each window of the text, no run twice."""
    places = undecorated(words)
    return [
        [
            tuple(words[at] for at in places[slice(*every[number])])
            for number in dict.fromkeys(nearest(every, places, window) for window in windows)
        ]
        for every in runs(len(places))
    ]


def nearest(every: Sequence[Bounds], places: Sequence[int], window: Bounds) -> int:
    """The number of the run whose middle is nearest to that of a window of the whole text. ``every``: runs of what
    stands at ``places``."""
    middle = sum(np.searchsorted(places, window).tolist())
    return min(range(len(every)), key=lambda number: abs(sum(every[number]) - middle))
