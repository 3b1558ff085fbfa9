"""Decides which jobs run in this tick. Plain Python: no torch, no threads, and no clock but the device's own seconds.

Three questions, each answered by what was measured:
  which batch key has this tick?  The one that has been served least, weighed by how many lanes want it. A key keeps
      the device for about as long as one job takes, so that unlike jobs do not make each other late in turns.
  who comes in?  Of the lanes that wait, the one that has been served least; a lane is charged what a job will cost
      when it comes in, and gets back what was not drawn. Who has waited long gains on the others.
  how many share the forward?  As many rows as pay (capacity.py). One that is short may go before a long one that has
      begun, if that one is not held back by more than it needs itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from inference.batching import BatchKey
from inference.capacity import Capacity
from inference.errors import InferenceError
from inference.events import Cancelled, Failed, JobEvent, Progressed, Started
from inference.fairness import Accounts
from inference.job import Job, JobStatus
from inference.plan import Admission, DrawnPicture, StepPlan, StepReport
from inference.waiting import WaitingLine

JobNews: TypeAlias = tuple[int, JobEvent]

MAX_ADMISSIONS = 4  # a tick encodes at most so many new prompts while others run, so that they are not held up
# A decode costs as much as three U-Net rows. One a tick never starves the steps; small pictures go together.
MAX_DECODES, DECODED_PIXELS = 8, 512 * 512
MAX_PREVIEWS, PREVIEW_SHARE = 8, 0.15
PREVIEW_WORTH_SECONDS = 0.15  # a picture that is finished sooner than that is not looked at before
PROGRESS_SECONDS = 0.1
AGEING = 0.1  # seconds of service that a job gains on the others for each second of waiting
SHORT = 0.25  # a job this much shorter than what is left of another may go before it
TURN_BOUNDS_SECONDS = (0.05, 5.0)


class Outcome(NamedTuple):
    """What a tick has come to: news for those who wait, and pictures that have yet to become files."""

    events: list[JobNews]
    drawn: list[tuple[Job, DrawnPicture]]
    previews: list[tuple[Job, DrawnPicture]]


class Scheduler:
    """Jobs in, StepPlan out, StepReport in, events out.

    ``max_batch``: jobs that may at most share a tick. A checkpoint's jobs wait until ``opened`` says that it is loaded.
    """

    def __init__(self, max_batch: int, capacity: Capacity | None = None) -> None:
        self.max_batch = max_batch
        self.capacity = capacity or Capacity(2 * max_batch)
        self._jobs: dict[int, Job] = {}
        self._lanes: Accounts[str] = Accounts()
        self._keys: Accounts[BatchKey] = Accounts()
        self._waiting = WaitingLine(self._urgency)
        self._running: dict[BatchKey, list[Job]] = {}
        self._to_decode: list[Job] = []
        self._decoding: dict[int, Job] = {}
        self._to_release: list[int] = []
        self._open: dict[str, bool] = {}
        self._clock = 0.0
        self._turn: BatchKey | None = None
        self._turn_ends = 0.0
        self._job_seconds = 0.0
        self._tick_seconds = 0.0
        self._preview_credit = 0.0
        self._preview_each = 0.0

    @property
    def is_idle(self) -> bool:
        return not self._jobs and not self._to_release

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> int:
        return len(self._jobs) - len(self._waiting)

    def wanted(self) -> list[str]:
        """Checkpoints that are not open and for which somebody waits, the most urgent first."""
        closed = [
            job for key in self._waiting.batch_keys() if key.checkpoint not in self._open for job in self._heads(key)
        ]
        closed.sort(key=lambda job: (self._urgency(job), job.id))
        return list(dict.fromkeys(job.key.checkpoint for job in closed))

    def in_use(self) -> set[str]:
        """Checkpoints with a job waiting, running or being decoded."""
        return {job.request.checkpoint for job in self._jobs.values()}

    def open(self, checkpoint: str, *, batches: bool) -> None:
        """The checkpoint is loaded; ``batches``: its jobs can share a forward."""
        self._open[checkpoint] = batches

    def close(self, checkpoint: str) -> None:
        self._open.pop(checkpoint, None)

    def add(self, job: Job) -> int:
        """Take the job into the waiting line; returns how many wait in front of it."""
        ahead = len(self._waiting)
        job.since = self._clock
        self._jobs[job.id] = job
        self._lanes.open(job.lane)
        self._keys.open(job.key)
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
        step = self._forward(key) if key is not None else []
        admit = self._admit(key) if key is not None else []
        finish = self._finish()
        self._decoding |= {job.id: job for job in finish}
        return StepPlan(
            release=release,
            admit=tuple(Admission(job.id, job.request) for job in admit),
            step=tuple(job.id for job in step),
            preview=self._previews(step),
            finish=tuple(job.id for job in finish),
            waits=self._is_waiting_for_decodes(bool(step or admit)),
        )

    def apply(self, plan: StepPlan, report: StepReport) -> Outcome:
        """Turn a report into events, and hand on what was drawn. Jobs cancelled during the tick are passed over."""
        self._clock += report.tick_seconds
        if report.stepped:
            self._tick_seconds = report.tick_seconds
            self._preview_credit = min(1.0, self._preview_credit + PREVIEW_SHARE * report.tick_seconds)
        if plan.preview:
            self._preview_credit -= report.preview_seconds
            self._preview_each = report.preview_seconds / len(plan.preview)
        for key, rows in report.shrunk.items():
            self.capacity.shrink(key, rows)
        for timing in report.timings:
            self.capacity.add(timing)
        events: list[JobNews] = []
        for job in self._known(report.admitted):
            job.admitted = report.admitted[job.id]
            events.append((job.id, Started(job.request.denoising_steps)))
        self._charge_key(plan, report)
        # Counted from when it was asked for: a runner may hand it over only after later ticks.
        for job in self._known(plan.preview):
            job.previewed_at = self._clock
        previews = [(job, report.previews[job.id]) for job in self._known(report.previews)]
        for job in self._known(report.stepped):
            progress = self._step(job, report.tick_seconds)
            if self._is_worth_telling(job):
                job.told_at = self._clock
                events.append((job.id, progress))
        drawn: list[tuple[Job, DrawnPicture]] = []
        for job in self._known(report.finished):
            drawn.append((job, report.finished[job.id]))
            self._job_seconds += (0.2 if self._job_seconds else 1.0) * (job.drawing_seconds - self._job_seconds)
            self._end(job)
        for job in self._known(report.failed):
            events.append((job.id, Failed(report.failed[job.id])))
            self._end(job)
        return Outcome(events, drawn, previews)

    def fail(self, checkpoint: str, error: InferenceError) -> list[JobNews]:
        """End everybody who waits for a checkpoint that cannot be loaded."""
        return self._fail([job for job in self._waiting if job.key.checkpoint == checkpoint], error)

    def fail_all(self, error: InferenceError) -> list[JobNews]:
        return self._fail(list(self._jobs.values()), error)

    def _fail(self, jobs: list[Job], error: InferenceError) -> list[JobNews]:
        for job in jobs:
            self._end(job)
        return [(job.id, Failed(error)) for job in jobs]

    def _known(self, job_ids: Iterable[int]) -> list[Job]:
        return [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]

    def _finish(self) -> list[Job]:
        pixels, count = 0, 0
        for job in self._to_decode[:MAX_DECODES]:
            width, height = job.request.final_size
            pixels += width * height
            if count and pixels > DECODED_PIXELS:
                break
            count += 1
        finish, self._to_decode = self._to_decode[:count], self._to_decode[count:]
        return finish

    def _is_waiting_for_decodes(self, has_other_work: bool) -> bool:
        """Steps that are faster than the decodes wait for them, or more and more finished latents would pile up."""
        return len(self._decoding) >= self.max_batch if has_other_work else bool(self._decoding)

    # Which key.

    def _next_key(self) -> BatchKey | None:
        ready = set(self._running) | {key for key in self._waiting.batch_keys() if key.checkpoint in self._open}
        if not ready:
            return None
        if self._turn not in ready or self._clock >= self._turn_ends:
            self._turn = min(ready, key=lambda key: (self._keys.served(key), self._oldest(key)))
            shortest, longest = TURN_BOUNDS_SECONDS
            self._turn_ends = self._clock + min(longest, max(shortest, self._job_seconds))
        return self._turn

    def _oldest(self, key: BatchKey) -> int:
        running = self._running.get(key)
        first = running[0] if running else self._waiting.first(key)
        return first.id if first else 0

    def _charge_key(self, plan: StepPlan, report: StepReport) -> None:
        if self._turn is not None and (plan.step or plan.admit):
            lanes = {job.lane for job in self._running.get(self._turn, ())} | self._waiting.lanes(self._turn)
            self._keys.charge(self._turn, report.tick_seconds / max(1, len(lanes)))

    # Who comes in.

    def _urgency(self, job: Job) -> float:
        return self._lanes.served(job.lane) - AGEING * (self._clock - job.since)

    def _heads(self, key: BatchKey) -> Iterable[Job]:
        first = self._waiting.first(key)
        return () if first is None else (first,)

    def _admit(self, key: BatchKey) -> list[Job]:
        if not self._open.get(key.checkpoint, False) and self._running.get(key):
            return []  # one at a time: what is not open any more, and what cannot share a forward
        admitted: list[Job] = []
        most = MAX_ADMISSIONS if self._running else self.max_batch
        while len(admitted) < most:
            job = self._waiting.first(key)
            if job is None or not self._let_in(job):
                break
            self._waiting.remove(job)
            job.status = JobStatus.RUNNING
            job.charge = self._cost(job) / job.weight
            self._lanes.charge(job.lane, job.charge)
            admitted.append(job)
            if not self._open.get(key.checkpoint, False):
                break
        return admitted

    def _let_in(self, job: Job) -> bool:
        """Give the job its place among those that run, if there is one for it."""
        running = self._running.get(job.key, [])
        rows = sum(other.rows for other in running)
        if not running or (len(running) < self.max_batch and rows + job.rows <= self.capacity.rows(job.key)):
            self._running.setdefault(job.key, []).append(job)
            return True
        last = len(self._fitting(job.key, running)) - 1
        held_back = running[last]
        seconds, left = self._cost(job), self._cost(held_back)
        may_wait = held_back.admitted is not None and last == len(running) - 1 and not job.key.exact
        if may_wait and seconds <= SHORT * left and held_back.held_back_seconds + seconds <= left:
            held_back.held_back_seconds += seconds
            running.insert(last, job)
            return True
        return False

    def _cost(self, job: Job) -> float:
        """Seconds of the device that are still to come for this job, at the best throughput measured."""
        row_seconds = self.capacity.row_seconds(job.key)
        # Before anything was measured only the ratio between jobs matters.
        each = row_seconds if row_seconds is not None else 1e-8 * job.key.width * job.key.height
        return job.calls_left * job.rows * each

    # How many share the forward.

    def _forward(self, key: BatchKey) -> list[Job]:
        """The first of those that run, and who can share its forward."""
        return self._fitting(key, [job for job in self._running.get(key, ()) if job.admitted is not None])

    def _fitting(self, key: BatchKey, jobs: list[Job]) -> list[Job]:
        if not jobs:
            return []
        rows, limit = jobs[0].rows, self.capacity.rows(key)
        fitting = jobs[:1]
        if not self._open.get(key.checkpoint, False):
            return fitting
        for job in jobs[1:]:
            if job.tokens == jobs[0].tokens and len(fitting) < self.max_batch and rows + job.rows <= limit:
                rows += job.rows
                fitting.append(job)
        return fitting

    def _previews(self, step: list[Job]) -> tuple[int, ...]:
        """Of those that are due, as many as the share of the time that previews may take is enough for."""
        due_jobs = sorted((job for job in step if self._is_preview_due(job)), key=lambda job: job.previewed_at or -1.0)
        due = [job.id for job in due_jobs]
        most = int(self._preview_credit / self._preview_each) if self._preview_each else 1
        return tuple(due[: min(most, MAX_PREVIEWS)])

    def _is_preview_due(self, job: Job) -> bool:
        if job.preview_seconds is None or job.calls_left * self._tick_seconds < PREVIEW_WORTH_SECONDS:
            return False
        return job.previewed_at is None or self._clock - job.previewed_at >= job.preview_seconds

    # What a step changes.

    def _step(self, job: Job, seconds: float) -> Progressed:
        job.calls_done += 1
        job.drawing_seconds += seconds
        if job.is_pass_done():
            self._leave_batch(job)
            before = job.key
            if job.begin_next_pass():
                self._keys.open(job.key)
                self._keys.close(before)
                self._running.setdefault(job.key, []).append(job)
            else:
                job.status = JobStatus.DECODING
                self._to_decode.append(job)
        done = job.share_done
        return Progressed(job.steps_done, job.request.denoising_steps, job.drawing_seconds * (1 - done) / done)

    def _is_worth_telling(self, job: Job) -> bool:
        """The first step and the last; in between as often as somebody could look."""
        is_last = job.status is JobStatus.DECODING
        return is_last or job.told_at is None or self._clock - job.told_at >= PROGRESS_SECONDS

    def _leave_batch(self, job: Job) -> None:
        running = self._running[job.key]
        running.remove(job)
        if not running:
            del self._running[job.key]

    def _end(self, job: Job) -> None:
        del self._jobs[job.id]
        if job.status is JobStatus.WAITING:
            self._waiting.remove(job)
        else:
            self._lanes.charge(job.lane, -job.charge * (1 - job.share_done))
            self._to_release.append(job.id)
        if job.status is JobStatus.RUNNING:
            self._leave_batch(job)
        elif job.id in self._decoding:
            del self._decoding[job.id]
        elif job.status is JobStatus.DECODING:
            self._to_decode.remove(job)
        self._lanes.close(job.lane)
        self._keys.close(job.key)
