"""The one thread that ticks.

Each tick moves the jobs of one batch key forward by one step. The thread empties its inbox, asks the scheduler for a
plan, gives the plan to the runner, empties the inbox again, so that a cancel that arrived during the forward is
honoured before its results are, and lets the scheduler turn the report into events. When there is nothing to do it
sleeps until the inbox rings. Pictures become files, and checkpoints are loaded, in other threads, off the tick. If the
runner says that a job failed, that job ends; if the runner itself raises, or a tick does not end, every job ends with
EngineDead and the engine takes nothing new.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from inference.errors import CheckpointUnusable, EngineClosed, EngineDead, GenerationFailed, InferenceError
from inference.events import Failed, Finished, JobEvent, Previewed, Queued, TerminalEvent
from inference.handle import JobHandle, publish
from inference.health import EngineHealth
from inference.job import Job
from inference.plan import DrawnPicture
from inference.request import Picture
from inference.residency import Residency
from inference.runners.base import Loaded, Runner
from inference.scheduler import Scheduler
from inference.watchdog import Watchdog

log = logging.getLogger(__name__)

IDLE_LOOK_SECONDS = 1.0  # how often an idle engine looks whether a checkpoint has been unused for too long


class PictureWriter(Protocol):
    """Pixels to files. Called on a thread of the writers' pool."""

    def write(self, job: Job, drawn: DrawnPicture, runner: Runner) -> Picture: ...

    def write_preview(self, drawn: DrawnPicture, step: int, steps: int) -> Previewed:
        """Called on a thread of its own."""
        ...


class Preparation(Protocol):
    """What happens on the loop's thread before the engine is ready, and when it ends."""

    def begin(self) -> tuple[Runner, Residency]:
        """Make the runner, with the default checkpoint loaded and everything measured. Raises CheckpointUnusable."""
        ...

    def end(self, runner: Runner) -> None: ...


@dataclass(frozen=True, slots=True)
class _Submit:
    job: Job


@dataclass(frozen=True, slots=True)
class _Cancel:
    job_id: int


@dataclass(frozen=True, slots=True)
class _Loading:
    """The end of a load that was begun."""

    checkpoint: str
    result: Loaded | InferenceError


@dataclass(frozen=True, slots=True)
class _Close:
    """Take nothing new; with ``now`` also end what is left."""

    now: bool


_Message: TypeAlias = _Submit | _Cancel | _Loading | _Close


class EngineLoop:
    def __init__(
        self,
        preparation: Preparation,
        scheduler: Scheduler,
        writer: PictureWriter,
        *,
        stuck_seconds: float,
        writers: int = 2,
    ) -> None:
        self.ready: Future[Runner] = Future()
        self._preparation = preparation
        self._scheduler = scheduler
        self._writer = writer
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="lienzo-writer")
        # Early looks have a thread of their own, so that no finished picture waits while one is scored.
        self._previewer = ThreadPoolExecutor(1, thread_name_prefix="lienzo-previewer")
        self._looks: dict[int, tuple[DrawnPicture, int, int]] = {}
        self._unseen: set[int] = set()
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._handles: dict[int, JobHandle] = {}
        self._lock = threading.Lock()
        self._refusal: InferenceError | None = None
        self._closing = False
        self._ticks_by_jobs = [0] * (scheduler.max_batch + 1)
        self._ended = threading.Event()
        self._watchdog = Watchdog(stuck_seconds, self._give_up)
        self._thread = threading.Thread(target=self._run, name="lienzo-engine", daemon=True)

    # Called from the event loop's thread.

    def start(self) -> None:
        self._thread.start()

    @property
    def refusal(self) -> InferenceError | None:
        """Why nothing new is taken, or None."""
        return self._refusal

    @property
    def jobs(self) -> int:
        """Jobs that have not ended."""
        return len(self._handles)

    def health(self) -> EngineHealth:
        is_loaded = self.ready.done() and self.ready.exception() is None
        refusal = str(self._refusal or "")
        return EngineHealth(is_loaded, refusal, self.jobs, self._watchdog.seconds, tuple(self._ticks_by_jobs))

    def submit(self, job: Job, handle: JobHandle) -> None:
        """Raises EngineClosed or EngineDead."""
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            # Put under the lock: whoever sets the refusal empties the inbox afterwards, so no job can slip in between.
            self._handles[job.id] = handle
            self._inbox.put(_Submit(job))

    def cancel(self, job_id: int) -> None:
        self._inbox.put(_Cancel(job_id))

    def close(self, *, now: bool) -> None:
        with self._lock:
            self._refusal = self._refusal or EngineClosed("the engine is stopping")
        self._inbox.put(_Close(now))

    def join(self) -> None:
        """Wait until the thread has ended, or was given up as stuck."""
        self._ended.wait()

    # Called on the loop's own thread.

    def _run(self) -> None:
        try:
            runner, residency = self._preparation.begin()
        except BaseException as error:
            self._die(error)
            self.ready.set_exception(error)
            self._ended.set()
            return
        self.ready.set_result(runner)
        self._watchdog.start()
        try:
            self._tick_until_closed(runner, residency)
            self._preparation.end(runner)
        except BaseException as error:
            log.exception("the engine died")
            self._die(error)
        finally:
            self._watchdog.stop()
            self._writers.shutdown(wait=True)
            self._previewer.shutdown(wait=True, cancel_futures=True)
            runner.close()
            self._ended.set()

    def _tick_until_closed(self, runner: Runner, residency: Residency) -> None:
        wait_seconds = 0.0
        while True:
            self._drain_inbox(residency, wait_seconds=wait_seconds)
            self._change_residency(runner, residency)
            plan = self._scheduler.schedule()
            if plan.is_empty:
                if self._closing and self._scheduler.is_idle:
                    return
                wait_seconds = IDLE_LOOK_SECONDS
                continue
            wait_seconds = 0.0
            with self._watchdog.watching():
                report = runner.execute(plan)
            if isinstance(self._refusal, EngineDead):
                return  # it was given up while it was stuck
            self._ticks_by_jobs[len(report.stepped)] += 1
            self._drain_inbox(residency)
            outcome = self._scheduler.apply(plan, report)
            self._publish_all(outcome.events)
            for job, preview in outcome.previews:
                look = (preview, job.steps_done, job.request.denoising_steps)
                self._looks[job.id] = look  # in place of one that still waits
                self._previewer.submit(self._write_preview, job.id)
            for job, picture in outcome.drawn:
                self._writers.submit(self._write, job, picture, runner)

    def _drain_inbox(self, residency: Residency, *, wait_seconds: float = 0) -> None:
        while True:
            try:
                message = self._inbox.get(block=wait_seconds > 0, timeout=wait_seconds or None)
            except queue.Empty:
                return
            wait_seconds = 0
            self._receive(message, residency)

    def _receive(self, message: _Message, residency: Residency) -> None:
        match message:
            case _Submit(job):
                self._publish(job.id, Queued(self._scheduler.add(job)))
            case _Cancel(job_id):
                self._publish_all(self._scheduler.cancel(job_id))
            case _Loading(checkpoint, Loaded() as loaded):
                residency.loaded(checkpoint, loaded.size_bytes, time.monotonic())
                self._scheduler.open(checkpoint, batches=loaded.batches)
            case _Loading(checkpoint, InferenceError() as error):
                residency.failed(checkpoint, error, time.monotonic())
            case _Close(now):
                self._closing = True
                if now:
                    self._publish_all(
                        self._scheduler.fail_all(
                            EngineClosed("the engine was stopped before this picture was finished")
                        )
                    )

    def _change_residency(self, runner: Runner, residency: Residency) -> None:
        now = time.monotonic()
        wanted = self._scheduler.wanted()
        for checkpoint in wanted:
            if refusal := residency.refusal(checkpoint, now):
                self._publish_all(self._scheduler.fail(checkpoint, refusal))
        wanted = [name for name in wanted if not residency.refusal(name, now)]
        sizes = {} if residency.is_loading else {name: runner.expected_bytes(name) for name in wanted}
        change = residency.next_change(wanted, sizes, self._scheduler.in_use(), now)
        for checkpoint in change.unload:
            self._scheduler.close(checkpoint)
            runner.unload(checkpoint)
        if change.load is not None:
            threading.Thread(target=self._load, args=(runner, change.load), name="lienzo-loader", daemon=True).start()

    # Called on other threads.

    def _load(self, runner: Runner, checkpoint: str) -> None:
        result: Loaded | InferenceError
        try:
            result = runner.load(checkpoint)
        except InferenceError as error:
            result = error
        except Exception as error:
            log.exception("loading checkpoint %s failed", checkpoint)
            result = CheckpointUnusable(checkpoint, f"{type(error).__name__}: {error}")
        self._inbox.put(_Loading(checkpoint, result))

    def _write(self, job: Job, drawn: DrawnPicture, runner: Runner) -> None:
        try:
            self._publish(job.id, Finished(self._writer.write(job, drawn, runner)))
        except Exception as error:
            log.exception("writing the picture of job %s failed", job.id)
            self._publish(job.id, Failed(GenerationFailed(f"the picture could not be written: {error}")))

    def _write_preview(self, job_id: int) -> None:
        look = self._looks.pop(job_id, None)
        if look is None or job_id not in self._handles or job_id in self._unseen:
            return
        try:
            self._publish(job_id, self._writer.write_preview(*look))
        except Exception:
            log.exception("no more previews of job %s: one could not be measured or written", job_id)
            self._unseen = {one for one in self._unseen if one in self._handles} | {job_id}

    def _give_up(self) -> None:
        log.critical("a step of the engine does not end; giving up")
        self._die(TimeoutError("a step did not end"), is_stuck=True)
        self._ended.set()

    def _die(self, error: BaseException, *, is_stuck: bool = False) -> None:
        dead = EngineDead(f"the engine stopped working: {error}")
        dead.__cause__ = error
        with self._lock:
            self._refusal = dead
        for job_id in list(self._handles):
            self._publish(job_id, Failed(dead))
        if not is_stuck:
            self._scheduler.fail_all(dead)

    def _publish(self, job_id: int, event: JobEvent) -> None:
        self._publish_all([(job_id, event)])

    def _publish_all(self, news: list[tuple[int, JobEvent]]) -> None:
        """On any thread: whoever takes the handle out of the table publishes the one terminal event."""
        mail: list[tuple[JobHandle, JobEvent]] = []
        for job_id, event in news:
            is_terminal = isinstance(event, TerminalEvent)
            handle = self._handles.pop(job_id, None) if is_terminal else self._handles.get(job_id)
            if handle is not None:
                mail.append((handle, event))
        publish(mail)
