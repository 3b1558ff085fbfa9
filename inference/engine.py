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

import numpy as np

from config.additions import Additions
from config.settings import CheckpointSettings, EngineSettings
from inference import capacity_file
from inference.batching import batch_key
from inference.calibration import calibrate
from inference.capacity import Capacity
from inference.errors import EngineOverloaded, InferenceError
from inference.handle import JobHandle
from inference.health import EngineHealth
from inference.job import Job
from inference.loop import EngineLoop
from inference.model_hashes import ModelHashes
from inference.pictures import Writer
from inference.request import ImageRequest, check_request
from inference.residency import Residency
from inference.runners import make_runner
from inference.runners.base import Runner
from inference.scheduler import Scheduler
from inference.scorers import Scorer, measured
from inference.sources import SourceImage

COMPILE_SECONDS = 900.0  # compiling and capturing a U-Net for each number of rows takes minutes, once for each start


class Engine(Protocol):
    def submit(
        self, request: ImageRequest, lane: str, *, weight: float = 1.0, preview_seconds: float | None = None
    ) -> JobHandle:
        """Accept one request. ``lane`` is an opaque key by which the engine is fair; one of weight 2 gets twice the
        share of others. ``preview_seconds``: at most so often the stream shows how far the picture has come.

        Raises RequestInvalid, EngineOverloaded, EngineClosed, EngineDead.
        """
        ...

    async def ready(self) -> None:
        """Wait until the engine can draw. Raises what keeps it from doing so, a CheckpointUnusable for example."""
        ...

    async def measure(self, image: SourceImage) -> Mapping[str, float]:
        """What the scorers say of a picture that somebody handed in, by name, 0 to 1; nothing without scorers. Raises
        what a scorer raises."""
        ...

    def health(self) -> EngineHealth: ...

    def seconds_for(self, request: ImageRequest) -> float | None:
        """How long the device works on it when it is busy, as measured; None before anything like it was drawn."""
        ...

    async def close(self, finish_seconds: float = 0.0) -> None:
        """Take nothing new, let what runs finish for so long, end the rest with EngineClosed."""
        ...


class LocalEngine:
    """Made, then used with ``async with``, in the event loop that will read the handles.

    ``default_checkpoint`` is loaded before the engine is ready; others when they are first asked for. The runner and
    the scorers are made on the engine's thread, for they load weights. ``capacity_file``, ``hashes_file``:
    where measured capacities and the hashes of weights are kept between starts.
    """

    def __init__(
        self,
        settings: EngineSettings,
        checkpoints: Mapping[str, CheckpointSettings],
        *,
        default_checkpoint: str,
        checkpoints_folder: Path,
        additions: Additions | None = None,
        capacity_file: Path | None = None,
        hashes_file: Path | None = None,
        runner_factory: Callable[[], Runner] | None = None,
        make_scorers: Callable[[], Sequence[Scorer]] = tuple,
    ) -> None:
        self._settings = settings
        self._checkpoints = checkpoints
        self._ids = itertools.count(1)
        self._scorers = scorers = list[Scorer]()
        self._capacity = Capacity(2 * settings.max_batch)
        scheduler = Scheduler(settings.max_batch, self._capacity)
        preparation = _Preparation(
            settings,
            checkpoints,
            default_checkpoint,
            capacity_file,
            scheduler,
            runner_factory
            or partial(
                make_runner,
                settings,
                checkpoints,
                checkpoints_folder=checkpoints_folder,
                additions=additions or Additions(),
            ),
            lambda: scorers.extend(make_scorers()),
        )
        hashes = ModelHashes(checkpoints, checkpoints_folder, hashes_file)
        writer = Writer(checkpoints, settings.image_format, scorers, hashes.short)
        self._loop = EngineLoop(preparation, scheduler, writer, stuck_seconds=settings.stuck_seconds)

    async def __aenter__(self) -> LocalEngine:
        self._loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def refusal(self) -> InferenceError | None:
        """Why nothing new is taken, or None."""
        return self._loop.refusal

    async def ready(self) -> None:
        await asyncio.shield(asyncio.wrap_future(self._loop.ready))

    async def measure(self, image: SourceImage) -> Mapping[str, float]:
        await self.ready()  # the scorers are loaded by then
        return await asyncio.to_thread(lambda: measured(self._scorers, np.asarray(image.open().convert("RGB"))))

    def submit(
        self, request: ImageRequest, lane: str, *, weight: float = 1.0, preview_seconds: float | None = None
    ) -> JobHandle:
        check_request(request, self._checkpoints)
        if self._loop.jobs >= self._settings.max_waiting:
            raise EngineOverloaded(f"the engine holds {self._loop.jobs} jobs already")
        job = Job(next(self._ids), request, lane, weight, preview_seconds)
        handle = JobHandle(job.id, request, self._loop.cancel)
        self._loop.submit(job, handle)
        return handle

    def health(self) -> EngineHealth:
        return self._loop.health()

    def seconds_for(self, request: ImageRequest) -> float | None:
        total = 0.0
        for number, steps in enumerate(request.pass_steps):
            row_seconds = self._capacity.row_seconds(batch_key(request, number))
            if row_seconds is None:
                return None
            total += row_seconds * request.rows * steps
        return total

    async def close(self, finish_seconds: float = 0.0) -> None:
        self._loop.close(now=finish_seconds <= 0)
        ended = asyncio.create_task(asyncio.to_thread(self._loop.join))
        if finish_seconds > 0:
            await asyncio.wait({ended}, timeout=finish_seconds)
            self._loop.close(now=True)
        await ended


class _Preparation:
    """From settings to a runner that can draw: see inference.loop.Preparation."""

    def __init__(
        self,
        settings: EngineSettings,
        checkpoints: Mapping[str, CheckpointSettings],
        default_checkpoint: str,
        file: Path | None,
        scheduler: Scheduler,
        make_runner: Callable[[], Runner],
        load_scorers: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._checkpoints = checkpoints
        self._default = default_checkpoint
        self._file = file
        self._scheduler = scheduler
        self._make_runner = make_runner
        self._load_scorers = load_scorers

    def begin(self) -> tuple[Runner, Residency]:
        self._load_scorers()
        runner = self._make_runner()
        loaded = runner.load(self._default)
        residency = Residency(
            int(self._settings.weights_gib * 2**30) or runner.budget_bytes,
            self._settings.unload_idle_seconds,
            pinned=self._default,
        )
        residency.loaded(self._default, loaded.size_bytes, 0.0)
        self._scheduler.open(self._default, batches=loaded.batches)
        if self._file is not None and not self._settings.compile:
            # What is compiled has to be run once for each number of rows anyway, and that is best done now.
            capacity_file.restore(self._scheduler.capacity, self._file, runner.fingerprint)
        if loaded.batches:
            self._calibrate(runner)
        return runner, residency

    def end(self, runner: Runner) -> None:
        if self._file is not None:
            capacity_file.save(self._scheduler.capacity, self._file, runner.fingerprint)

    def _calibrate(self, runner: Runner) -> None:
        checkpoint = self._checkpoints[self._default]
        width, height = checkpoint.native_size
        sample = ImageRequest(
            prompt="a measure of how much pays",
            seed=0,
            width=width,
            height=height,
            steps=checkpoint.max_steps,
            guidance=checkpoint.default_guidance,
            sampler=checkpoint.sampler,
            checkpoint=self._default,
        )
        seconds = COMPILE_SECONDS if self._settings.compile else self._settings.calibration_seconds
        calibrate(runner, self._scheduler.capacity, sample, max_jobs=self._settings.max_batch, seconds=seconds)
        self.end(runner)
