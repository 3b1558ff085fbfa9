"""Before a scorer is believed: that it tells pictures apart. Classifiers fail open: without weights, or fed with
invalid numbers, they calmly say "safe"."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from inference.errors import CheckpointUnusable, GenerationFailed, first_line

ROUNDING = 1e-6  # sums of the same chances may differ by so much

Scored = Callable[[NDArray[np.uint8]], Mapping[str, float]]


def check_scoring(source: str, scorer: Scored) -> None:
    """Two pictures that have nothing in common must get different scores. Raises CheckpointUnusable."""
    flat = np.full((64, 64, 3), 127, dtype=np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    try:
        apart = abs(scorer(flat)["nsfw"] - scorer(noise)["nsfw"])
    except GenerationFailed as error:
        raise CheckpointUnusable(source, str(error)) from error
    except Exception as error:  # its processor and its model, or its model and its labels, do not belong together
        raise CheckpointUnusable(source, f"it cannot score a picture ({first_line(error)})") from error
    if apart < ROUNDING:
        raise CheckpointUnusable(source, "it gives every picture the same score, so it measures nothing")
