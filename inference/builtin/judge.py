"""What a picture shows, from its pixels alone: the eyes of the check.

Background: the median of the frame. Objects: what differs from it. Colour: the commonest of the twelve, pixel by
pixel. Shape: the object whose silhouette overlaps best, after both are brought to one size. Nothing here knows what
was asked for, and how well it sees is measured on drawn pictures (the ceiling that the check prints).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from inference.builtin.pictures import drawing, landscapes, palette, shapes
from inference.builtin.pictures.scenes import Landscape

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

THRESHOLD: Final = 15.0
"""Distance in L*a*b* from which a pixel is not background."""

GRID: Final = 48
"""Side of the square that silhouettes are compared in."""

TURNS: Final = (-4, 0, 4)


@dataclass(frozen=True)
class Seen:
    """One object: colour, shape, and the centre of its box in pixels."""

    colour: str
    shape: str
    x: float
    y: float


def background(picture: Picture) -> npt.NDArray[np.float64]:
    """RGB median of a frame 4 pixels wide."""
    frame = np.concatenate(
        [
            picture[:4].reshape(-1, 3),
            picture[-4:].reshape(-1, 3),
            picture[:, :4].reshape(-1, 3),
            picture[:, -4:].reshape(-1, 3),
        ]
    )
    return np.asarray(np.median(frame, axis=0))


def foreground(picture: Picture) -> Mask:
    """Pixels that differ from the background, specks removed (at least 6 of 9 neighbours agree)."""
    apart = np.linalg.norm(palette.lab(picture) - palette.lab(background(picture)), axis=-1) > THRESHOLD
    padded = np.pad(apart, 1).astype(np.int8)
    height, width = apart.shape
    near = sum(padded[dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3))
    return np.asarray((near >= 6) & apart)


def colour_of(picture: Picture, mask: Mask) -> str:
    """The commonest of the twelve colours under a mask; the background's where the mask is empty."""
    if not mask.any():
        return palette.name_of(background(picture))
    counted = Counter(palette.nearest(picture[mask]).tolist())
    return list(palette.COLOURS)[counted.most_common(1)[0][0]]


def shape_of(mask: Mask, names: Sequence[str] = shapes.NAMES) -> str:
    """The best matching object among `names`."""
    seen = normalised(mask).ravel()
    best, answer = -1.0, names[0]
    for name in names:
        known = _templates(name)
        union = (known | seen).sum(axis=1)
        overlap = float(((known & seen).sum(axis=1) / np.maximum(union, 1)).max())
        if overlap > best:
            best, answer = overlap, name
    return answer


def normalised(mask: Mask) -> Mask:
    """The masked area's bounding box, enlarged or reduced so that its longer side is GRID, centred in (GRID, GRID)."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.zeros((GRID, GRID), dtype=bool)
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    side = max(height, width)
    ask = (np.arange(GRID) + 0.5) / GRID * side - side / 2
    y = np.floor(rows[0] + height / 2 + ask).astype(int)
    x = np.floor(columns[0] + width / 2 + ask).astype(int)
    inside = ((y >= rows[0]) & (y <= rows[-1]))[:, None] & ((x >= columns[0]) & (x <= columns[-1]))[None, :]
    height, width = mask.shape
    return np.asarray(mask[np.clip(y, 0, height - 1)][:, np.clip(x, 0, width - 1)] & inside)


@cache
def _templates(name: str) -> npt.NDArray[np.bool_]:
    """(variants, GRID * GRID): turned a little, and as if the cream or the wood were background."""
    parts = shapes.OBJECTS[name]()
    tones = {part.tone for part in parts} & {"cream", "wood", "light", "ink"}
    found = []
    for turn in TURNS:
        for gone in (None, *sorted(tones)):
            mask = drawing.silhouette(name, 128, 48, turn, gone)
            found.append(normalised(mask).ravel())
    return np.stack(found)


def one(picture: Picture, names: Sequence[str] = shapes.NAMES) -> Seen:
    """The picture as one object."""
    return _seen(picture, foreground(picture), names)


def two(picture: Picture, names: Sequence[str] = shapes.NAMES) -> tuple[Seen, Seen, str]:
    """The picture as two objects, left before right or upper before lower, and `left` or `above`: where the first one
    is.

    They are told apart where the widest empty stretch runs between them.
    """
    mask = foreground(picture)
    (across, column), (down, row) = _cut(mask.sum(axis=0)), _cut(mask.sum(axis=1))
    beside = across >= down
    first = np.zeros_like(mask)
    if beside:
        first[:, :column] = True
    else:
        first[:row] = True
    parts = _seen(picture, mask & first, names), _seen(picture, mask & ~first, names)
    return *parts, "left" if beside else "above"


def _cut(line: npt.NDArray[np.intp]) -> tuple[float, int]:
    """The best place to cut along a line of pixel counts: (how good, where). An empty stretch with something on both
    sides is as good as it is wide; without one, the thinnest place in the middle two fifths, which is worse than any
    empty stretch."""
    filled = np.flatnonzero(line > 1)
    if len(filled) > 1:
        gaps = np.diff(filled)
        widest = int(gaps.argmax())
        if gaps[widest] > 1:
            return float(gaps[widest]), int(filled[widest] + gaps[widest] // 2)
    middle = np.arange(int(len(line) * 0.3), int(len(line) * 0.7))
    thinnest = int(middle[line[middle].argmin()])
    return -float(line[thinnest]), thinnest


def _seen(picture: Picture, mask: Mask, names: Sequence[str]) -> Seen:
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return Seen(palette.name_of(background(picture)), names[0], 0, 0)
    x, y = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    return Seen(colour_of(picture, mask), shape_of(mask, names), float(x), float(y))


def landscape(picture: Picture) -> tuple[str, str]:
    """(time of day, ground): the sky nearest to a band at the top, then the ground, in that light, nearest to one at
    the bottom."""
    height = len(picture)
    sky = np.median(picture[2 : height // 8].reshape(-1, 3), axis=0)
    earth = np.median(picture[-height // 8 : -2].reshape(-1, 3), axis=0)
    time = _closest(sky, {name: colours[0] for name, colours in landscapes.SKIES.items()})
    grounds = {name: landscapes.ground_colour(Landscape(time, name)) for name in landscapes.EARTH}
    return time, _closest(earth, grounds)


def _closest(rgb: npt.NDArray[Any], anchors: dict[str, palette.RGB]) -> str:
    apart = {name: float(np.linalg.norm(palette.lab(rgb) - palette.lab(anchor))) for name, anchor in anchors.items()}
    return min(apart, key=lambda name: apart[name])
