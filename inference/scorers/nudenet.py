"""NudeNet as a scorer, where the operator has installed it: it is under the AGPL and no part of Lienzo.

pip install nudenet          then  [safety] nudenet = true
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from inference.errors import CheckpointUnusable, GenerationFailed, first_line

EXPOSED = (
    "FEMALE_GENITALIA_EXPOSED",
    "MALE_GENITALIA_EXPOSED",
    "FEMALE_BREAST_EXPOSED",
    "BUTTOCKS_EXPOSED",
    "ANUS_EXPOSED",
)


class NudeNetScorer:
    """Raises CheckpointUnusable if it is not installed or does not answer as it should."""

    def __init__(self) -> None:
        try:
            from nudenet import NudeDetector
        except ImportError as error:
            raise CheckpointUnusable("nudenet", "it is not installed; `pip install nudenet` does that") from error
        try:
            self._detector = NudeDetector()
        except Exception as error:  # whatever its runtime raises
            raise CheckpointUnusable("nudenet", f"it cannot be loaded ({first_line(error)})") from error
        self._lock = threading.Lock()
        self._test()

    def __call__(self, pixels: NDArray[np.uint8]) -> Mapping[str, float]:
        """{"nsfw": the surest of what is exposed}. Raises GenerationFailed if it does not answer with numbers."""
        with self._lock:
            found = self._detector.detect(np.ascontiguousarray(pixels[:, :, ::-1]))  # it reads BGR, as OpenCV does
        scores = [float(one["score"]) for one in found if one["class"] in EXPOSED]
        if not all(map(math.isfinite, scores)):
            raise GenerationFailed("the image check answered with an invalid number")
        return {"nsfw": min(1.0, max(scores, default=0.0))}

    def _test(self) -> None:
        """It finds nothing in plain pictures, so that it tells them apart cannot be asked for; that it answers can."""
        try:
            self(np.full((320, 320, 3), 127, dtype=np.uint8))
        except Exception as error:
            raise CheckpointUnusable("nudenet", f"it cannot score a picture ({first_line(error)})") from error
