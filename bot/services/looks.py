"""How a picture looks, in 64 bits that hardly change when it is scaled, compressed or slightly recoloured.

A difference hash: of the picture as 9 x 8 grey values, whether each is brighter than its right neighbour
(http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html).
"""

from __future__ import annotations

import io

from PIL import Image

from bot.safety import PictureFile

ALIKE_BITS = 6  # of 64 that may differ


def look_of(picture: PictureFile) -> int:
    """Blocking. Raises OSError for what is no picture."""
    with Image.open(io.BytesIO(picture.data), formats=("PNG", "WEBP", "JPEG")) as image:
        grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    values = list(grey.tobytes())
    look = 0
    for row in range(8):
        for column in range(8):
            left = 9 * row + column
            look = look << 1 | (values[left] > values[left + 1])
    return look


def are_alike(one: int, other: int) -> bool:
    return (one ^ other).bit_count() <= ALIKE_BITS
