"""Everybody who waits for something to happen in the rehearsal is woken from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

Kind = Literal["message", "interaction", "commands", "bot", "typing", "attachment", "places"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """Something is different now. `subject` is the message, the interaction, or what `kind` says."""

    kind: Kind
    subject: object


class Changes:
    def __init__(self) -> None:
        self._listeners: list[Callable[[Change], None]] = []
        self._next = asyncio.Event()

    def listen(self, listener: Callable[[Change], None]) -> None:
        self._listeners.append(listener)

    def announce(self, kind: Kind, subject: object) -> None:
        for listener in self._listeners:
            listener(Change(kind, subject))
        self._next.set()
        self._next = asyncio.Event()

    async def wait_until(self, predicate: Callable[[], T], timeout: float) -> T:
        """The predicate's first true value. It is asked again at every change, never by the clock."""
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                await self._next.wait()
            return value
