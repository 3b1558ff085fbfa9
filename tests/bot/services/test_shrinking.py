"""A smaller file of the same picture: lossless while that helps, then quality 95, then nothing."""

import io

import numpy as np
import pytest
from PIL import Image

from bot.safety import PictureFile
from bot.services.shrinking import WORTH_IT, shrink
from inference.pictures import encode, read_parameters


def picture(pixels: np.ndarray, extension: str = "png") -> PictureFile:
    data = encode(Image.fromarray(pixels), "a red circle\nSeed: 7", "png" if extension == "png" else "webp")
    return PictureFile(data, extension, pixels.shape[1], pixels.shape[0])


def pixels_of(file: PictureFile) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file.data)).convert("RGB"))


@pytest.fixture
def gradient() -> np.ndarray:
    across, down = np.meshgrid(np.arange(256), np.arange(192))
    return np.stack([across, down, (across * down) % 251], axis=-1).astype(np.uint8)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (192, 256, 3), dtype=np.uint8)


def test_what_webp_packs_better_loses_nothing(gradient: np.ndarray) -> None:
    before = picture(gradient)
    after = shrink(before)
    assert after is not None
    assert (after.extension, after.width, after.height) == ("webp", 256, 192)
    assert len(after.data) <= WORTH_IT * len(before.data)
    assert np.array_equal(pixels_of(after), gradient)
    assert read_parameters(after.data) == "a red circle\nSeed: 7"


@pytest.mark.parametrize("extension", ["png", "webp"])
def test_what_no_lossless_form_helps_becomes_quality_95(noise: np.ndarray, extension: str) -> None:
    before = picture(noise, extension)
    after = shrink(before)
    assert after is not None
    assert after.extension == "webp"
    assert len(after.data) <= WORTH_IT * len(before.data)
    assert not np.array_equal(pixels_of(after), noise)
    assert read_parameters(after.data) == "a red circle\nSeed: 7"
    assert b"trainedAlgorithmicMedia" in after.data


def test_it_ends(noise: np.ndarray) -> None:
    """Making it smaller again and again comes to nothing more to save."""
    file: PictureFile | None = picture(noise)
    for _ in range(5):
        assert file is not None
        file = shrink(file)
        if file is None:
            return
    raise AssertionError("it goes on for ever")
