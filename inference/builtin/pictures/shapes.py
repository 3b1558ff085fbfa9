"""The objects, each as a few polygons in a unit square.

Coordinates: x to the right, y down, both in [-1, 1]; a drawing fills that square in at least one direction. A part's
`tone` says how its colour follows from the object's: `main` is the colour that the caption names and covers most of
the silhouette.

Adding an object: write its function, enter it in OBJECTS, look at a sheet of them (`sheet.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """A filled polygon, (N, 2), and the tone that it is filled with: main, dark, light, cream, wood, or ink."""

    points: Points
    tone: str = "main"


def _points(*xy: tuple[float, float]) -> Points:
    return np.array(xy, dtype=np.float64)


def _ellipse(
    x: float = 0.0, y: float = 0.0, rx: float = 1.0, ry: float | None = None, start: float = 0, stop: float = 360
) -> Points:
    """An arc of an ellipse; degrees, clockwise from the right because y points down."""
    angle = np.radians(np.linspace(start, stop, 49))
    return np.stack([x + rx * np.cos(angle), y + (rx if ry is None else ry) * np.sin(angle)], axis=1)


def _regular(corners: int, turn: float = -90, inner: float | None = None) -> Points:
    """A regular polygon, or with `inner` a star whose notches lie at that radius."""
    count = corners if inner is None else 2 * corners
    angle = np.radians(turn + np.arange(count) * 360 / count)
    radius = np.ones(count)
    if inner is not None:
        radius[1::2] = inner
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    span = (points.max(axis=0) - points.min(axis=0)).max()
    return np.asarray((points - middle) * (2 / span))


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return _points((left, top), (right, top), (right, bottom), (left, bottom))


def circle() -> list[Part]:
    return [Part(_ellipse())]


def square() -> list[Part]:
    return [Part(_box(-0.9, -0.9, 0.9, 0.9))]


def triangle() -> list[Part]:
    return [Part(_points((0, -0.9), (1, 0.85), (-1, 0.85)))]


def star() -> list[Part]:
    return [Part(_regular(5, inner=0.45))]


def heart() -> list[Part]:
    t = np.linspace(0, 2 * np.pi, 81)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [Part(np.stack([x / 16, (y - 2.5) / 16], axis=1))]


def diamond() -> list[Part]:
    return [Part(_points((0, -1), (0.72, 0), (0, 1), (-0.72, 0)))]


def ring() -> list[Part]:
    def half(start: float, stop: float) -> Part:
        return Part(np.concatenate([_ellipse(start=start, stop=stop), _ellipse(rx=0.5, start=stop, stop=start)]))

    return [half(-1, 181), half(179, 361)]


def cross() -> list[Part]:
    a = 0.34
    corners = [
        (-a, -1),
        (a, -1),
        (a, -a),
        (1, -a),
        (1, a),
        (a, a),
        (a, 1),
        (-a, 1),
        (-a, a),
        (-1, a),
        (-1, -a),
        (-a, -a),
    ]
    return [Part(_points(*corners))]


def crescent() -> list[Part]:
    """The moon of children's books: a disc of radius 1 without a smaller disc whose centre lies to the right."""
    outer = _ellipse(start=48, stop=312)
    tip = float(np.degrees(np.arcsin(outer[0][1] / 0.755)))
    inner = _ellipse(x=0.52, rx=0.755, start=tip, stop=360 - tip)
    points = np.concatenate([outer, inner[::-1]])
    return [Part(points + np.array([0.16, 0.0]))]


def oval() -> list[Part]:
    return [Part(_ellipse(rx=1.0, ry=0.6))]


def rectangle() -> list[Part]:
    return [Part(_box(-1, -0.52, 1, 0.52))]


def arrow() -> list[Part]:
    return [Part(_points((-1, -0.3), (0.1, -0.3), (0.1, -0.8), (1, 0), (0.1, 0.8), (0.1, 0.3), (-1, 0.3)))]


def house() -> list[Part]:
    return [
        Part(_box(-0.72, -0.15, 0.72, 0.95)),
        Part(_points((0, -0.98), (1, -0.1), (-1, -0.1)), "dark"),
        Part(_box(-0.18, 0.38, 0.2, 0.95), "wood"),
        Part(_box(-0.55, 0.12, -0.27, 0.42), "cream"),
        Part(_box(0.29, 0.12, 0.57, 0.42), "cream"),
    ]


def tree() -> list[Part]:
    return [
        Part(_box(-0.16, 0.3, 0.16, 1.0), "wood"),
        Part(_ellipse(-0.38, 0.05, 0.42)),
        Part(_ellipse(0.38, 0.05, 0.42)),
        Part(_ellipse(0, -0.45, 0.55)),
    ]


def fish() -> list[Part]:
    return [
        Part(_points((0.35, 0), (1, -0.58), (0.86, 0), (1, 0.58)), "dark"),
        Part(_ellipse(-0.25, 0, 0.75, 0.52)),
        Part(_ellipse(-0.62, -0.1, 0.15), "cream"),
        Part(_ellipse(-0.65, -0.1, 0.08), "ink"),
    ]


def cloud() -> list[Part]:
    return [
        Part(_ellipse(-0.58, 0.2, 0.42)),
        Part(_ellipse(0.6, 0.22, 0.4)),
        Part(_ellipse(-0.08, -0.16, 0.52)),
        Part(_ellipse(0.36, -0.02, 0.36)),
        Part(_box(-0.58, 0.1, 0.6, 0.62)),
    ]


def flower() -> list[Part]:
    petals = [Part(_ellipse(0.6 * np.cos(a), 0.6 * np.sin(a), 0.4)) for a in np.radians(np.arange(6) * 60 - 90)]
    return [*petals, Part(_ellipse(rx=0.5)), Part(_ellipse(rx=0.33), "heart")]


def mushroom() -> list[Part]:
    stem = _points((-0.26, 0.0), (0.26, 0.0), (0.38, 0.95), (-0.38, 0.95))
    cap = np.concatenate([_ellipse(0, 0.15, 1.0, 1.1, start=180, stop=360), _points((0.9, 0.3), (-0.9, 0.3))])
    return [
        Part(stem, "cream"),
        Part(cap),
        Part(_ellipse(-0.42, -0.25, 0.17), "cream"),
        Part(_ellipse(0.2, -0.5, 0.18), "cream"),
        Part(_ellipse(0.5, -0.02, 0.14), "cream"),
    ]


def boat() -> list[Part]:
    return [
        Part(_box(-0.06, -1.0, 0.06, 0.4), "wood"),
        Part(_points((0.12, -0.95), (0.85, 0.28), (0.12, 0.28)), "light"),
        Part(_points((-0.12, -0.7), (-0.12, 0.28), (-0.7, 0.28)), "light"),
        Part(_points((-1, 0.38), (1, 0.38), (0.62, 0.95), (-0.62, 0.95))),
    ]


def apple() -> list[Part]:
    return [
        Part(_points((-0.06, -0.55), (0.02, -1.0), (0.16, -0.96), (0.08, -0.5)), "wood"),
        Part(_ellipse(-0.3, 0.1, 0.62, 0.72)),
        Part(_ellipse(0.3, 0.1, 0.62, 0.72)),
        Part(_ellipse(0, 0.35, 0.6, 0.62)),
        Part(_ellipse(0.42, -0.78, 0.34, 0.15), "leaf"),
    ]


def cat() -> list[Part]:
    return [
        Part(_points((-0.92, -0.95), (-0.2, -0.55), (-0.82, 0.1))),
        Part(_points((0.92, -0.95), (0.2, -0.55), (0.82, 0.1))),
        Part(_ellipse(0, 0.15, 0.95, 0.8)),
        Part(_ellipse(-0.38, 0.02, 0.18), "cream"),
        Part(_ellipse(0.38, 0.02, 0.18), "cream"),
        Part(_ellipse(-0.36, 0.03, 0.09), "ink"),
        Part(_ellipse(0.36, 0.03, 0.09), "ink"),
        Part(_points((-0.13, 0.38), (0.13, 0.38), (0, 0.54)), "blush"),
    ]


def balloon() -> list[Part]:
    return [
        Part(_box(-0.03, 0.4, 0.03, 1.0), "ink"),
        Part(_points((0, 0.3), (0.16, 0.56), (-0.16, 0.56)), "dark"),
        Part(_ellipse(0, -0.3, 0.62, 0.72)),
        Part(_ellipse(-0.22, -0.56, 0.12, 0.18), "light"),
    ]


def umbrella() -> list[Part]:
    hook = np.concatenate(
        [_ellipse(0.17, 0.72, 0.23, start=0, stop=180), _ellipse(0.17, 0.72, 0.11, start=180, stop=0)]
    )
    scallops = [Part(_ellipse(x, 0.06, 0.34, 0.2), "main") for x in (-0.66, 0.0, 0.66)]
    dome = _ellipse(0, 0.06, 1.0, 0.98, start=180, stop=360)
    return [Part(_box(-0.06, -0.1, 0.06, 0.74), "wood"), Part(hook, "wood"), *scallops, Part(dome)]


def car() -> list[Part]:
    cabin = _points((-0.55, -0.05), (-0.36, -0.55), (0.3, -0.55), (0.6, -0.05))
    window = _points((-0.36, -0.08), (-0.24, -0.42), (0.2, -0.42), (0.4, -0.08))
    wheels = [Part(_ellipse(x, 0.36, 0.25), "ink") for x in (-0.55, 0.55)]
    hubs = [Part(_ellipse(x, 0.36, 0.1), "cream") for x in (-0.55, 0.55)]
    return [Part(cabin), Part(_box(-1, -0.1, 1, 0.38)), Part(window, "cream"), *wheels, *hubs]


OBJECTS: Final[dict[str, Callable[[], list[Part]]]] = {
    "circle": circle,
    "square": square,
    "triangle": triangle,
    "star": star,
    "heart": heart,
    "diamond": diamond,
    "ring": ring,
    "cross": cross,
    "crescent": crescent,
    "oval": oval,
    "rectangle": rectangle,
    "arrow": arrow,
    "house": house,
    "tree": tree,
    "fish": fish,
    "cloud": cloud,
    "flower": flower,
    "mushroom": mushroom,
    "boat": boat,
    "apple": apple,
    "cat": cat,
    "balloon": balloon,
    "umbrella": umbrella,
    "car": car,
}

NAMES: Final = tuple(OBJECTS)
