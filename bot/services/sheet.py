"""Several pictures of one request on one sheet, which is what is posted."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from bot.safety import PictureFile
from inference.pictures import encode, read_parameters

GAP = 4  # pixels between two pictures
BACKGROUND, INK = (43, 45, 49), (242, 243, 245)
LABEL_SHARE, SMALLEST_LABEL = 0.075, 14  # height of the letters: of a picture's width, and pixels at least


def make_sheet(
    pictures: Sequence[PictureFile], form: Literal["png", "webp"], labels: Sequence[str] = ()
) -> PictureFile:
    """In rows as long as there are rows, in their order, a label under each if there are any. Blocking. The sheet says
    of itself what the first picture does."""
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    width, height = pictures[0].width, pictures[0].height
    letters = max(SMALLEST_LABEL, round(LABEL_SHARE * width)) if labels else 0
    below = letters + letters // 2
    sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + below + GAP) - GAP), BACKGROUND)
    for nth, picture in enumerate(pictures):
        left, top = (nth % columns) * (width + GAP), (nth // columns) * (height + below + GAP)
        with Image.open(io.BytesIO(picture.data)) as image:
            sheet.paste(image.convert("RGB"), (left, top))
        if labels:
            _write(sheet, labels[nth], left + width // 2, top + height + below // 2, letters, width)
    text = read_parameters(pictures[0].data) or ""
    return PictureFile(encode(sheet, text, form), form, sheet.width, sheet.height)


def _write(sheet: Image.Image, text: str, x: int, y: int, letters: int, room: int) -> None:
    """Around that point; in smaller letters if it is too long."""
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(letters)
    wide = draw.textlength(text, font=font)
    if wide > room:
        font = ImageFont.load_default(max(8, int(letters * room / wide)))
    draw.text((x, y), text, fill=INK, font=font, anchor="mm")
