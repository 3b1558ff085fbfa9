"""The line of those who wait: who is where in it and for how long still, who has waited too long, and pausing it.

The line is the database's; this is what people are told of it, at most once a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from bot.operations.metrics import Metrics
from bot.services.board import Board
from bot.services.clock import HOUR_MS, NowMs
from bot.services.comparing import parts
from bot.services.estimate import Estimate
from bot.services.options import shape_of
from config import Settings
from db import Database, Generation, GenerationState, controls, line
from db.parameters import Parameters
from inference import ImageRequest, RequestInvalid

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
SEEN_SECONDS = 0.2
LOOK_SECONDS = 60.0  # how often who has waited too long is looked for when nothing else happens
SHOWN = 200  # places that are kept current; further back a place says little
STOP_SHOWN = 25  # of those who wait are told that they keep their place when Lienzo stops: a stop must not take long
PAUSED = "paused"


class Line:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        board: Board,
        estimate: Estimate,
        metrics: Metrics,
        now_ms: NowMs,
        running: Callable[[], Iterable[ImageRequest]],
    ) -> None:
        self._settings = settings
        self._database = database
        self._board = board
        self._estimate = estimate
        self._metrics = metrics
        self._now_ms = now_ms
        self._running = running
        self._moved = asyncio.Event()
        self._stopped = asyncio.Event()
        self._seen: asyncio.Future[list[Generation]] | None = None
        self._seen_at = 0.0
        self._shapes: dict[int, Sequence[ImageRequest] | None] = {}
        self.is_paused = False

    def moved(self) -> None:
        """Somebody came or went."""
        self._moved.set()

    async def open(self) -> None:
        """As the last process left it."""
        if await controls.read(self._database, PAUSED) == "yes":
            log.warning("the line is paused, as an operator left it; /queue resume lets it go on")
            self.is_paused = True

    async def pause(self, by: int) -> None:
        """Nothing more is drawn until ``resume``; what is being drawn is finished. Outlives a restart."""
        await controls.switch(self._database, PAUSED, "yes", set_by=by, now_ms=self._now_ms())
        self.is_paused = True
        self.moved()

    async def resume(self, by: int) -> None:
        await controls.switch(self._database, PAUSED, "no", set_by=by, now_ms=self._now_ms())
        self.is_paused = False
        self.moved()

    async def run(self) -> None:
        """Tell those who wait where they stand, when that has changed."""
        shown: dict[int, int] = {}
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._moved.wait()
            self._moved.clear()
            try:
                await self._expire()
                shown = await self._show(shown)
            except Exception:
                log.exception("who waits cannot be told now")  # a full disk, for example; it is looked at again
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_SECONDS):
                    await self._stopped.wait()

    def stop(self) -> None:
        """``run`` ends soon. It is asked and not cancelled: a read that is torn off leaves its connection behind."""
        self._stopped.set()
        self._moved.set()

    async def eta_seconds(self, generation: Generation, place: int) -> float | None:
        """Until it is finished, being at this place (1 is next); None while paused, or before anything was measured."""
        before = [one for one in await self._lately_waiting() if one.id != generation.id][: place - 1]
        return self._last_eta([*before, generation])

    async def eta_of(self, asked: Sequence[Parameters]) -> float | None:
        """Until they would be finished if they came last in the line now; None as for ``eta_seconds``."""
        return self._last_eta(await self._lately_waiting(), asked)

    async def _lately_waiting(self) -> list[Generation]:
        """Who waits, as it was moments ago: many who ask at once need not each read the whole line."""
        if self._seen is None or time.monotonic() - self._seen_at > SEEN_SECONDS:
            self._seen_at = time.monotonic()
            self._seen = asyncio.ensure_future(line.waiting(self._database, limit=SHOWN))
        return await asyncio.shield(self._seen)

    async def say_that_it_stops(self) -> None:
        """Their places are kept; said to the first of them."""
        for generation in await line.waiting(self._database, limit=STOP_SHOWN):
            self._board.show_stopping(generation)

    async def _show(self, shown: dict[int, int]) -> dict[int, int]:
        waiting = await line.waiting(self._database, limit=SHOWN)
        etas = self._etas([self._shapes_of(generation) for generation in waiting])
        places = {}
        for place, (generation, eta) in enumerate(zip(waiting, etas, strict=True), start=1):
            places[generation.id] = place
            if shown.get(generation.id) != place:
                self._board.show_waiting(generation, place, eta, is_paused=self.is_paused)
        return places if not self.is_paused else {}

    def _last_eta(self, waiting: Sequence[Generation], more: Sequence[Parameters] = ()) -> float | None:
        line_: list[Sequence[ImageRequest] | None] = [self._shapes_of(generation) for generation in waiting]
        if more:
            line_.append(_shapes(more))
        etas = list(self._etas(line_))
        return etas[-1] if etas else None

    def _etas(self, line_: Sequence[Sequence[ImageRequest] | None]) -> Iterator[float | None]:
        if self.is_paused:
            return iter([None] * len(line_))
        return self._estimate.until_finished(self._running(), line_)

    def _shapes_of(self, generation: Generation) -> Sequence[ImageRequest] | None:
        """Worked out once for each that waits, which may be looked at many times."""
        known = self._shapes.get(generation.id)
        if known is None:
            if len(self._shapes) > 2 * SHOWN:
                self._shapes.clear()
            asked = generation.parameters
            known = self._shapes[generation.id] = _shapes(list(parts(asked, generation.count, asked.comparison)))
        return known

    async def _expire(self) -> None:
        before = self._now_ms() - int(self._settings.queue.expire_hours * HOUR_MS)
        while expired := await line.expire(self._database, before_ms=before, now_ms=self._now_ms()):
            for generation in expired:
                log.info("generation %s waited too long", generation.id)
                self._metrics.ended(GenerationState.EXPIRED.value)
                self._board.show_end(generation, GenerationState.EXPIRED, None)


def _shapes(asked: Sequence[Parameters]) -> Sequence[ImageRequest] | None:
    """None for what was possible when it was accepted, before the settings changed."""
    try:
        return [shape_of(one) for one in asked]
    except RequestInvalid:
        return None
