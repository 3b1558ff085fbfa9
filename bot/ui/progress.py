"""LiveMessage: one message whose text, and early look at a picture, follow events, edited no faster than Discord likes.

Only the newest is kept; what was overtaken is never sent. ``settle`` ends it. An edit that is on its way then cannot be
taken back, and is waited for only a moment: it may arrive after the picture, with a text that is stale or even with an
early look in the picture's place, and whoever settled it puts that right.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.safety import Cleared, PictureFile

log = logging.getLogger(__name__)

LAST_EDIT_SECONDS = 1.5  # what an ordinary edit takes, and more

Looks: TypeAlias = Sequence[Cleared[PictureFile]]
"""What a message carries: one early look, or none."""


@dataclass(frozen=True, slots=True)
class Straggler:
    """An edit that was still on its way. changes_files: not only the message's text."""

    sending: asyncio.Task[None]
    changes_files: bool


class LiveMessage:
    """``edit`` sends one text and, if they are to change, the files of the message; what it raises is logged and
    forgotten, for the next text may fare better. ``is_taken_over``: an earlier process may have left a file in it,
    which goes with the first edit."""

    def __init__(
        self,
        edit: Callable[[str, Looks | None], Awaitable[None]],
        interval_seconds: float,
        *,
        is_taken_over: bool = False,
    ) -> None:
        self._edit = edit
        self._interval_seconds = interval_seconds
        self._newest: str | None = None
        self._sent: str | None = None
        self._looks: Looks | None = () if is_taken_over else None
        self._takes_looks = True
        self.may_carry_files = is_taken_over
        self._last_edit = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False
        self._is_sending_files = False
        self._is_settled = False

    def show(self, text: str) -> None:
        self._newest = text
        self._go_on()

    def show_look(self, look: Cleared[PictureFile] | None) -> None:
        """In place of the one before it; None takes that away."""
        if look is not None and not self._takes_looks:
            return
        self._looks = () if look is None else (look,)
        self._go_on()

    async def settle(self) -> Straggler | None:
        """Nothing more is sent. Returns the edit that is still on its way, if there is one."""
        self._is_settled = True
        self._newest = self._looks = None
        if self._task is None:
            return None
        if not self._is_sending:
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=LAST_EDIT_SECONDS)
        return None if self._task.done() else Straggler(self._task, self._is_sending_files)

    def _go_on(self) -> None:
        if not self._is_settled and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._send_newest())

    async def _send_newest(self) -> None:
        while self._newest is not None or self._looks is not None:
            await asyncio.sleep(self._last_edit + self._interval_seconds - time.monotonic())
            text, looks = self._newest or self._sent, self._looks
            self._newest = None
            if text is None:
                return  # the look goes along with the first text
            self._looks = None
            is_news = text != self._sent or looks is not None
            if is_news and not await self._send(text, looks) and self._newest is None:
                return

    async def _send(self, text: str, looks: Looks | None) -> bool:
        self._is_sending, self._is_sending_files = True, looks is not None
        self.may_carry_files = self.may_carry_files or bool(looks)
        try:
            await self._edit(text, looks)
            self._sent = text
            return True
        except Exception as error:
            log.info("a progress edit failed: %s", error)
            if looks:
                self._takes_looks = False  # the texts are not to suffer from it again
            elif looks is not None and self._looks is None and not self._is_settled:
                self._looks = looks  # what has to go still has to, with the next text
            return False
        finally:
            self._is_sending = False
            self._last_edit = time.monotonic()
