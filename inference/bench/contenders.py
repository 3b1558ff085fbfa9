"""The one interface that the engine and the baselines are driven through, and what an asker notes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol, Self

from inference.bench.scenarios import Arrival
from inference.request import ImageRequest

PREVIEW_SECONDS = 0.5  # after the first step, then at most so often: what a chat message can be edited


class GaveUp(Exception):
    """The asker cancelled, and what the job held is free again."""


class Ticket:
    """One job from its asker's side. All times are time.perf_counter() seconds; NaN what has not happened.

    The contender calls ``stepped`` and ``previewed`` in the event loop; ``on_cancel`` is its own, to be told.
    """

    def __init__(self, arrival: Arrival, arrived_at: float) -> None:
        self.arrival = arrival
        self.request: ImageRequest = arrival.request
        self.lane = arrival.lane
        self.on_cancel: Callable[[], None] = lambda: None
        self.arrived_at = arrived_at
        self.first_preview_at = math.nan
        self.cancelled_at = math.nan
        self.ended_at = math.nan
        self.previews = 0
        self.file: bytes | None = None

    @property
    def is_cancelled(self) -> bool:
        return not math.isnan(self.cancelled_at)

    @property
    def has_picture(self) -> bool:
        return self.file is not None

    @property
    def latency_seconds(self) -> float:
        return self.ended_at - self.arrived_at

    @property
    def first_look_seconds(self) -> float:
        """Until the first preview, or the picture where there was none before it."""
        return (self.first_preview_at if self.previews else self.ended_at) - self.arrived_at

    @property
    def cancel_seconds(self) -> float:
        return self.ended_at - self.cancelled_at

    def stepped(self, step: int, steps: int) -> None:
        if self.arrival.gives_up and not self.is_cancelled and step * 2 >= steps:
            self.cancelled_at = time.perf_counter()
            self.on_cancel()

    def previewed(self) -> None:
        if not self.previews:
            self.first_preview_at = time.perf_counter()
        self.previews += 1


class Contender(Protocol):
    """Used with ``async with``. ``name`` is its key in the JSON."""

    name: str

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def draw(self, ticket: Ticket) -> bytes:
        """The finished file. Raises GaveUp."""
        ...

    def begin(self) -> None:
        """A round begins: forget what was counted."""
        ...

    def counted(self) -> dict[str, float]:
        """What only this contender can tell about the round: ticks, rows."""
        ...
