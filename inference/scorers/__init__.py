"""Measure an image, or a text; never decide. A scorer takes pixels, (height, width, 3) uint8, and returns named scores,
0 to 1.

Scorers are called from several writer threads at once. One that raises fails its job: what cannot be measured is not
posted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from config.settings import SafetySettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TextScores: TypeAlias = "Callable[[Sequence[str]], Mapping[str, float]]"
Scorer: TypeAlias = "Callable[[NDArray[np.uint8]], Mapping[str, float]]"


def make_scorers(settings: SafetySettings) -> list[Scorer]:
    """The scorers that the settings name, with their weights loaded and tested. Raises CheckpointUnusable."""
    if not settings.nsfw_checkpoint:
        return []
    from inference.scorers.nsfw import NsfwScorer

    return [NsfwScorer(settings.nsfw_checkpoint, settings.nsfw_revision)]


def make_text_scorer(settings: SafetySettings) -> TextScores | None:
    """From texts to the highest chance of each label, by the checkpoint that the settings name, loaded and tested; None
    if they name none. Raises CheckpointUnusable."""
    if not settings.text_checkpoint:
        return None
    from inference.scorers.text import TextScorer

    return TextScorer(settings.text_checkpoint, settings.text_revision, tuple(settings.text_labels))
