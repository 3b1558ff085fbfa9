"""A smaller file of the same picture, for where Discord does not take the one there is."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from bot.safety import PictureFile
from inference.pictures import encode, read_parameters

# What saves less than this is not worth another upload, and a sign that nothing saves more.
WORTH_IT = 0.9


def shrink(picture: PictureFile) -> PictureFile | None:
    """Lossless WebP instead of PNG if that is clearly smaller, else WebP at quality 95; None if neither is.

    What the file says about itself (the parameters, that a model made it) stays in it. Blocking, up to seconds.
    """
    data = picture.data
    if picture.extension == "png":
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            data = encode(image, read_parameters(data) or "", "webp")
        if _is_worth_it(data, picture):
            return replace(picture, data=data, extension="webp")
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
        image.save(buffer, "WEBP", quality=95, exif=image.info.get("exif", b""), xmp=image.info.get("xmp", b""))
    data = buffer.getvalue()
    return replace(picture, data=data, extension="webp") if _is_worth_it(data, picture) else None


def _is_worth_it(data: bytes, picture: PictureFile) -> bool:
    return len(data) <= WORTH_IT * len(picture.data)
