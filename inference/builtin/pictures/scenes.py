"""What a picture shows: frozen descriptions, and how they are drawn by lot.

A Scene is the ground truth of a picture. The drawing (`drawing.py`), the captions (`captions.py`), the hold-out
(`holdout.py`) and the check all read it, so they cannot disagree. Lengths are pixels of the finished picture.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

from inference.builtin.pictures import palette, shapes

SIDE: Final = 128

SIZES: Final[dict[str, tuple[float, float]]] = {"small": (17, 21), "medium": (29, 38), "large": (45, 52)}
"""Radius of an object in a 128 pixel picture."""

PLACES: Final[dict[str, tuple[float, float]]] = {
    "top left": (0.27, 0.27),
    "top": (0.5, 0.25),
    "top right": (0.73, 0.27),
    "left": (0.25, 0.5),
    "right": (0.75, 0.5),
    "bottom left": (0.27, 0.73),
    "bottom": (0.5, 0.75),
    "bottom right": (0.73, 0.73),
}
"""Share of width and height; an object without a stated place stands in the middle."""

RELATIONS: Final[dict[str, str]] = {"left": "right", "right": "left", "above": "below", "below": "above"}
"""Where the first of two objects is, and the same fact told from the second."""

PATTERNS: Final = ("plain", "gradient", "striped", "checkered", "dotted")
STYLES: Final = ("flat", "outline", "pixel art", "black and white")
TIMES: Final = ("day", "sunset", "night", "dawn")
GROUNDS: Final = ("meadow", "sea", "desert", "snow", "mountains")
FEATURES: Final = ("house", "tree", "trees", "boat")

CRISP: Final = shapes.NAMES[:18]
"""The objects that the first stage of training is restricted to."""


@dataclass(frozen=True)
class Background:
    colour: str
    pattern: str = "plain"
    second: str | None = None


@dataclass(frozen=True)
class Thing:
    """One object: its centre, radius and turn (degrees, clockwise)."""

    shape: str
    colour: str
    x: float
    y: float
    radius: float
    angle: float = 0.0


@dataclass(frozen=True)
class Landscape:
    time: str
    ground: str
    feature: str | None = None
    feature_colour: str | None = None
    clouds: bool = False


@dataclass(frozen=True)
class Scene:
    """`kind` is one, two, count, pattern, style or landscape; `seed` fixes what the words leave open."""

    kind: str
    width: int
    height: int
    seed: int
    background: Background
    things: tuple[Thing, ...] = ()
    size: str | None = None
    place: str | None = None
    relation: str | None = None
    style: str = "flat"
    landscape: Landscape | None = field(default=None)


def _turn(lot: random.Random, shape: str) -> float:
    """A little liveliness; a tilted square must not become a diamond, nor a house fall."""
    limit = (
        5.0 if shape in ("circle", "square", "triangle", "star", "heart", "diamond", "ring", "cross", "flower") else 3.0
    )
    return lot.uniform(-limit, limit)


def _two_colours(lot: random.Random) -> tuple[str, str]:
    first, second = lot.sample(list(palette.COLOURS), 2)
    return first, second


def one(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """One object on a plain background, mostly in the middle and of middling size."""
    ground, colour = _two_colours(lot)
    shape = lot.choice(names)
    size = lot.choices(["small", "medium", "large"], [15, 60, 25])[0]
    place = lot.choice(list(PLACES)) if size != "large" and lot.random() < 0.35 else None
    u, v = PLACES[place] if place else (0.5, 0.5)
    scale = min(width, height) / SIDE
    radius = lot.uniform(*SIZES[size]) * scale
    if place:
        radius = min(radius, 27 * scale)
    x, y = u * width + lot.uniform(-4, 4), v * height + lot.uniform(-4, 4)
    thing = Thing(shape, colour, x, y, radius, _turn(lot, shape))
    return Scene("one", width, height, lot.getrandbits(30), Background(ground), (thing,), size, place)


def two(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """Two objects, well apart, beside or above each other."""
    ground, a, b = lot.sample(list(palette.COLOURS), 3)
    if lot.random() < 0.08:
        b = a
    choices = list(RELATIONS) if width == height else (["left", "right"] if width > height else ["above", "below"])
    relation = lot.choice(choices)
    along = width if relation in ("left", "right") else height
    across = height if relation in ("left", "right") else width
    near, far = along * 0.255, along * 0.745
    first, second = (near, far) if relation in ("left", "above") else (far, near)
    limit = min(along * 0.215, across * 0.3)
    things = []
    for colour, where in ((a, first), (b, second)):
        shape = lot.choice(names)
        main, other = where + lot.uniform(-2, 2), across / 2 + lot.uniform(-8, 8)
        x, y = (main, other) if relation in ("left", "right") else (other, main)
        things.append(Thing(shape, colour, x, y, limit * lot.uniform(0.86, 1.0), _turn(lot, shape)))
    return Scene("two", width, height, lot.getrandbits(30), Background(ground), tuple(things), relation=relation)


COUNT_LAYOUTS: Final[dict[int, tuple[tuple[float, float], ...]]] = {
    2: ((0.27, 0.5), (0.73, 0.5)),
    3: ((0.27, 0.7), (0.73, 0.7), (0.5, 0.28)),
    4: ((0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)),
    5: ((0.22, 0.22), (0.78, 0.22), (0.5, 0.5), (0.22, 0.78), (0.78, 0.78)),
    6: ((0.19, 0.31), (0.5, 0.31), (0.81, 0.31), (0.19, 0.69), (0.5, 0.69), (0.81, 0.69)),
}
COUNT_RADII: Final[dict[int, float]] = {2: 0.2, 3: 0.185, 4: 0.185, 5: 0.15, 6: 0.135}


def count(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """Two to six of the same object, laid out as on dice."""
    ground, colour = _two_colours(lot)
    shape = lot.choice(names)
    number = lot.choice(list(COUNT_LAYOUTS))
    radius = COUNT_RADII[number] * min(width, height) * lot.uniform(0.92, 1.05)
    things = tuple(
        Thing(shape, colour, u * width + lot.uniform(-2, 2), v * height + lot.uniform(-2, 2), radius, _turn(lot, shape))
        for u, v in COUNT_LAYOUTS[number]
    )
    return Scene("count", width, height, lot.getrandbits(30), Background(ground), things)


def pattern(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """One object before a gradient, stripes, a chequerboard or dots; or the pattern alone."""
    scene = one(lot, names, width, height)
    colours = [name for name in palette.COLOURS if name not in (scene.background.colour, scene.things[0].colour)]
    background = Background(scene.background.colour, lot.choice(PATTERNS[1:]), lot.choice(colours))
    things = scene.things if lot.random() < 0.8 else ()
    return Scene("pattern", width, height, scene.seed, background, things, scene.size, scene.place if things else None)


def style(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """One object in one of the styles that 128 pixels can carry."""
    scene = one(lot, names, width, height)
    chosen = lot.choice(STYLES[1:])
    first, background = scene.things[0], scene.background
    if chosen == "black and white":
        ground, colour = lot.choice([("white", "black"), ("black", "white"), ("white", "gray"), ("gray", "white")])
        background = Background(ground)
        first = Thing(first.shape, colour, first.x, first.y, first.radius, first.angle)
    if chosen == "pixel art":
        first = Thing(first.shape, first.colour, width / 2, height / 2, min(width, height) * 0.4)
        return Scene("style", width, height, scene.seed, background, (first,), style=chosen)
    if scene.size == "small":
        first = Thing(first.shape, first.colour, first.x, first.y, first.radius * 1.6, first.angle)
        return Scene("style", width, height, scene.seed, background, (first,), place=scene.place, style=chosen)
    return Scene("style", width, height, scene.seed, background, (first,), scene.size, scene.place, style=chosen)


def landscape(lot: random.Random, names: tuple[str, ...], width: int = SIDE, height: int = SIDE) -> Scene:
    """Ground, sky of a time of day, and perhaps a house, a tree or a boat. `names` is not used: the objects are
    these."""
    del names
    ground = lot.choice(GROUNDS)
    fitting = [None, None, "boat"] if ground == "sea" else [None, "house", "tree", "trees"]
    feature = lot.choice(fitting)
    colour = (
        lot.choice(["red", "blue", "yellow", "white", "purple", "orange"]) if feature in ("house", "boat") else None
    )
    land = Landscape(lot.choice(TIMES), ground, feature, colour, lot.random() < 0.35)
    return Scene("landscape", width, height, lot.getrandbits(30), Background("blue"), landscape=land)


KINDS: Final = {"one": one, "two": two, "count": count, "pattern": pattern, "style": style, "landscape": landscape}
