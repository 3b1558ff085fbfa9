"""The drawn truth: reproducible, told truthfully, and with nothing held out in training."""

import random
from itertools import pairwise

import numpy as np
import pytest

from inference.builtin import data
from inference.builtin.pictures import captions, drawing, holdout, palette, scenes, shapes

KINDS = list(scenes.KINDS)


def scene_of(kind: str, seed: int = 0, width: int = 128, height: int = 128) -> scenes.Scene:
    return data.sample(data.Recipe(kind, shapes.NAMES, 0, width, height), random.Random(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_scene_is_the_same_picture_and_the_same_words(kind: str) -> None:
    first, second = scene_of(kind), scene_of(kind)
    assert first == second
    assert drawing.draw(first).tobytes() == drawing.draw(second).tobytes()
    assert captions.captions(first) == captions.captions(second)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(128, 128), (160, 96), (96, 160)])
def test_every_kind_fits_every_paper(kind: str, width: int, height: int) -> None:
    assert drawing.draw(scene_of(kind, 3, width, height)).shape == (height, width, 3)


@pytest.mark.parametrize("shape", shapes.NAMES)
def test_every_object_fills_its_square_and_stays_inside(shape: str) -> None:
    points = np.concatenate([part.points for part in shapes.OBJECTS[shape]()])
    assert np.abs(points).max() <= 1.06
    span = points.max(axis=0) - points.min(axis=0)
    assert span.max() >= 1.7
    assert drawing.silhouette(shape, 128, 48).mean() > 0.08


@pytest.mark.parametrize("kind", KINDS)
def test_six_captions_that_name_what_is_there(kind: str) -> None:
    for seed in range(40):
        scene = scene_of(kind, seed)
        told = captions.captions(scene)
        assert len(told) == captions.WAYS
        assert all("  " not in caption and caption == caption.strip() for caption in told)
        for thing in scene.things:
            words = (thing.colour, *palette.SYNONYMS.get(thing.colour, ()))
            assert any(word in told[0] for word in words), (thing.colour, told[0])


def test_a_caption_may_leave_the_colour_open() -> None:
    told = [captions.captions(scene_of("one", seed))[5] for seed in range(60)]
    assert any(not any(colour in caption for colour in palette.COLOURS) for caption in told)


def test_training_never_sees_a_held_out_combination_and_some_are() -> None:
    lot = random.Random(0)
    for kind in KINDS:
        drawn = [scenes.KINDS[kind](lot, scenes.CRISP) for _ in range(300)]
        share = sum(holdout.is_held_out(scene) for scene in drawn) / len(drawn)
        assert 0.03 < share < 0.3, kind
        assert not holdout.is_held_out(scene_of(kind, 5))


def test_two_objects_stand_apart_and_where_the_words_say() -> None:
    for seed in range(100):
        scene = scene_of("two", seed)
        first, second = scene.things
        axis = (first.x, second.x) if scene.relation in ("left", "right") else (first.y, second.y)
        assert (axis[0] < axis[1]) == (scene.relation in ("left", "above"))
        assert abs(axis[0] - axis[1]) > first.radius + second.radius


def test_the_twelve_colours_are_told_apart_even_when_tinted() -> None:
    lot = random.Random(0)
    for name, rgb in palette.COLOURS.items():
        tinted = [min(255, max(0, channel + lot.randint(-12, 12))) for channel in rgb]
        assert palette.name_of(tinted) == name


def test_lab_of_white_black_and_order_of_grays() -> None:
    white, black = palette.lab([255, 255, 255]), palette.lab([0, 0, 0])
    assert np.allclose(white, [100, 0, 0], atol=0.05)
    assert np.allclose(black, [0, 0, 0], atol=0.05)
    lightness = [float(palette.lab([level] * 3)[0]) for level in range(0, 256, 16)]
    assert all(dark < light for dark, light in pairwise(lightness))


@pytest.mark.parametrize("kind", KINDS)
def test_an_enlarged_drawing_is_the_same_picture(kind: str) -> None:
    scene = scene_of(kind, 8)
    small, large = drawing.draw(scene).astype(float), drawing.draw(scene, 4).astype(float)
    assert large.shape == (512, 512, 3)
    averaged = large.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    assert np.abs(averaged - small).mean() < 4
