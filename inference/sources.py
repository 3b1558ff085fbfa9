"""Pictures that people hand in: bytes of any kind -> pixels that an ImageRequest can hold, or a clear refusal.

What comes in is hostile until it has been read: sizes are judged from the header before anything is decoded, only
common formats are opened, and whatever Pillow makes of broken bytes becomes a RequestInvalid.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from PIL import Image, ImageOps

from inference.errors import RequestInvalid

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MAX_BYTES = 25 * 1024 * 1024  # what Discord lets a boosted member upload and a bot receive without asking further
MAX_SIDE = 8192
MAX_PIXELS = 40_000_000
MIN_SIDE = 16
MIN_EXPANSION, MAX_EXPANSION = 1.1, 3.0
SEAM = 8  # pixels: one of the latents


@dataclass(frozen=True)
class SourceImage:
    """A picture to start from, or a mask. ``data``: raw rows, ``mode`` RGB (three bytes a pixel) or L (one)."""

    mode: str
    width: int
    height: int
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, image: Image.Image) -> SourceImage:
        return cls(image.mode, image.width, image.height, image.tobytes())

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.mode} {self.width} {self.height} ".encode() + self.data).hexdigest()

    def open(self) -> Image.Image:
        return Image.frombytes(self.mode, (self.width, self.height), self.data)


def read_image(data: bytes, *, width: int, height: int, name: str = "image") -> SourceImage:
    """An upright RGB picture of exactly this size: scaled to cover it, the surplus cut off evenly.

    Transparency is laid on white, 16 bit become 8, of an animation the first picture is taken. Blocking, up to a
    second. ``name``: of the option it was handed in by. Raises RequestInvalid.
    """
    return SourceImage.of(cover(_read(name, data).convert("RGB"), width, height))


def read_whole_image(data: bytes, *, longest: int) -> SourceImage:
    """All of it, RGB and upright, its long side at most so many pixels. Blocking. Raises RequestInvalid."""
    image = _read("image", data).convert("RGB")
    image.thumbnail((longest, longest))
    return SourceImage.of(image)


def read_image_and_mask(data: bytes, mask: bytes, *, width: int, height: int) -> tuple[SourceImage, SourceImage]:
    """The same with a mask (white: repaint this, black: keep), which must be as large as the picture it belongs to.

    A mask with transparency and no shades is read the way painting programs cut one out: what is transparent is
    repainted. Raises RequestInvalid.
    """
    image, mask_image = _read("image", data), _read("mask", mask)
    if mask_image.size != image.size:
        raise RequestInvalid(
            "mask",
            f"the mask has {mask_image.width}x{mask_image.height} pixels and the picture {image.width}x{image.height}; "
            "paint the mask over the picture itself, so that both are of one size",
            "mask-of-other-size",
            mask=f"{mask_image.width}x{mask_image.height}",
            image=f"{image.width}x{image.height}",
        )
    return (
        SourceImage.of(cover(image.convert("RGB"), width, height)),
        SourceImage.of(cover(_shades(mask_image), width, height)),
    )


def read_image_to_expand(data: bytes, *, width: int, height: int, times: float) -> tuple[SourceImage, SourceImage]:
    """The whole picture, made smaller, in the middle of what is drawn, and the mask of what is around it to be painted.

    times: how much more there will be to see than the picture shows, along the side that is short of room. Until it is
    painted, the picture's mirror image is around it, so that colours and light go on. Raises RequestInvalid.
    """
    if not MIN_EXPANSION <= times <= MAX_EXPANSION:
        least, most = f"{MIN_EXPANSION:g}", f"{MAX_EXPANSION:g}"
        given = f"{times:g}"
        words = f"{given} is not possible; use {least} to {most}"
        raise RequestInvalid("expand", words, "outside", given=given, least=least, most=most)
    image = _read("image", data).convert("RGB")
    scale = min(width / image.width, height / image.height) / times
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    pixels = np.asarray(image.resize(inner, Image.Resampling.LANCZOS))
    beside, above = (left, width - inner[0] - left), (top, height - inner[1] - top)
    around = np.pad(pixels, (above, beside, (0, 0)), mode="symmetric")
    # The seam lies a little inside the picture: what is painted can then join on to something.
    seam = min(SEAM, *(side // 4 for side in inner))
    mask = np.full((height, width), 255, dtype=np.uint8)
    mask[top + seam : top + inner[1] - seam, left + seam : left + inner[0] - seam] = 0
    return SourceImage.of(Image.fromarray(around)), SourceImage.of(Image.fromarray(mask))


def _read(name: str, data: bytes) -> Image.Image:
    """Mode RGB, or L or RGBA where the picture is one; upright. Everything else is converted here."""
    if len(data) > MAX_BYTES:
        mib, most = f"{len(data) / 2**20:.0f}", str(MAX_BYTES >> 20)
        raise RequestInvalid(name, f"{mib} MiB are too many; at most {most} MiB", "too-many-bytes", mib=mib, most=most)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_size(name, file)
            file.load()
            return _eight_bit(ImageOps.exif_transpose(file), keep_alpha=name == "mask")
    except RequestInvalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        most = str(MAX_PIXELS // 1_000_000)
        raise RequestInvalid(name, f"too many pixels; at most {most} million", "too-many-pixels", most=most) from None
    except Exception as error:  # Pillow's plugins raise nearly anything on broken bytes
        raise RequestInvalid(
            name, "this cannot be read as a picture; send a whole PNG, JPEG, WebP or GIF file", "unreadable"
        ) from error


def _check_size(name: str, image: Image.Image) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise RequestInvalid(
            name,
            f"{width}x{height} pixels are too many; at most {MAX_SIDE} on a side and "
            f"{MAX_PIXELS // 1_000_000} million in all",
            "too-large",
            given=f"{width}x{height}",
            side=str(MAX_SIDE),
            most=str(MAX_PIXELS // 1_000_000),
        )
    if min(width, height) < MIN_SIDE:
        raise RequestInvalid(
            name,
            f"{width}x{height} pixels are too few; at least {MIN_SIDE} on each side",
            "too-small",
            given=f"{width}x{height}",
            side=str(MIN_SIDE),
        )


def _eight_bit(image: Image.Image, *, keep_alpha: bool) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow's own conversion cuts 16 bit off at 255; the values are scaled instead.
        values = np.asarray(image, dtype=np.float64)
        scale = 255 / 65535 if image.mode.startswith("I") else 255 / max(float(values.max()), 1.0)
        image = Image.fromarray((values.clip(0) * scale).round().clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if keep_alpha:
            return image
        return on_white(image)
    return image if image.mode == "L" else image.convert("RGB")


def on_white(image: Image.Image) -> Image.Image:
    """RGBA to RGB."""
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _shades(mask: Image.Image) -> Image.Image:
    if mask.mode != "RGBA":
        return mask.convert("L")
    shades, alpha = mask.convert("L"), mask.getchannel("A")
    lowest, highest = shades.getextrema()
    is_cut_out = lowest == highest
    if is_cut_out:
        return ImageOps.invert(alpha)
    black = Image.new("L", mask.size, 0)
    return Image.composite(shades, black, alpha)


def cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scaled to cover that size, the surplus cut off evenly."""
    if image.size == (width, height):
        return image
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
