"""Twelve colours, how people call them, and which of them a pixel is.

The twelve are far enough apart in CIE L*a*b* (smallest distance 29, blue to purple) that a nearest-neighbour look-up
can judge a picture.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

RGB = tuple[int, int, int]
Floats = npt.NDArray[np.float32]

COLOURS: Final[dict[str, RGB]] = {
    "red": (216, 36, 44),
    "orange": (245, 132, 28),
    "yellow": (250, 218, 44),
    "green": (44, 156, 68),
    "turquoise": (56, 204, 200),
    "blue": (40, 92, 214),
    "purple": (126, 52, 176),
    "pink": (248, 142, 192),
    "brown": (120, 74, 40),
    "black": (26, 26, 30),
    "gray": (140, 144, 150),
    "white": (250, 250, 248),
}

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "gray": ("grey",),
    "purple": ("violet",),
    "turquoise": ("cyan", "teal"),
}

# Fixed accents that give a drawing its details, whatever its own colour is.
CREAM: Final[RGB] = (250, 236, 200)
WOOD: Final[RGB] = (112, 70, 40)


def lab(rgb: npt.ArrayLike) -> Floats:
    """CIE L*a*b* (D65) of sRGB values in 0..255; the last axis is the channel. Formulas: IEC 61966-2-1, CIE 15."""
    s = np.asarray(rgb, dtype=np.float32) / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
        dtype=np.float32,
    )
    xyz = (linear @ to_xyz.T) / np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def nearest(rgb: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Index into COLOURS of the nearest colour; input (..., 3), output (...)."""
    anchors = lab(list(COLOURS.values()))
    distance = np.linalg.norm(lab(rgb)[..., None, :] - anchors, axis=-1)
    return np.asarray(np.argmin(distance, axis=-1))


def name_of(rgb: npt.ArrayLike) -> str:
    """Name of the colour nearest to one RGB value."""
    return list(COLOURS)[int(nearest(rgb))]


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` with `share` (0..1) of `b`."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


def darker(rgb: RGB, share: float = 0.3) -> RGB:
    return mix(rgb, (0, 0, 0), share)


def lighter(rgb: RGB, share: float = 0.45) -> RGB:
    return mix(rgb, (255, 255, 255), share)
