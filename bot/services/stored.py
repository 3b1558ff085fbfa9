"""Pictures that were drawn earlier, from the disk. Before one is shown again it passes the gate anew."""

from __future__ import annotations

import asyncio

from bot.safety import PictureFile
from db import Generation
from db.images import ImageStore
from db.parameters import Parameters, StoredImage


async def stored_picture(images: ImageStore, generation: Generation) -> PictureFile | None:
    """What the generation posts or posted; None if it has no picture, or its file is gone."""
    if generation.image_sha256 is None or generation.image_extension is None:
        return None
    image = StoredImage(generation.image_sha256, generation.image_extension)
    return await load_picture(images, image, generation.parameters)


async def load_picture(images: ImageStore, image: StoredImage, parameters: Parameters) -> PictureFile | None:
    """``parameters``: what it was drawn by. None if its file is gone."""
    data = await asyncio.to_thread(images.load, image.sha256, image.extension)
    return None if data is None else PictureFile(data, image.extension, parameters.width, parameters.height)
