"""How much there is to see: a picture of one flat colour is what broken weights and filtered outputs look like."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def contrast(pixels: NDArray[np.uint8]) -> Mapping[str, float]:
    """Standard deviation of the grey values, as a part of the largest possible."""
    return {"contrast": float(pixels.mean(axis=2).std() / 127.5)}
