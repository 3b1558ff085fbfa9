"""Measure an image, or a text; never decide. A scorer takes pixels, (height, width, 3) uint8, and returns named scores,
0 to 1.

Scorers are called from several writer threads at once. One that raises fails its job: what cannot be measured is not
posted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from config.settings import SafetySettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TextScores: TypeAlias = "Callable[[Sequence[str]], Mapping[str, float]]"
Scorer: TypeAlias = "Callable[[NDArray[np.uint8]], Mapping[str, float]]"


def make_scorers(settings: SafetySettings) -> list[Scorer]:
    """The scorers that the settings name, with their weights loaded and tested. Raises CheckpointUnusable."""
    scorers: list[Scorer] = []
    if settings.nsfw_checkpoint:
        from inference.scorers.nsfw import NsfwScorer

        scorers.append(NsfwScorer(settings.nsfw_checkpoint, settings.nsfw_revision, settings.nsfw_sha256))
    if settings.safety_checker:
        from inference.scorers.safety_checker import SafetyCheckerScorer

        place = (settings.safety_checker, settings.safety_checker_revision, settings.safety_checker_sha256)
        scorers.append(SafetyCheckerScorer(*place))
    if settings.nudenet:
        from inference.scorers.nudenet import NudeNetScorer

        scorers.append(NudeNetScorer())
    return scorers


def measured(scorers: Iterable[Scorer], pixels: NDArray[np.uint8]) -> dict[str, float]:
    """By all of them; where two give the same score, the higher one. Blocking."""
    scores: dict[str, float] = {}
    for scorer in scorers:
        for name, score in scorer(pixels).items():
            known = scores.get(name, 0.0)
            # Not max(), which lets some pass: an invalid number has to stay, for the gate to see it.
            scores[name] = known if math.isnan(known) or known > score else score
    return scores


def make_text_scorer(settings: SafetySettings) -> TextScores | None:
    """From texts to the highest chance of each label, by the checkpoint that the settings name, loaded and tested; None
    if they name none. Raises CheckpointUnusable."""
    if not settings.text_checkpoint:
        return None
    from inference.scorers.text import TextScorer

    return TextScorer(settings.text_checkpoint, settings.text_revision, tuple(settings.text_labels))
