"""LiveMessage: one message whose text follows events, edited no faster than Discord likes.

Only the newest text is kept; what was overtaken is never sent. ``settle`` ends it. An edit that is on its way then
cannot be taken back, and is waited for only a moment: it carries a text and leaves a message's files alone, so the
worst that it can do is to arrive after the picture with a text that is stale, which whoever settled it puts right.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

LAST_EDIT_SECONDS = 1.5  # what an ordinary edit takes, and more


class LiveMessage:
    """``edit`` sends one text; what it raises is logged and forgotten, for the next text may fare better."""

    def __init__(self, edit: Callable[[str], Awaitable[None]], interval_seconds: float) -> None:
        self._edit = edit
        self._interval_seconds = interval_seconds
        self._newest: str | None = None
        self._sent: str | None = None
        self._last_edit = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False
        self._is_settled = False

    def show(self, text: str) -> None:
        if self._is_settled:
            return
        self._newest = text
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_newest())

    async def settle(self) -> asyncio.Task[None] | None:
        """Nothing more is sent. Returns the edit that is still on its way, if there is one."""
        self._is_settled = True
        self._newest = None
        if self._task is None:
            return None
        if not self._is_sending:
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=LAST_EDIT_SECONDS)
        return None if self._task.done() else self._task

    async def _send_newest(self) -> None:
        while self._newest is not None:
            await asyncio.sleep(self._last_edit + self._interval_seconds - time.monotonic())
            text, self._newest = self._newest, None
            if text is None or text == self._sent:
                continue
            self._is_sending = True
            try:
                await self._edit(text)
                self._sent = text
            except Exception as error:
                log.info("a progress edit failed: %s", error)
            finally:
                self._is_sending = False
                self._last_edit = time.monotonic()
