"""First stage: draw the pictures and write their captions, in shards that later stages read.

A shard is a folder with `pictures.npy` (N, H, W, 3) uint8, `captions.json` (N lists of WAYS) and nothing held out.
Which shards a training run uses, and how often, is the run's business: so the domain can be widened without drawing
anything again.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from inference.builtin.pictures import captions, drawing, holdout, scenes, shapes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipe:
    """What one shard holds: `number` pictures of `kind`, of objects `names`, `width` by `height` pixels."""

    kind: str
    names: tuple[str, ...]
    number: int
    width: int = scenes.SIDE
    height: int = scenes.SIDE


LATER: Final = shapes.NAMES[18:]

SHARDS: Final[dict[str, Recipe]] = {
    # First: few objects, plain backgrounds, until they are crisp.
    "one": Recipe("one", scenes.CRISP, 24_000),
    "two": Recipe("two", scenes.CRISP, 20_000),
    # Then wider.
    "landscape": Recipe("landscape", (), 8_000),
    "count": Recipe("count", scenes.CRISP, 8_000),
    "pattern": Recipe("pattern", scenes.CRISP, 8_000),
    "style": Recipe("style", scenes.CRISP, 6_000),
    "one-more": Recipe("one", LATER, 10_000),
    "two-more": Recipe("two", shapes.NAMES, 12_000),
    # Other shapes of paper.
    "wide-one": Recipe("one", scenes.CRISP, 3_000, 160, 96),
    "wide-two": Recipe("two", scenes.CRISP, 3_000, 160, 96),
    "wide-landscape": Recipe("landscape", (), 4_000, 160, 96),
    "tall-one": Recipe("one", scenes.CRISP, 3_000, 96, 160),
    "tall-two": Recipe("two", scenes.CRISP, 3_000, 96, 160),
}


def sample(recipe: Recipe, lot: random.Random, held_out: bool = False) -> scenes.Scene:
    """A scene of the recipe from the wanted side of the hold-out."""
    while True:
        scene = scenes.KINDS[recipe.kind](lot, recipe.names, recipe.width, recipe.height)
        if holdout.is_held_out(scene) == held_out:
            return scene


def draw_shards(work: Path, seed: int, only: tuple[str, ...] = (), shards: Mapping[str, Recipe] = SHARDS) -> None:
    """Draws every shard that is not there yet; about 0.8 ms a picture on one core."""
    for number, (name, recipe) in enumerate(shards.items()):
        folder = work / "data" / name
        if (only and name not in only) or (folder / "captions.json").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        lot = random.Random(seed * 1000 + number)
        pictures = np.lib.format.open_memmap(
            folder / "pictures.npy", mode="w+", dtype=np.uint8, shape=(recipe.number, recipe.height, recipe.width, 3)
        )
        told = []
        for index in range(recipe.number):
            scene = sample(recipe, lot)
            pictures[index] = drawing.draw(scene)
            told.append(captions.captions(scene))
        pictures.flush()
        write_json(folder / "captions.json", told)
        log.info("drew %s: %d pictures", name, recipe.number)


def load_pictures(work: Path, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(N, H, W, 3), read from disk as needed."""
    pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = np.load(
        work / "data" / name / "pictures.npy", mmap_mode="r"
    )
    return pictures


def load_captions(work: Path, name: str) -> list[list[str]]:
    told: list[list[str]] = json.loads((work / "data" / name / "captions.json").read_text())
    return told


def shard_names(work: Path) -> list[str]:
    """The shards that have been drawn."""
    return sorted(path.parent.name for path in (work / "data").glob("*/captions.json"))


def write_json(path: Path, value: object) -> None:
    """Whole or not at all: a killed run leaves the old file."""
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(value))
    fresh.replace(path)
