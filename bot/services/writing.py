"""Writing: words for a picture, and fuller prompts for a short one, by the operator's models.

What goes in passes admission like anything that is asked for; what a model wrote passes the gate before it is shown.
That is not the member's doing: what is stopped there is left out, and held against nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import InvalidRequest, NothingToSay, WriterBusy
from bot.safety import PromptTexts
from bot.services.admission import Admission
from bot.services.house import House
from bot.services.options import check_typed, random_seed
from bot.services.requester import Requester
from config import Settings
from db import Origin
from inference import RequestInvalid
from inference.sources import read_whole_image
from inference.writing import Writers

LONGEST_SIDE = 768  # pixels; captioners look at 224 to 480
MOST_WAITING = 8  # members; a model writes for seconds


class Writing:
    """A model writes for one member at a time, and each member waits for one answer at a time."""

    def __init__(self, settings: Settings, writers: Writers, admission: Admission, house: House) -> None:
        self._settings = settings
        self._writers = writers
        self._admission = admission
        self._house = house
        self._turn = asyncio.Lock()
        self._members: set[int] = set()

    async def describe(self, data: bytes, requester: Requester, origin: Origin) -> str:
        """A caption. Raises InvalidRequest, PictureBlocked, Restricted, CoolingDown, WriterBusy, or NothingToSay if
        there is none that may be shown."""
        caption = self._writers.caption
        assert caption is not None  # the command is there only with its model
        rules = self._house.rules(requester.place)
        rules.check_place(requester.place)
        rules.check_uploads(requester.role_ids)
        async with self._my_turn(requester):
            try:
                image = await asyncio.to_thread(read_whole_image, data, longest=LONGEST_SIDE)
            except RequestInvalid as error:
                raise InvalidRequest.by_engine(error) from None
            await self._admission.check_handed_in(image, origin, requester.place)
            written = await asyncio.to_thread(caption, image)
        shown = await self._fit_to_show([written], requester, has_upload=True)
        if not shown:
            raise NothingToSay
        return shown[0]

    async def suggest(self, prompt: str, requester: Requester, origin: Origin) -> list[str]:
        """Fuller prompts, one at least. Raises InvalidRequest, PromptBlocked, Restricted, CoolingDown, WriterBusy, or
        NothingToSay if there is none that may be shown."""
        expand = self._writers.expand
        assert expand is not None  # the command is there only with its model
        check_typed(prompt, "", self._settings)
        self._house.rules(requester.place).check_place(requester.place)
        async with self._my_turn(requester):
            await self._admission.check_asked(PromptTexts(prompt), origin, requester.place)
            written = await asyncio.to_thread(expand, prompt.strip(), random_seed())
        shown = await self._fit_to_show(written, requester)
        if not shown:
            raise NothingToSay
        return shown

    @asynccontextmanager
    async def _my_turn(self, requester: Requester) -> AsyncIterator[None]:
        if requester.user_id in self._members or len(self._members) >= MOST_WAITING:
            raise WriterBusy
        self._members.add(requester.user_id)
        try:
            async with self._turn:
                yield
        finally:
            self._members.discard(requester.user_id)

    async def _fit_to_show(self, written: list[str], requester: Requester, *, has_upload: bool = False) -> list[str]:
        """As long as members may write, each once, and only what the gate lets pass here."""
        most = self._settings.imagine.max_prompt_characters
        texts = dict.fromkeys(filter(None, (shortened(text, most) for text in written)))
        return [
            text
            for text in texts
            if await self._admission.may_show(PromptTexts(text, has_upload=has_upload), requester.place)
        ]


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut after a whole word."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return text[: most + 1].rpartition(" ")[0].rstrip(" ,;") or text[:most]
