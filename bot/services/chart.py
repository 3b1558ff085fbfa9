"""A bar chart as a PNG, light on dark like Discord itself."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 960, 400  # pixels
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 84, 60
BACKGROUND, INK, FAINT, BAR = (43, 45, 49), (242, 243, 245), (98, 101, 108), (125, 133, 245)
LABELS = 6  # along each axis at most


def bar_chart(title: str, bars: Sequence[tuple[str, int]]) -> bytes:
    """``bars``: what stands below one, and how high it is. Blocking, some milliseconds."""
    image = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND)
    draw = ImageDraw.Draw(image)
    small = ImageFont.load_default(26)  # readable where a telephone shows all of it in a third of the size
    draw.text((24, 20), title, fill=INK, font=ImageFont.load_default(32))
    step = _nice(max((height for _, height in bars), default=0) / (LABELS - 1))
    top_value = step * max(1, math.ceil(max((height for _, height in bars), default=0) / step))
    room_x, room_y = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    for value in range(0, top_value + 1, step):
        y = HEIGHT - BOTTOM - room_y * value / top_value
        draw.line((LEFT, y, WIDTH - RIGHT, y), fill=FAINT)
        draw.text((LEFT - 10, y), str(value), fill=INK, font=small, anchor="rm")
    wide = room_x / max(1, len(bars))
    every = math.ceil(len(bars) / LABELS)
    for nth, (below, height) in enumerate(bars):
        left = LEFT + nth * wide
        if height:
            top = HEIGHT - BOTTOM - room_y * height / top_value
            draw.rounded_rectangle((left + 2, top, left + wide - 2, HEIGHT - BOTTOM), 4, fill=BAR)
        if nth % every == 0:
            draw.text((left + wide / 2, HEIGHT - BOTTOM + 10), below, fill=INK, font=small, anchor="ma")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _nice(value: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size >= value:
                return factor * size
        size *= 10
