"""Decides which jobs run in this tick. Plain Python: no torch, no clock of its own, no threads.

Jobs of one batch key advance together, one step a tick. Between keys the device's time is shared evenly: the key that
has been served least so far, by measured seconds, goes next, and a key that was away comes back at the level of the
others, so that it can neither starve them nor be starved (start-time fair queueing, Goyal et al., SIGCOMM 1996).
Inside a key the waiting line is fair to lanes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from inference.batching import BatchKey
from inference.errors import InferenceError
from inference.events import Cancelled, Failed, JobEvent, Progressed, Started
from inference.job import Job, JobStatus
from inference.plan import Admission, DrawnPicture, StepPlan, StepReport
from inference.waiting import WaitingLine

JobNews: TypeAlias = tuple[int, JobEvent]

MAX_ADMISSIONS = 4  # a tick encodes at most so many new prompts, so that running jobs are not held up
MAX_DECODES = 1  # a decode costs as much as three U-Net rows; one a tick never starves the steps


class Scheduler:
    """Jobs in, StepPlan out, StepReport in, events out.

    ``max_batch``: jobs of one key that may share a tick, until the device says that fewer fit.
    """

    def __init__(self, max_batch: int) -> None:
        self._max_batch = max_batch
        self._fits: dict[BatchKey, int] = {}
        self._jobs: dict[int, Job] = {}
        self._waiting = WaitingLine()
        self._running: dict[BatchKey, list[Job]] = {}
        self._decoding: list[Job] = []
        self._to_release: list[int] = []
        self._served_seconds: dict[BatchKey, float] = {}

    @property
    def is_idle(self) -> bool:
        return not self._jobs and not self._to_release

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return len(self._jobs) - len(self._waiting)

    def job_ids(self) -> list[int]:
        return list(self._jobs)

    def capacity(self, key: BatchKey) -> int:
        return self._fits.get(key, self._max_batch)

    def add(self, job: Job) -> int:
        """Take the job into the waiting line; returns how many wait in front of it."""
        ahead = len(self._waiting)
        self._jobs[job.id] = job
        self._waiting.add(job)
        return ahead

    def cancel(self, job_id: int) -> list[JobNews]:
        """End the job now, wherever it is; its slot is freed in the next tick. Unknown ids have ended already."""
        job = self._jobs.get(job_id)
        if job is None:
            return []
        self._end(job)
        return [(job_id, Cancelled())]

    def schedule(self) -> StepPlan:
        """What the next tick does. Empty when there is nothing to do."""
        release, self._to_release = tuple(self._to_release), []
        key = self._next_key()
        admit = self._admit(key) if key is not None else []
        step = self._running.get(key, [])[: self.capacity(key)] if key is not None else []
        return StepPlan(
            release=release,
            admit=tuple(Admission(job.id, job.request) for job in admit),
            step=tuple(job.id for job in step),
            finish=tuple(job.id for job in self._decoding[:MAX_DECODES]),
        )

    def apply(self, plan: StepPlan, report: StepReport) -> tuple[list[JobNews], list[tuple[Job, DrawnPicture]]]:
        """Turn a report into events, and hand on what was drawn. Jobs cancelled during the tick are passed over."""
        events: list[JobNews] = []
        for key, fits in report.shrunk.items():
            self._fits[key] = max(1, min(fits, self.capacity(key)))
        for job in self._known(report.admitted):
            job.calls = report.admitted[job.id]
            events.append((job.id, Started(job.request.steps)))
        events += [(job.id, self._step(job, report.step_seconds)) for job in self._known(report.stepped)]
        self._charge(plan, report)
        drawn: list[tuple[Job, DrawnPicture]] = []
        for job in self._known(report.finished):
            drawn.append((job, report.finished[job.id]))
            self._end(job)
        for job in self._known(report.failed):
            events.append((job.id, Failed(report.failed[job.id])))
            self._end(job)
        return events, drawn

    def fail_all(self, error: InferenceError) -> list[JobNews]:
        events: list[JobNews] = [(job_id, Failed(error)) for job_id in self._jobs]
        for job in list(self._jobs.values()):
            self._end(job)
        return events

    def _known(self, job_ids: Iterable[int]) -> list[Job]:
        return [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]

    def _next_key(self) -> BatchKey | None:
        active = set(self._running) | set(self._waiting.keys())
        if not active:
            return None
        old = [self._served_seconds[key] for key in active if key in self._served_seconds]
        level = min(old, default=0.0)
        self._served_seconds = {key: self._served_seconds.get(key, level) for key in active}
        return min(active, key=lambda key: (self._served_seconds[key], key))

    def _admit(self, key: BatchKey) -> list[Job]:
        running = self._running.setdefault(key, [])
        admitted: list[Job] = []
        while len(admitted) < MAX_ADMISSIONS and len(running) < self.capacity(key):
            job = self._waiting.take(key)
            if job is None:
                break
            job.status = JobStatus.RUNNING
            running.append(job)
            admitted.append(job)
        return admitted

    def _step(self, job: Job, seconds: float) -> Progressed:
        job.calls_done += 1
        job.drawing_seconds += seconds
        if job.calls_done >= job.calls:
            job.status = JobStatus.DECODING
            self._leave_batch(job)
            self._decoding.append(job)
        elif len(self._running[job.key]) > self.capacity(job.key):
            # More run than fit since the device ran out of memory: they take turns.
            self._leave_batch(job)
            self._running.setdefault(job.key, []).append(job)
        remaining = job.drawing_seconds / job.calls_done * (job.calls - job.calls_done)
        return Progressed(job.steps_done, job.request.steps, remaining)

    def _charge(self, plan: StepPlan, report: StepReport) -> None:
        first = next((self._jobs[job_id] for job_id in plan.step if job_id in self._jobs), None)
        if first is not None and first.key in self._served_seconds:
            self._served_seconds[first.key] += report.step_seconds

    def _leave_batch(self, job: Job) -> None:
        running = self._running[job.key]
        running.remove(job)
        if not running:
            del self._running[job.key]

    def _end(self, job: Job) -> None:
        del self._jobs[job.id]
        if job.status is JobStatus.WAITING:
            self._waiting.remove(job)
            return
        if job.status is JobStatus.RUNNING:
            self._leave_batch(job)
        else:
            self._decoding.remove(job)
        self._to_release.append(job.id)
