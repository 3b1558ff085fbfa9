"""Turns at the operator's models that run on the processor and answer at once, not through the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.errors import InvalidRequest, ModelsBusy
from bot.safety import PromptTexts
from bot.services.admission import Admission
from bot.services.house import House
from bot.services.requester import Requester
from db import Origin
from inference import RequestInvalid
from inference.sources import SourceImage, read_whole_image

MOST_WAITING = 8  # members; such a model works for seconds


class Turns:
    """One member is answered at a time, and each waits for one answer at a time. What goes in passes admission."""

    def __init__(self, admission: Admission, house: House) -> None:
        self._admission = admission
        self._house = house
        self._turn = asyncio.Lock()
        self._members: set[int] = set()

    @asynccontextmanager
    async def with_words(self, texts: PromptTexts, requester: Requester, origin: Origin) -> AsyncIterator[None]:
        """Inside, it is this member's turn. Raises InvalidRequest, PromptBlocked, Restricted, CoolingDown or
        ModelsBusy."""
        self._house.rules(requester.place).check_place(requester.place)
        async with self._my_turn(requester):
            await self._admission.check_asked(texts, origin, requester.place)
            yield

    @asynccontextmanager
    async def with_picture(
        self, data: bytes, texts: PromptTexts, requester: Requester, origin: Origin, *, longest: int
    ) -> AsyncIterator[SourceImage]:
        """The same with the picture of a file, at most ``longest`` pixels on its long side. Raises PictureBlocked,
        too."""
        rules = self._house.rules(requester.place)
        rules.check_place(requester.place)
        rules.check_uploads(requester.role_ids)
        async with self._my_turn(requester):
            try:
                image = await asyncio.to_thread(read_whole_image, data, longest=longest)
            except RequestInvalid as error:
                raise InvalidRequest.by_engine(error) from None
            await self._admission.check_handed_in(image, texts, origin, requester.place)
            yield image

    @asynccontextmanager
    async def _my_turn(self, requester: Requester) -> AsyncIterator[None]:
        if requester.user_id in self._members or len(self._members) >= MOST_WAITING:
            raise ModelsBusy
        self._members.add(requester.user_id)
        try:
            async with self._turn:
                yield
        finally:
            self._members.discard(requester.user_id)
