"""Previews: what is shown of a picture before it is finished.

Nothing unchecked is shown. Each early look passes the gate and whatever else is asked of a finished picture; the first
one that may not be shown is the last that is looked at, and takes the one before it away. The finished picture decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.safety import Cleared, PictureFile
from inference import JobEvent, Previewed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watching:
    """Somebody wants to see a picture become, at most so often. ``check`` raises what keeps a look from being shown
    there; ``show`` gets each that may be, and None when the last one has to go."""

    every_seconds: float
    check: Callable[[Cleared[PictureFile]], Awaitable[None]]
    show: Callable[[Cleared[PictureFile] | None], None]


class Previews:
    """Of one job, while inside of it; when it is left, nothing more is shown. ``clear``: the gate, None for what it
    does not let pass; it may raise."""

    def __init__(
        self, watching: Watching, clear: Callable[[Previewed], Awaitable[Cleared[PictureFile] | None]]
    ) -> None:
        self._watching = watching
        self._clear = clear
        self._newest: Previewed | None = None
        self._checking: asyncio.Task[None] | None = None
        self._is_over = False

    async def __aenter__(self) -> Previews:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        if self._checking is not None:
            # Not cancelled: a read of the database that is torn off leaves its connection behind.
            await asyncio.wait({self._checking})

    def add(self, event: JobEvent) -> None:
        """Other events are passed over. A look that came while another is checked waits, until a newer one comes."""
        if self._is_over or not isinstance(event, Previewed):
            return
        self._newest = event
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        while self._newest is not None and not self._is_over:
            look, self._newest = self._newest, None
            cleared = None
            try:
                cleared = await self._clear(look)
                if cleared is not None:
                    await self._watching.check(cleared)
            except Exception as error:
                log.info("no more previews: %s", error)
                cleared = None
            if self._is_over:
                return
            self._is_over = cleared is None
            self._watching.show(cleared)
