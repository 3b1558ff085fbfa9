"""Several pictures of one request on one sheet, which is what is posted."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Literal

from PIL import Image

from bot.safety import PictureFile
from inference import ImageRequest
from inference.pictures import encode, parameters_text

GAP = 4  # pixels between two pictures


def make_sheet(pictures: Sequence[PictureFile], request: ImageRequest, form: Literal["png", "webp"]) -> PictureFile:
    """In rows as long as there are rows, in their order. Blocking. ``request``: of the first one."""
    columns = math.ceil(math.sqrt(len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    width, height = pictures[0].width, pictures[0].height
    sheet = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP), (43, 45, 49))
    for nth, picture in enumerate(pictures):
        with Image.open(io.BytesIO(picture.data)) as image:
            sheet.paste(image.convert("RGB"), ((nth % columns) * (width + GAP), (nth // columns) * (height + GAP)))
    return PictureFile(encode(sheet, parameters_text(request), form), form, sheet.width, sheet.height)
