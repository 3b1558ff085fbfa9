"""Whose picture is it, and how far is it from what the pipeline draws for the same request alone?"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLEARLY_OTHER = 8  # uint8 levels; below that it is the same picture and nobody else's


def compare(ours: Mapping[int, bytes], pipelines: Mapping[int, bytes]) -> dict[str, float]:
    """Files by job, of the same requests. Returns how many jobs were compared; wrong_pictures: that look more like
    another job's; difference_max and difference_mean, in uint8 levels: the largest and the mean over all pictures.
    """
    jobs = sorted(ours.keys() & pipelines.keys())
    references = {job: _pixels(pipelines[job]) for job in jobs}
    wrong, largest, means = 0, 0.0, []
    for job in jobs:
        mine = _pixels(ours[job])
        apart = np.abs(mine - references[job])
        largest = max(largest, float(apart.max()))
        means.append(float(apart.mean()))
        if apart.max() > CLEARLY_OTHER and _is_nearer_to_another(mine, job, references, means[-1]):
            wrong += 1
    return {
        "compared": len(jobs),
        "wrong_pictures": wrong,
        "difference_max": largest,
        "difference_mean": sum(means) / len(means) if means else math.nan,
    }


def _is_nearer_to_another(
    mine: NDArray[np.int16], job: int, references: Mapping[int, NDArray[np.int16]], distance: float
) -> bool:
    others: Sequence[NDArray[np.int16]] = [
        pixels for other, pixels in references.items() if other != job and pixels.shape == mine.shape
    ]
    return any(float(np.abs(mine - pixels).mean()) < distance for pixels in others)


def _pixels(file: bytes) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)
