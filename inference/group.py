"""EngineGroup: an engine for each card, behind the seam of one.

Each engine batches, loads and unloads for itself. A job goes to the one with the least to do; one that has drawn with
the job's checkpoint before is preferred, for loading it on another takes as long as some pictures. If one engine dies,
the group takes nothing new: what is wrong with a card is mended by starting the process anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import zip_longest

from inference.engine import LocalEngine
from inference.handle import JobHandle
from inference.health import EngineHealth
from inference.request import ImageRequest
from inference.sources import SourceImage

LOADING_JOBS = 4  # how many more jobs an engine may have before it pays to load a checkpoint on another


class EngineGroup:
    """Used with ``async with``, like its engines, which have the same checkpoints; the default one is loaded by all."""

    def __init__(self, engines: Sequence[LocalEngine], *, default_checkpoint: str) -> None:
        self._engines = tuple(engines)
        self._drawn_with = [{default_checkpoint} for _ in engines]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> EngineGroup:
        for engine in self._engines:
            await self._stack.enter_async_context(engine)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def ready(self) -> None:
        await asyncio.gather(*(engine.ready() for engine in self._engines))

    async def measure(self, image: SourceImage) -> Mapping[str, float]:
        return await self._engines[0].measure(image)

    def submit(
        self, request: ImageRequest, lane: str, *, weight: float = 1.0, preview_seconds: float | None = None
    ) -> JobHandle:
        def burden(nth: int) -> int:
            is_new = request.checkpoint not in self._drawn_with[nth]
            return self._engines[nth].health().jobs + (LOADING_JOBS if is_new else 0)

        if refusal := next((engine.refusal for engine in self._engines if engine.refusal is not None), None):
            raise refusal
        chosen = min(range(len(self._engines)), key=burden)
        handle = self._engines[chosen].submit(request, lane, weight=weight, preview_seconds=preview_seconds)
        self._drawn_with[chosen].add(request.checkpoint)
        return handle

    def health(self) -> EngineHealth:
        """Of all together; of what is wrong the first."""
        each = [engine.health() for engine in self._engines]
        ticks = zip_longest(*(one.ticks_by_jobs for one in each), fillvalue=0)
        return EngineHealth(
            is_loaded=all(one.is_loaded for one in each),
            refusal=next((one.refusal for one in each if one.refusal), ""),
            jobs=sum(one.jobs for one in each),
            tick_seconds=max(one.tick_seconds for one in each),
            ticks_by_jobs=tuple(map(sum, ticks)),
        )

    def seconds_for(self, request: ImageRequest) -> float | None:
        """What the request takes of the time of all: so many are drawn side by side."""
        known = [seconds for engine in self._engines if (seconds := engine.seconds_for(request)) is not None]
        return sum(known) / len(known) / len(self._engines) if known else None

    async def close(self, finish_seconds: float = 0.0) -> None:
        await asyncio.gather(*(engine.close(finish_seconds) for engine in self._engines))
