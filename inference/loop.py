"""The one thread that ticks.

Each tick moves the jobs of one batch key forward by one step. The thread empties its inbox, asks the scheduler for a
plan, gives the plan to the runner, empties the inbox again, so that a cancel that arrived during the forward is
honoured before its results are, and lets the scheduler turn the report into events. When there is nothing to do it
sleeps until the inbox rings. Pictures become files in other threads, off the tick. If the runner says that a job
failed, that job ends; if the runner itself raises, every job ends with EngineDead and the engine takes nothing new.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from inference.errors import EngineClosed, EngineDead, GenerationFailed, InferenceError
from inference.events import Failed, Finished, JobEvent, Queued, TerminalEvent
from inference.handle import JobHandle
from inference.job import Job
from inference.plan import DrawnPicture
from inference.request import Picture
from inference.runners.base import Runner
from inference.scheduler import Scheduler

log = logging.getLogger(__name__)

WritePicture: TypeAlias = Callable[[Job, DrawnPicture, Runner], Picture]


@dataclass(frozen=True, slots=True)
class _Submit:
    job: Job


@dataclass(frozen=True, slots=True)
class _Cancel:
    job_id: int


@dataclass(frozen=True, slots=True)
class _Close:
    """Take nothing new; with ``now`` also end what is left."""

    now: bool


class EngineLoop:
    """``make_runner`` is called on the loop's own thread: it loads torch and weights, which takes seconds.

    ``write_picture`` turns pixels into a file; it is called on a thread of the writers' pool.
    """

    def __init__(
        self, make_runner: Callable[[], Runner], scheduler: Scheduler, write_picture: WritePicture, writers: int = 2
    ) -> None:
        self.ready: Future[Runner] = Future()
        self._make_runner = make_runner
        self._scheduler = scheduler
        self._write_picture = write_picture
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="lienzo-writer")
        self._inbox: queue.SimpleQueue[_Submit | _Cancel | _Close] = queue.SimpleQueue()
        self._handles: dict[int, JobHandle] = {}
        self._lock = threading.Lock()
        self._refusal: InferenceError | None = None
        self._closing = False
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
        self._thread.join()

    # Called on the loop's own thread.

    def _run(self) -> None:
        try:
            runner = self._make_runner()
        except BaseException as error:
            self._die(error)
            self.ready.set_exception(error)
            return
        self.ready.set_result(runner)
        try:
            self._tick_until_closed(runner)
        except BaseException as error:
            log.exception("the engine died")
            self._die(error)
        finally:
            self._writers.shutdown(wait=True)
            runner.close()

    def _tick_until_closed(self, runner: Runner) -> None:
        while True:
            self._drain_inbox(wait=self._scheduler.is_idle and not self._closing)
            plan = self._scheduler.schedule()
            if plan.is_empty:
                if self._closing and self._scheduler.is_idle:
                    return
                continue
            report = runner.execute(plan)
            self._drain_inbox(wait=False)
            events, drawn = self._scheduler.apply(plan, report)
            for job_id, event in events:
                self._publish(job_id, event)
            for job, picture in drawn:
                self._writers.submit(self._write, job, picture, runner)

    def _drain_inbox(self, *, wait: bool) -> None:
        while True:
            try:
                message = self._inbox.get(block=wait)
            except queue.Empty:
                return
            wait = False
            match message:
                case _Submit(job):
                    self._publish(job.id, Queued(self._scheduler.add(job)))
                case _Cancel(job_id):
                    for ended, event in self._scheduler.cancel(job_id):
                        self._publish(ended, event)
                case _Close(now):
                    self._closing = True
                    if now:
                        self._end_all(EngineClosed("the engine was stopped before this picture was finished"))

    def _write(self, job: Job, drawn: DrawnPicture, runner: Runner) -> None:
        try:
            self._publish(job.id, Finished(self._write_picture(job, drawn, runner)))
        except Exception as error:
            log.exception("writing the picture of job %s failed", job.id)
            self._publish(job.id, Failed(GenerationFailed(f"the picture could not be written: {error}")))

    def _end_all(self, error: InferenceError) -> None:
        for job_id, event in self._scheduler.fail_all(error):
            self._publish(job_id, event)

    def _die(self, error: BaseException) -> None:
        dead = EngineDead(f"the engine stopped working: {error}")
        dead.__cause__ = error
        with self._lock:
            self._refusal = dead
        self._drain_inbox(wait=False)
        self._end_all(dead)

    def _publish(self, job_id: int, event: JobEvent) -> None:
        handle = self._handles.get(job_id)
        if handle is None:
            return
        if isinstance(event, TerminalEvent):
            del self._handles[job_id]
        handle.publish(event)
