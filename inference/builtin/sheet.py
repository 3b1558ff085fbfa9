"""Contact sheets: the sixty pictures that one looks at before believing any number.

`python -m inference.builtin.sheet` paints the model card's sheet; `--truth` draws the same wishes by hand.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference.builtin import WEIGHTS, data
from inference.builtin.pictures import captions, drawing, scenes, shapes

Picture = npt.NDArray[np.uint8]

COLUMNS: Final = 10
GAP: Final = 4
PLAN: Final = {"one": 24, "two": 16, "landscape": 10, "count": 4, "pattern": 4, "style": 2}


def wishes(names: tuple[str, ...], plan: dict[str, int], seed: int = 0) -> list[tuple[scenes.Scene, str]]:
    """Held-out scenes with their complete caption; single objects take turns."""
    lot = random.Random(seed)
    told = []
    for kind, number in plan.items():
        for index in range(number):
            some = (names[index % len(names)],) if kind == "one" else names
            scene = data.sample(data.Recipe(kind, some, 0), lot, held_out=True)
            told.append((scene, captions.captions(scene)[0]))
    return told


def together(pictures: list[Picture], columns: int = COLUMNS) -> Image.Image:
    """The pictures in rows."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), (255, 255, 255))
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        sheet.paste(Image.fromarray(picture), (GAP + column * (width + GAP), GAP + row * (height + GAP)))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m inference.builtin.sheet", description="Sixty pictures on one sheet."
    )
    parser.add_argument("out", type=Path, help="a .png or .webp file")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--truth", action="store_true", help="draw instead of paint")
    parser.add_argument("--objects", choices=["crisp", "all"], default="all")
    parser.add_argument("--kinds", default="", help="one=30,two=30: other than the model card's")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    plan = {kind: int(n) for kind, _, n in (part.partition("=") for part in chosen.kinds.split(",") if part)} or PLAN
    asked = wishes(scenes.CRISP if chosen.objects == "crisp" else shapes.NAMES, plan, chosen.seed)
    if chosen.truth:
        pictures = [drawing.draw(scene) for scene, _ in asked]
    else:
        from inference.builtin.check import Painter

        painter = Painter(chosen.weights)
        pictures = painter.paint([caption for _, caption in asked], list(range(len(asked))))
    together(pictures).save(chosen.out)


if __name__ == "__main__":
    main()
