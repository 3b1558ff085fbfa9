"""Engine: the seam between who asks for pictures and what draws them. submit(request, lane) -> JobHandle.

LocalEngine draws in this process, on a thread of its own. Another engine (another process, another machine) would
stream the same events behind the same three methods.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from config.settings import CheckpointSettings, EngineSettings
from inference.errors import EngineOverloaded
from inference.handle import JobHandle
from inference.job import Job
from inference.loop import EngineLoop
from inference.pictures import write_picture
from inference.request import ImageRequest, check_request
from inference.runners import make_runner
from inference.runners.base import Runner
from inference.scheduler import Scheduler
from inference.scorers import Scorer


class Engine(Protocol):
    def submit(self, request: ImageRequest, lane: str) -> JobHandle:
        """Accept one request. ``lane`` is an opaque key by which the engine is fair.

        Raises RequestInvalid, EngineOverloaded, EngineClosed, EngineDead.
        """
        ...

    async def ready(self) -> None:
        """Wait until the engine can draw. Raises what keeps it from doing so, a CheckpointUnusable for example."""
        ...

    async def close(self, finish_seconds: float = 0.0) -> None:
        """Take nothing new, let what runs finish for so long, end the rest with EngineClosed."""
        ...


class LocalEngine:
    """Made, then used with ``async with``, in the event loop that will read the handles.

    ``default_checkpoint`` is loaded before the engine is ready; others when they are first asked for. The runner and
    the scorers are made on the engine's thread, for they load weights.
    """

    def __init__(
        self,
        settings: EngineSettings,
        checkpoints: Mapping[str, CheckpointSettings],
        *,
        default_checkpoint: str,
        checkpoints_folder: Path,
        runner_factory: Callable[[], Runner] | None = None,
        make_scorers: Callable[[], Sequence[Scorer]] = tuple,
    ) -> None:
        self._settings = settings
        self._checkpoints = checkpoints
        self._ids = itertools.count(1)
        factory = runner_factory or partial(
            make_runner,
            settings,
            checkpoints,
            default_checkpoint=default_checkpoint,
            checkpoints_folder=checkpoints_folder,
        )
        scorers: list[Scorer] = []

        def prepare() -> Runner:
            scorers.extend(make_scorers())
            return factory()

        writer = partial(write_picture, checkpoints=checkpoints, image_format=settings.image_format, scorers=scorers)
        self._loop = EngineLoop(prepare, Scheduler(settings.max_batch), writer)

    async def __aenter__(self) -> LocalEngine:
        self._loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def ready(self) -> None:
        await asyncio.shield(asyncio.wrap_future(self._loop.ready))

    def submit(self, request: ImageRequest, lane: str) -> JobHandle:
        check_request(request, self._checkpoints)
        if self._loop.jobs >= self._settings.max_waiting:
            raise EngineOverloaded(f"the engine holds {self._loop.jobs} jobs already")
        job = Job(next(self._ids), request, lane)
        handle = JobHandle(job.id, request, self._loop.cancel)
        self._loop.submit(job, handle)
        return handle

    async def close(self, finish_seconds: float = 0.0) -> None:
        self._loop.close(now=finish_seconds <= 0)
        ended = asyncio.create_task(asyncio.to_thread(self._loop.join))
        if finish_seconds > 0:
            await asyncio.wait({ended}, timeout=finish_seconds)
            self._loop.close(now=True)
        await ended
