"""What the check asks: held-out scenes, their captions, and the marks for a picture."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.builtin import data, judge
from inference.builtin.pictures import captions, holdout, palette
from inference.builtin.pictures.scenes import RELATIONS, Scene

Picture = npt.NDArray[np.uint8]
Marks = dict[str, bool]
"""Name of a figure -> right or wrong; a figure is the mean of its marks."""

PLAIN_FORMS: Final = ("circle", "square", "triangle")


@dataclass(frozen=True)
class Question:
    """A held-out scene and the caption that is asked for."""

    scene: Scene
    caption: str


def questions(kind: str, number: int, names: tuple[str, ...], seed: int) -> list[Question]:
    """`number` held-out questions; objects take turns, and so do the captions that tell everything."""
    lot = random.Random(f"{kind} {seed}")
    asked = []
    for index in range(number):
        turn = (names[index % len(names)],) if kind == "one" else names
        scene = _with_new_pair(kind, turn, lot) if kind == "one" and index % 3 == 2 else _held_out(kind, turn, lot)
        asked.append(Question(scene, captions.captions(scene)[index % 3 if kind != "landscape" else 2 * (index % 2)]))
    return asked


def _held_out(kind: str, names: tuple[str, ...], lot: random.Random) -> Scene:
    return data.sample(data.Recipe(kind, names, 0), lot, held_out=True)


def _with_new_pair(kind: str, names: tuple[str, ...], lot: random.Random) -> Scene:
    """A scene whose object has a colour that training never showed on it, where the hold-out has one."""
    for _ in range(400):
        scene = _held_out(kind, names, lot)
        if holdout.is_new_pair(scene):
            return scene
    return _held_out(kind, names, lot)


def mark(scene: Scene, picture: Picture, names: tuple[str, ...]) -> Marks:
    """Judges one picture of a scene."""
    if scene.landscape is not None:
        time, ground = judge.landscape(picture)
        return {"landscape: sky": time == scene.landscape.time, "landscape: ground": ground == scene.landscape.ground}
    ground_right = palette.name_of(judge.background(picture)) == scene.background.colour
    if scene.kind == "two":
        return {"background colour": ground_right, **_mark_two(scene, picture, names)}
    thing, seen = scene.things[0], judge.one(picture, names)
    marks = {
        "background colour": ground_right,
        "object colour": seen.colour == thing.colour,
        "exact shape": seen.shape == thing.shape,
    }
    if thing.shape in PLAIN_FORMS:
        marks["circle, square, triangle by form"] = seen.shape == thing.shape
    return marks


def _mark_two(scene: Scene, picture: Picture, names: tuple[str, ...]) -> Marks:
    relation, wanted = scene.relation or "left", scene.things
    if relation in ("right", "below"):
        relation, wanted = RELATIONS[relation], (wanted[1], wanted[0])
    *seen, found = judge.two(picture, names)
    colours = all(a.colour == b.colour for a, b in zip(seen, wanted, strict=True))
    forms = [a.shape == b.shape for a, b in zip(seen, wanted, strict=True)]
    return {
        "two: both colours and relation": colours and found == relation,
        "two: first shape": forms[0],
        "two: second shape": forms[1],
        "two: everything right": colours and found == relation and all(forms),
    }


def shares(marks: Iterable[Marks]) -> dict[str, tuple[float, int]]:
    """Figure -> (share right, number of marks)."""
    collected: dict[str, list[bool]] = {}
    for single in marks:
        for name, right in single.items():
            collected.setdefault(name, []).append(right)
    return {name: (sum(right) / len(right), len(right)) for name, right in collected.items()}
