"""What is made of a soft mask: how much it holds, the picture cut out by it, and the part that is to be repainted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from inference.sources import SourceImage, cover

# Shades from 0 to 255: up to which nothing is there, from which something is found, from which it is all there. At an
# outline such models are trained to say one half; less is enough, so that a thing is sooner left whole than cut into.
NOT, FOUND, SURELY = 50, 100, 150
GROWN = 0.02  # of the longer side: shadows and soft edges around a thing belong to it
MIN_GROWN = 8  # pixels: one of the latents


def share_found(mask: SourceImage) -> float:
    """0 to 1."""
    return float((_shades(mask) >= FOUND).mean())


def cut_out(image: SourceImage, mask: SourceImage) -> Image.Image:
    """RGBA, the picture where it was found, transparent around; nothing is left there of what was to be seen."""
    alpha = np.clip((_shades(mask).astype(np.float32) - NOT) / (SURELY - NOT), 0, 1)
    pixels = np.dstack([np.asarray(image.open()), (alpha * 255).round().astype(np.uint8)])
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)


def to_repaint(mask: SourceImage, width: int, height: int) -> SourceImage:
    """For that size, cut as the picture is: white is what was found and a little around it, with a soft edge."""
    whole = cover(mask.open(), width, height)
    found = whole.point([255 if shade >= FOUND else 0 for shade in range(256)])
    radius = max(MIN_GROWN, GROWN * max(width, height))
    # One radius outside a straight edge a sixth of it is left, which four times as bright is repainted.
    around = found.filter(ImageFilter.GaussianBlur(radius)).point([min(255, 4 * shade) for shade in range(256)])
    return SourceImage.of(ImageChops.lighter(found, around))


def _shades(mask: SourceImage) -> NDArray[np.uint8]:
    return np.asarray(mask.open())
