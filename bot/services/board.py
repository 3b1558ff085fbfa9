"""Board: where people see what becomes of their request. The services say what; bot/ui/board.py shows it on Discord."""

from __future__ import annotations

from typing import Protocol

from bot.safety import Cleared, PictureFile
from db import Generation, GenerationState


class NotPosted(Exception):
    """The picture could not be posted. ``may_retry``: later it may work, and not before ``after_seconds``."""

    def __init__(self, why: str, *, may_retry: bool, after_seconds: float = 0.0) -> None:
        super().__init__(why)
        self.may_retry = may_retry
        self.after_seconds = after_seconds


class TooLarge(NotPosted):
    """The file is larger than Discord takes there; a smaller form of the picture may pass."""

    def __init__(self, why: str) -> None:
        super().__init__(why, may_retry=False)


class Board(Protocol):
    """The ``show_`` methods return at once and drop what is stale; only ``post`` and ``close`` are waited for."""

    def show_waiting(
        self, generation: Generation, place: int, eta_seconds: float | None, *, is_paused: bool = False
    ) -> None: ...

    def show_stopping(self, generation: Generation) -> None:
        """Lienzo stops for a while, and the generation keeps its place."""
        ...

    def show_progress(self, generation: Generation, step: int, steps: int, remaining_seconds: float | None) -> None: ...

    def show_preview(self, generation: Generation, preview: Cleared[PictureFile] | None) -> None:
        """An early look, in place of the one before it; None takes that away. Every end takes it away, too."""
        ...

    def take_over(self, generation: Generation) -> None:
        """It waits, and an earlier process has begun to draw it: an early look that this has left goes."""
        ...

    def show_end(self, generation: Generation, state: GenerationState, why: Exception | None) -> None:
        """It ended without a picture in its message: ``state`` and, where there is one, the reason.

        Shown until it is, if Discord has trouble; privately, if its message cannot be reached any more.
        """
        ...

    async def find(self, generation: Generation) -> int | None:
        """The id of its message, which nobody has written down; None if there is none. Raises NotPosted."""
        ...

    async def post(self, generation: Generation, picture: Cleared[PictureFile]) -> int:
        """Put the picture into the generation's message and return the message's id. Raises NotPosted or TooLarge.

        May be called again after a crash: the same message then carries the same picture.
        """
        ...

    def start_thread(self, generation: Generation) -> None:
        """Below its message, which carries the picture. Returns at once; it may come to nothing."""
        ...

    async def close(self) -> None:
        """Finish what was begun to be shown."""
        ...
