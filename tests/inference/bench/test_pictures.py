"""Whose picture is it?"""

import io

import numpy as np
from PIL import Image

from inference.bench.pictures import compare, over_all


def a_file(seed: int, brighter: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 200, (8, 8, 3), dtype=np.uint8) + np.uint8(brighter)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_same_pictures_are_right_and_no_step_apart() -> None:
    files = {nth: a_file(nth) for nth in range(4)}
    told = compare(files, files | {9: a_file(9)})
    assert told == {"compared": 4, "wrong_pictures": 0, "difference_max": 0, "difference_mean": 0}


def test_rounding_is_no_other_picture() -> None:
    told = compare({0: a_file(0, brighter=1), 1: a_file(1)}, {0: a_file(0), 1: a_file(1)})
    assert told["wrong_pictures"] == 0
    assert told["difference_max"] == 1
    assert told["difference_mean"] == 0.5


def test_who_got_anothers_picture_is_found() -> None:
    mine = {0: a_file(1), 1: a_file(0), 2: a_file(2)}
    assert compare(mine, {nth: a_file(nth) for nth in range(3)})["wrong_pictures"] == 2


def test_one_wrong_picture_in_one_round_is_told() -> None:
    right = {"compared": 2, "wrong_pictures": 0, "difference_max": 0.0, "difference_mean": 0.0}
    wrong = {"compared": 2, "wrong_pictures": 1, "difference_max": 90.0, "difference_mean": 30.0}
    told = over_all([right, wrong, right])
    assert told == {"compared": 6, "wrong_pictures": 1, "difference_max": 90.0, "difference_mean": 10.0}
