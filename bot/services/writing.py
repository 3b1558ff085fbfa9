"""Writing: words for a picture, and fuller prompts for a short one, by the operator's models.

What goes in passes admission like anything that is asked for; what a model wrote passes the gate before it is shown.
That is not the member's doing: what is stopped there is left out, and held against nobody.
"""

from __future__ import annotations

import asyncio

from bot.errors import NothingToSay
from bot.safety import PromptTexts
from bot.services.admission import Admission
from bot.services.options import check_typed, random_seed
from bot.services.requester import Requester
from bot.services.turns import Turns
from config import Settings
from db import Origin
from inference.writing import Writers

LONGEST_SIDE = 768  # pixels; captioners look at 224 to 480


class Writing:
    def __init__(self, settings: Settings, writers: Writers, admission: Admission, turns: Turns) -> None:
        self._settings = settings
        self._writers = writers
        self._admission = admission
        self._turns = turns

    async def describe(self, data: bytes, requester: Requester, origin: Origin) -> str:
        """A caption. Raises InvalidRequest, PictureBlocked, Restricted, CoolingDown, ModelsBusy, or NothingToSay if
        there is none that may be shown."""
        caption = self._writers.caption
        assert caption is not None  # the command is there only with its model
        texts = PromptTexts("")
        async with self._turns.with_picture(data, texts, requester, origin, longest=LONGEST_SIDE) as image:
            written = await asyncio.to_thread(caption, image)
        shown = await self._fit_to_show([written], requester, has_upload=True)
        if not shown:
            raise NothingToSay
        return shown[0]

    async def suggest(self, prompt: str, requester: Requester, origin: Origin) -> list[str]:
        """Fuller prompts, one at least. Raises InvalidRequest, PromptBlocked, Restricted, CoolingDown, ModelsBusy, or
        NothingToSay if there is none that may be shown."""
        expand = self._writers.expand
        assert expand is not None  # the command is there only with its model
        check_typed(prompt, "", self._settings)
        async with self._turns.with_words(PromptTexts(prompt), requester, origin):
            written = await asyncio.to_thread(expand, prompt.strip(), random_seed())
        shown = await self._fit_to_show(written, requester)
        if not shown:
            raise NothingToSay
        return shown

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
