"""Selection: what words name in a picture that a member hands in, cut out of it or taken as a mask, by the operator's
model.

Words and picture pass admission together, and a picture that was cut out is looked at as its member will see it. Of
what is cut out nothing is kept.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace

from bot.errors import NothingSelected
from bot.safety import Cleared, PictureFile, PromptTexts
from bot.services.admission import Admission
from bot.services.options import ImagineOptions, choices_made, random_seed
from bot.services.requester import Requester
from bot.services.turns import Turns
from config import Settings
from db import Origin
from inference.selection import Selector
from inference.selection.masks import cut_out, share_found
from inference.sources import SourceImage, on_white

MOST_CHARACTERS = 100  # of the words; such models are taught with a few
LONGEST_SIDE = 1024  # pixels
LEAST_SHARE, MOST_SHARE = 0.002, 0.98  # of the picture: less is nothing, more is everything


class Selection:
    def __init__(self, settings: Settings, select: Selector | None, admission: Admission, turns: Turns) -> None:
        self._settings = settings
        self._select = select
        self._admission = admission
        self._turns = turns

    async def cut_out(self, data: bytes, words: str, requester: Requester, origin: Origin) -> Cleared[PictureFile]:
        """A PNG with transparency, at most LONGEST_SIDE large, that carries nothing but its pixels. Raises
        InvalidRequest, PromptBlocked, PictureBlocked, Restricted, CoolingDown, ModelsBusy or NothingSelected."""
        texts = PromptTexts(words)
        async with self._turns.with_picture(data, texts, requester, origin, longest=LONGEST_SIDE) as image:
            mask = await self._found(image, words)
            file, seen = await asyncio.to_thread(_as_file, image, mask)
        return await self._admission.clear_part(file, seen)

    async def to_repaint(
        self, options: ImagineOptions, words: str, requester: Requester, origin: Origin
    ) -> ImagineOptions:
        """The options, with what the words name in their image to be repainted. The words are read together with the
        prompt that is painted there. Raises as ``cut_out``."""
        data = options.image
        assert data is not None  # the command asks for one
        # The seed also draws the prompt's alternatives by lot: what is read here is then what is painted.
        seed = random_seed() if options.seed is None else options.seed
        prompt, negative_prompt = choices_made((options.prompt, options.negative_prompt), seed, self._settings)
        texts = PromptTexts(prompt, negative_prompt, styles=(words,))
        async with self._turns.with_picture(data, texts, requester, origin, longest=LONGEST_SIDE) as image:
            return replace(options, seed=seed, selected=await self._found(image, words))

    async def _found(self, image: SourceImage, words: str) -> SourceImage:
        """A soft mask. Raises NothingSelected."""
        assert self._select is not None  # the commands are there only with the model
        mask = await asyncio.to_thread(self._select, image, words)
        share = share_found(mask)
        if not LEAST_SHARE <= share <= MOST_SHARE:
            raise NothingSelected(words, is_everything=share > MOST_SHARE)
        return mask


def _as_file(image: SourceImage, mask: SourceImage) -> tuple[PictureFile, SourceImage]:
    """Cut out, and as it looks on white. Blocking, for a second. Nothing was generated for it, so no mark says so; and
    of the file that was handed in only pixels are in it."""
    part = cut_out(image, mask)
    buffer = io.BytesIO()
    part.save(buffer, "PNG")
    return PictureFile(buffer.getvalue(), "png", part.width, part.height), SourceImage.of(on_white(part))
