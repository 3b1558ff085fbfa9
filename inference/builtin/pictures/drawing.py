"""Scene to pixels, with Pillow: drawn three times too large and averaged down, which gives clean edges."""

from __future__ import annotations

import random
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from inference.builtin.pictures import landscapes, palette, shapes
from inference.builtin.pictures.palette import RGB
from inference.builtin.pictures.scenes import Background, Scene, Thing

SCALE: Final = 3
Picture = npt.NDArray[np.uint8]
"""(height, width, 3)."""


def draw(scene: Scene, enlarged: int = 1) -> Picture:
    """The picture of a scene, or the same picture so many times larger; the same scene always gives the same bytes."""
    lot = random.Random(scene.seed)
    scale = SCALE * enlarged
    size = (scene.width * scale, scene.height * scale)
    if scene.landscape is not None:
        canvas = landscapes.draw(scene.landscape, size, scale, lot)
        return np.asarray(canvas.reduce(SCALE))
    tints = {name: _tint(lot, rgb) for name, rgb in palette.COLOURS.items()}
    canvas = _background(scene.background, size, scale, tints)
    for thing in scene.things:
        paint(canvas, thing, tints[thing.colour], scale, outline=scene.style == "outline")
    picture = canvas.reduce(SCALE)
    if scene.style == "pixel art":
        blocks = canvas.resize((scene.width // 8, scene.height // 8), Image.Resampling.NEAREST)
        picture = blocks.resize(picture.size, Image.Resampling.NEAREST)
    return np.asarray(picture)


def silhouette(
    shape: str, side: int, radius: float, angle: float = 0.0, gone: str | None = None
) -> npt.NDArray[np.bool_]:
    """(side, side) mask of one object in the middle, what the check compares with; `gone`: a tone that cannot be told
    from the background."""
    canvas = Image.new("RGB", (side * SCALE, side * SCALE), (0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    for part in shapes.OBJECTS[shape]():
        points = _place(part.points, Thing(shape, "white", side / 2, side / 2, radius, angle), SCALE)
        pen.polygon(points, fill=(0, 0, 0) if part.tone == gone else (255, 255, 255))
    return np.asarray(canvas.reduce(SCALE))[..., 0] > 127


def paint(canvas: Image.Image, thing: Thing, colour: RGB, scale: int, outline: bool = False) -> None:
    """Draws one object; as an outline only the silhouette's border, 5 pixels wide."""
    pen = ImageDraw.Draw(canvas)
    parts = shapes.OBJECTS[thing.shape]()
    if outline:
        mask = Image.new("L", canvas.size, 0)
        inner = Image.new("L", canvas.size, 0)
        mask_pen, inner_pen = ImageDraw.Draw(mask), ImageDraw.Draw(inner)
        for part in parts:
            points = _place(part.points, thing, scale)
            mask_pen.polygon(points, fill=255)
            mask_pen.line([*points, points[0]], fill=255, width=5 * scale, joint="curve")
        for part in parts:
            inner_pen.polygon(_place(part.points, thing, scale), fill=255)
        border = np.asarray(inner).copy()
        eroded = _erode(border > 127, 3 * scale)
        canvas.paste(colour, mask=Image.fromarray(np.where(eroded, 0, np.asarray(mask)).astype(np.uint8)))
        return
    for part in parts:
        pen.polygon(_place(part.points, thing, scale), fill=_tone(part.tone, colour))


def _erode(mask: npt.NDArray[np.bool_], radius: int) -> npt.NDArray[np.bool_]:
    """Takes `radius` pixels off the border (diamond-shaped brush)."""
    for _ in range(radius):
        padded = np.pad(mask, 1)
        mask = mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask


def _tone(tone: str, colour: RGB) -> RGB:
    brightness = sum(colour) / 3
    if tone == "main":
        return colour
    if tone == "dark":
        return palette.lighter(colour, 0.25) if brightness < 50 else palette.darker(colour, 0.28)
    if tone == "light":
        return palette.darker(colour, 0.1) if brightness > 225 else palette.lighter(colour, 0.4)
    if tone == "heart":  # of a flower: yellow, unless the flower is
        return (
            palette.CREAM if colour[0] > 230 and 110 < colour[1] < 235 and colour[2] < 90 else palette.COLOURS["yellow"]
        )
    fixed = {
        "cream": palette.CREAM,
        "wood": palette.WOOD,
        "leaf": palette.COLOURS["green"],
        "blush": palette.COLOURS["pink"],
    }
    return fixed.get(tone, palette.COLOURS["black"])


def _place(points: shapes.Points, thing: Thing, scale: int) -> list[tuple[float, float]]:
    """Unit square to canvas: turn, then stretch, then move."""
    turn = np.radians(thing.angle)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    placed = (points @ spin * thing.radius + np.array([thing.x, thing.y])) * scale
    return [(float(x), float(y)) for x, y in placed]


def _tint(lot: random.Random, rgb: RGB) -> RGB:
    """No two reds are the same; half a just noticeable step either way."""
    r, g, b = (min(255, max(0, round(lot.gauss(channel, 3)))) for channel in rgb)
    return r, g, b


def _background(background: Background, size: tuple[int, int], scale: int, tints: dict[str, RGB]) -> Image.Image:
    first, second = tints[background.colour], tints[background.second or background.colour]
    canvas = Image.new("RGB", size, first)
    pen = ImageDraw.Draw(canvas)
    width, height = size
    if background.pattern == "gradient":
        share = np.linspace(0, 1, height)[:, None, None]
        rows = np.array(first) * (1 - share) + np.array(second) * share
        return Image.fromarray(np.broadcast_to(rows, (height, width, 3)).round().astype(np.uint8))
    step = 16 * scale
    if background.pattern == "striped":
        for left in range(step, width, 2 * step):
            pen.rectangle((left, 0, left + step - 1, height), fill=second)
    if background.pattern == "checkered":
        for top in range(0, height, step):
            for left in range(step if top // step % 2 == 0 else 0, width, 2 * step):
                pen.rectangle((left, top, left + step - 1, top + step - 1), fill=second)
    if background.pattern == "dotted":
        radius = 5 * scale
        for row, top in enumerate(range(step // 2, height, step)):
            for left in range(step // 2 + (step if row % 2 else 0), width, 2 * step):
                pen.ellipse((left - radius, top - radius, left + radius, top + radius), fill=second)
    return canvas
