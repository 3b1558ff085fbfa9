"""A blurred preview, on which a moderator recognises what kind of picture it is without seeing it."""

from __future__ import annotations

import io

from PIL import Image, ImageFilter

PREVIEW_PIXELS = 192  # of the longer side
RADIUS = 12.0  # pixels of the preview


def blurred(data: bytes) -> bytes:
    """As WebP. Blocking. Raises OSError for what is no picture."""
    with Image.open(io.BytesIO(data), formats=("PNG", "WEBP", "JPEG")) as image:
        small = image.convert("RGB")
    small.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
    buffer = io.BytesIO()
    small.filter(ImageFilter.GaussianBlur(RADIUS)).save(buffer, "WEBP", quality=60)
    return buffer.getvalue()
