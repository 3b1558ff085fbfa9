"""Whose picture is it, and how far is it from what the pipeline draws for the same request alone?"""

from __future__ import annotations

import io
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
    wrong, largest, means = 0, 0.0, []
    for job in jobs:
        mine = _pixels(ours[job])
        apart = np.abs(mine - _pixels(pipelines[job]))
        largest = max(largest, float(apart.max()))
        means.append(float(apart.mean()))
        if apart.max() > CLEARLY_OTHER:
            others = (pipelines[other] for other in jobs if other != job)
            wrong += any(_is_nearer(mine, _pixels(other), means[-1]) for other in others)
    return {
        "compared": len(jobs),
        "wrong_pictures": wrong,
        "difference_max": largest,
        "difference_mean": sum(means) / len(means) if means else 0.0,
    }


def over_all(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """One wrong picture in one round is one too many: no median may hide it."""
    return {
        "compared": sum(seen["compared"] for seen in rounds),
        "wrong_pictures": sum(seen["wrong_pictures"] for seen in rounds),
        "difference_max": max(seen["difference_max"] for seen in rounds),
        "difference_mean": sum(seen["difference_mean"] for seen in rounds) / len(rounds),
    }


def _is_nearer(mine: NDArray[np.int16], other: NDArray[np.int16], distance: float) -> bool:
    return mine.shape == other.shape and float(np.abs(mine - other).mean()) < distance


def _pixels(file: bytes) -> NDArray[np.int16]:
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.int16)
