"""What people hand in: every kind of picture comes out upright, RGB and of the size that is drawn, or is refused."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference import ImageRequest, RequestInvalid
from inference.sources import MAX_BYTES, SourceImage, read_image, read_image_and_mask, read_image_to_expand
from tests.inference.builders import a_request


def a_file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(colour: Any = "red", size: tuple[int, int] = (64, 64), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def pixels(source: SourceImage) -> np.ndarray[Any, Any]:
    return np.asarray(source.open())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("size", [(64, 64), (300, 100), (33, 700), (16, 16)])
def test_any_common_file_becomes_the_size_that_is_drawn(kind: str, size: tuple[int, int]) -> None:
    source = read_image(a_file(plain(size=size), kind), width=96, height=64)
    assert (source.mode, source.width, source.height) == ("RGB", 96, 64)
    assert abs(pixels(source).mean(axis=(0, 1)) - (255, 0, 0)).max() < 3


def test_what_does_not_fit_is_cut_off_evenly() -> None:
    wide = plain("blue", (300, 100))
    wide.paste(plain("red", (100, 100)), (100, 0))
    assert (pixels(read_image(a_file(wide), width=64, height=64))[8:-8, 8:-8] == (255, 0, 0)).all()


def test_transparency_is_laid_on_white() -> None:
    source = read_image(a_file(plain((255, 0, 0, 0), mode="RGBA")), width=64, height=64)
    assert (pixels(source) == 255).all()
    palette = plain("red").convert("P")
    source = read_image(a_file(palette, transparency=palette.getpixel((0, 0))), width=64, height=64)
    assert (pixels(source) == 255).all()


def test_print_colours_are_turned_into_screen_colours() -> None:
    source = read_image(a_file(plain((0, 255, 255, 0), mode="CMYK"), "JPEG"), width=64, height=64)
    red, green, blue = pixels(source).mean(axis=(0, 1))
    assert red > 200
    assert max(green, blue) < 60


def test_sixteen_bit_are_scaled_not_cut_off() -> None:
    ramp = np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (64, 1))
    source = read_image(a_file(Image.fromarray(ramp)), width=64, height=64)
    row = pixels(source)[0, :, 0].astype(int)
    assert row[0] == 0
    assert row[-1] == 255
    assert abs(np.diff(row) - 4).max() <= 1


def test_a_photograph_that_lies_on_its_side_is_set_upright() -> None:
    picture = plain("blue", (60, 40))
    picture.paste(plain("red", (30, 40)), (0, 0))  # left half
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    source = read_image(a_file(picture, "JPEG", exif=exif, quality=95), width=40, height=64)
    seen = pixels(source).astype(int)
    assert (seen[5, :, 0] > 200).all()
    assert (seen[-5, :, 2] > 200).all()


def test_an_animation_gives_its_first_picture() -> None:
    data = a_file(plain("red"), "GIF", save_all=True, append_images=[plain("blue")])
    assert (pixels(read_image(data, width=64, height=64)) == (255, 0, 0)).all()


def a_bomb(side: int) -> bytes:
    """A PNG of a few hundred bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


WHOLE = a_file(plain(size=(200, 200)).effect_spread(40))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read"),
        (b"GIF89a", "cannot be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be read"),
        (WHOLE[: len(WHOLE) // 2], "cannot be read"),
        (WHOLE[:60] + b"\0\0\0\0" + WHOLE[64:], "cannot be read"),
        (a_file(plain(), "TIFF"), "cannot be read"),
        (a_file(plain(size=(1, 1))), "too few"),
        (a_file(plain(size=(2000, 1))), "too few"),
        (a_file(plain(size=(20_000, 20))), "at most 8192 on a side"),
        (a_bomb(8000), "too many"),
        (a_bomb(60_000), "too many"),
        (b"\x89PNG" + b"\0" * (MAX_BYTES + 1), "MiB"),
    ],
    ids=[
        "empty",
        "six bytes",
        "svg",
        "half",
        "damaged",
        "tiff",
        "1 pixel",
        "a line",
        "20000 wide",
        "bomb",
        "bigger",
        "heavy",
    ],
)
def test_what_is_no_picture_for_us_is_refused_and_says_why(data: bytes, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says) as caught:
        read_image(data, width=64, height=64)
    assert caught.value.field == "image"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(WHOLE) - 1), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]))
def test_no_bytes_raise_anything_else(noise: bytes, at: int, kind: str) -> None:
    whole = a_file(plain(size=(40, 40)), kind)
    at %= len(whole)
    for data in (noise, whole[:at] + noise + whole[at + len(noise) :], whole[:at]):
        try:
            assert read_image(data, width=64, height=64).width == 64
        except RequestInvalid as error:
            assert error.field == "image"


def a_mask(size: tuple[int, int] = (64, 64)) -> Image.Image:
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask


def test_a_mask_says_what_is_repainted() -> None:
    _, mask = read_image_and_mask(a_file(plain()), a_file(a_mask().convert("RGB")), width=64, height=64)
    assert mask.mode == "L"
    assert pixels(mask)[:, 0].min() == 255
    assert pixels(mask)[:, -1].max() == 0


def test_a_cut_out_hole_is_what_is_repainted() -> None:
    cut = plain("white").convert("RGBA")
    cut.putalpha(Image.eval(a_mask(), lambda value: 255 - value))
    _, mask = read_image_and_mask(a_file(plain()), a_file(cut), width=64, height=64)
    assert pixels(mask)[:, 0].min() == 255
    assert pixels(mask)[:, -1].max() == 0


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="64x64 pixels and the picture 100x64") as caught:
        read_image_and_mask(a_file(plain(size=(100, 64))), a_file(a_mask()), width=64, height=64)
    assert caught.value.field == "mask"


@settings(deadline=None)
@given(st.integers(16, 200), st.integers(16, 200), st.sampled_from([(64, 64), (96, 64)]), st.floats(1.1, 3.0))
def test_around_a_picture_everything_is_painted_and_nothing_of_it_is_lost(
    wide: int, high: int, drawn: tuple[int, int], times: float
) -> None:
    width, height = drawn
    image, mask = read_image_to_expand(a_file(plain(size=(wide, high))), width=width, height=height, times=times)
    assert (image.mode, image.width, image.height, mask.mode, mask.width, mask.height) == ("RGB", *drawn, "L", *drawn)
    assert (pixels(image) == (255, 0, 0)).all()
    kept = pixels(mask) == 0
    assert kept.any()
    rows, columns = kept.any(axis=1).sum(), kept.any(axis=0).sum()
    scale = min(width / wide, height / high) / times
    assert abs(columns - wide * scale) <= 17
    assert abs(rows - high * scale) <= 17
    assert kept.sum() == rows * columns
    assert pixels(mask).max() == 255


@pytest.mark.parametrize("times", [1.0, 3.1, float("nan")])
def test_no_other_expansion_is_possible(times: float) -> None:
    with pytest.raises(RequestInvalid, match="is not possible; use 1.1 to 3"):
        read_image_to_expand(a_file(plain()), width=64, height=64, times=times)


IMAGE = read_image(a_file(plain()), width=64, height=64)
BLACK = SourceImage.of(Image.new("L", (64, 64), 0))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image": IMAGE, "strength": 0.0}, "strength"),
        ({"image": IMAGE, "strength": 1.01}, "strength"),
        ({"image": IMAGE, "strength": float("nan")}, "strength"),
        ({"image": IMAGE, "strength": 0.1, "steps": 4}, "strength"),
        ({"image": IMAGE, "mask": BLACK}, "mask"),
        ({"mask": SourceImage.of(a_mask())}, "mask"),
        ({"image": IMAGE, "width": 128}, "image"),
        ({"image": BLACK}, "image"),
    ],
)
def test_a_request_that_makes_no_sense_cannot_be_made(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestInvalid) as caught:
        a_request(**fields)
    assert caught.value.field == field


@pytest.mark.parametrize(("strength", "steps"), [(1.0, 4), (0.5, 2), (0.25, 1)])
def test_strength_spares_the_first_steps(strength: float, steps: int) -> None:
    request: ImageRequest = a_request(image=IMAGE, strength=strength, steps=4)
    assert request.denoising_steps == steps


def test_equal_pictures_have_equal_names() -> None:
    assert IMAGE.sha256 == read_image(a_file(plain(), "BMP"), width=64, height=64).sha256
    assert IMAGE.sha256 != BLACK.sha256
