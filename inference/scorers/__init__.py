"""Measure an image; never decide. A scorer takes pixels, (height, width, 3) uint8, and returns named scores, 0 to 1.

Scorers are called from several writer threads at once. One that raises fails its job: what cannot be measured is not
posted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from config.settings import SafetySettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Scorer: TypeAlias = "Callable[[NDArray[np.uint8]], Mapping[str, float]]"


def make_scorers(settings: SafetySettings) -> list[Scorer]:
    """The scorers that the settings name, with their weights loaded and tested. Raises CheckpointUnusable."""
    if not settings.nsfw_checkpoint:
        return []
    from inference.scorers.nsfw import NsfwScorer

    return [NsfwScorer(settings.nsfw_checkpoint, settings.nsfw_revision)]
