"""Simple landscapes: a sky by time of day, a ground, sun or moon, and at most one feature.

Each time has its own sky and light; each ground its own colour, so that a picture can be judged by two colours.
"""

from __future__ import annotations

import math
import random
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from inference.builtin.pictures import palette, shapes
from inference.builtin.pictures.palette import RGB
from inference.builtin.pictures.scenes import Landscape

SKIES: Final[dict[str, tuple[RGB, RGB]]] = {
    "day": ((78, 160, 240), (176, 222, 250)),
    "sunset": ((226, 84, 70), (252, 184, 84)),
    "night": ((14, 18, 56), (40, 48, 104)),
    "dawn": ((172, 140, 214), (252, 206, 206)),
}
"""Colour at the top and at the horizon."""

LIGHT: Final[dict[str, tuple[RGB, float]]] = {
    "day": ((255, 255, 255), 0.0),
    "sunset": ((150, 50, 40), 0.3),
    "night": ((12, 16, 60), 0.55),
    "dawn": ((190, 150, 200), 0.25),
}
"""What the time of day does to every colour on the ground: (light, share mixed in)."""

EARTH: Final[dict[str, RGB]] = {
    "meadow": (88, 184, 76),
    "sea": (28, 104, 184),
    "desert": (236, 196, 112),
    "snow": (244, 248, 252),
    "mountains": (110, 116, 128),
}


def ground_colour(land: Landscape) -> RGB:
    """Colour of the ground in the light of that time."""
    return lit(EARTH[land.ground], land.time)


def lit(colour: RGB, time: str) -> RGB:
    light, share = LIGHT[time]
    return palette.mix(colour, light, share)


def draw(land: Landscape, size: tuple[int, int], scale: int, lot: random.Random) -> Image.Image:
    """The landscape on a canvas of `size`; `scale` canvas pixels make one pixel of the picture."""
    width, height = size
    horizon = height * lot.uniform(0.56, 0.64)
    top, low = SKIES[land.time]
    share = np.clip(np.linspace(0, height / horizon, height), 0, 1)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(low) * share
    canvas = Image.fromarray(np.broadcast_to(rows, (height, width, 3)).round().astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    _light_of_the_sky(pen, land, width, horizon, scale, lot)
    if land.clouds and land.time != "night":
        for _ in range(2):
            x, y = lot.uniform(0.15, 0.85) * width, lot.uniform(0.12, 0.35) * horizon
            _put(pen, "cloud", palette.mix((255, 255, 255), low, 0.15), x, y, 14 * scale)
    _ground(pen, land, width, height, horizon, lot)
    _feature(pen, land, width, height, horizon, scale, lot)
    return canvas


def _light_of_the_sky(
    pen: ImageDraw.ImageDraw, land: Landscape, width: int, horizon: float, scale: int, lot: random.Random
) -> None:
    x = width * lot.choice([0.24, 0.5, 0.76]) + lot.uniform(-4, 4) * scale
    if land.time == "night":
        for _ in range(14):
            sx, sy, r = lot.uniform(0, width), lot.uniform(0, horizon * 0.85), lot.uniform(0.9, 1.4) * scale
            pen.ellipse((sx - r, sy - r, sx + r, sy + r), fill=(250, 248, 220))
        _put(pen, "crescent", (252, 244, 200), x, horizon * 0.32, 12 * scale)
        return
    radius = (16 if land.time == "sunset" else 12) * scale
    y = {"day": horizon * 0.3, "sunset": horizon * 0.88, "dawn": horizon * 0.8}[land.time]
    colour = {"day": (255, 226, 64), "sunset": (255, 232, 120), "dawn": (255, 244, 214)}[land.time]
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ground(
    pen: ImageDraw.ImageDraw, land: Landscape, width: int, height: int, horizon: float, lot: random.Random
) -> None:
    near = ground_colour(land)
    far = palette.mix(near, SKIES[land.time][1], 0.3)
    if land.ground == "sea":
        pen.rectangle((0, horizon, width, height), fill=near)
        band = (height - horizon) / 7
        for row in range(3):
            y = horizon + band * (1.2 + 2 * row)
            left = lot.uniform(0, 0.4) * width
            pen.rectangle((left, y, left + width * 0.4, y + band * 0.35), fill=palette.lighter(near, 0.18))
        return
    if land.ground == "mountains":
        for _ in range(3):
            x, peak = lot.uniform(0.05, 0.95) * width, horizon * lot.uniform(0.35, 0.6)
            half = (horizon - peak) * 1.1
            pen.polygon(((x, peak), (x + half, horizon + 2), (x - half, horizon + 2)), fill=palette.darker(far, 0.12))
            tip = (horizon - peak) * 0.28
            pen.polygon(
                ((x, peak), (x + tip * 1.1, peak + tip), (x - tip * 1.1, peak + tip)),
                fill=lit((250, 250, 255), land.time),
            )
        pen.rectangle((0, horizon, width, height), fill=near)
        return
    for colour, lift, rise in ((far, -0.02, 0.05), (near, 0.09, 0.045)):
        phase, waves = lot.uniform(0, 2 * math.pi), lot.uniform(0.7, 1.2)
        crest = [
            (x, horizon + height * (lift + rise * math.sin(phase + waves * 2 * math.pi * x / width)))
            for x in np.linspace(0, width, 40)
        ]
        pen.polygon([*crest, (width, height), (0, height)], fill=colour)


def _feature(
    pen: ImageDraw.ImageDraw, land: Landscape, width: int, height: int, horizon: float, scale: int, lot: random.Random
) -> None:
    if land.feature is None:
        return
    leaves = (226, 236, 244) if land.ground == "snow" else (34, 122, 56)
    radius = min(width, height) * 0.2
    base = horizon + (height - horizon) * 0.36
    if land.feature == "trees":
        for x in (0.18, 0.5, 0.82):
            _put(
                pen,
                "tree",
                lit(leaves, land.time),
                width * x + lot.uniform(-3, 3) * scale,
                base - radius * 0.75,
                radius * 0.8,
                land.time,
            )
        return
    colour = leaves if land.feature == "tree" else palette.COLOURS[land.feature_colour or "red"]
    x = width * lot.choice([0.3, 0.5, 0.7])
    drop = 0.4 if land.feature == "boat" else 0.75
    _put(pen, land.feature, lit(colour, land.time), x, base - radius * drop, radius, land.time)


def _put(
    pen: ImageDraw.ImageDraw, shape: str, colour: RGB, x: float, y: float, radius: float, time: str = "day"
) -> None:
    """One object in the light of the time; windows shine at night because cream stays cream."""
    fixed = {"cream": palette.CREAM, "wood": lit(palette.WOOD, time), "dark": palette.darker(colour, 0.28)}
    for part in shapes.OBJECTS[shape]():
        tone = palette.lighter(colour, 0.5) if part.tone == "light" else fixed.get(part.tone, colour)
        pen.polygon([(float(px * radius + x), float(py * radius + y)) for px, py in part.points], fill=tone)
