"""The first start measures how many pictures of the default kind are worth drawing together.

It goes up the rungs of capacity.py with pictures that nobody sees, until more do not pay or the time is over; then over
all of them again, for what was measured while a neighbour was busy is put right by a later time. Later starts remember
the result, and every forward that is drawn refines it.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator

from inference.batching import batch_key
from inference.capacity import ENOUGH, RUNGS, Capacity
from inference.plan import Admission, StepPlan
from inference.request import ImageRequest
from inference.runners.base import Runner

log = logging.getLogger(__name__)

# Forwards of each number of jobs, for each time that all are gone through. The first of a size also warms caches.
SWEEPS = (ENOUGH + 1, ENOUGH, ENOUGH, ENOUGH)


def calibrate(
    runner: Runner,
    capacity: Capacity,
    sample: ImageRequest,
    *,
    max_jobs: int,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Draw ``sample`` one to ``max_jobs`` times at once, a few steps of each, for at most about ``seconds``."""
    key = batch_key(sample)
    if seconds <= 0 or capacity.row_seconds(key) is not None:
        return
    ends = clock() + seconds
    drawings = _Drawings(runner, sample)
    highest = 0
    for forwards in SWEEPS:
        for jobs in _rungs(sample.rows, max_jobs):
            is_over = clock() >= ends or jobs > max(highest, capacity.rows(key) // sample.rows, 1)
            if is_over or not all(drawings.step(jobs, capacity) for _ in range(forwards)):
                break
            highest = max(highest, jobs)
    drawings.release()
    log.info("%s at %sx%s: %s rows share a forward", key.checkpoint, key.width, key.height, capacity.rows(key))


def _rungs(rows_each: int, max_jobs: int) -> Iterator[int]:
    """Numbers of jobs to try, rising."""
    last = 0
    for jobs in [1, *(rung // rows_each for rung in RUNGS)]:
        if last < jobs <= max_jobs:
            last = jobs
            yield jobs


class _Drawings:
    """Pictures of ``sample`` that nobody sees: as many as are wanted, renewed when their steps are used up."""

    def __init__(self, runner: Runner, sample: ImageRequest) -> None:
        self._runner = runner
        self._sample = sample
        self._steps_left: dict[int, int] = {}
        self._ids = itertools.count(-1, -1)

    def step(self, jobs: int, capacity: Capacity) -> bool:
        """One step of so many, noted in ``capacity``; False if it cannot be done."""
        spent = [job for job, left in self._steps_left.items() if left < 1]
        for job in spent:
            del self._steps_left[job]
        new = [next(self._ids) for _ in range(jobs - len(self._steps_left))]
        report = self._runner.execute(
            StepPlan(release=tuple(spent), admit=tuple(Admission(job, self._sample) for job in new))
        )
        if report.failed:
            return False
        # The last step of a drawing is not taken: it would have to be finished.
        self._steps_left |= dict.fromkeys(new, self._sample.denoising_steps - 1)
        chosen = tuple(self._steps_left)[:jobs]
        report = self._runner.execute(StepPlan(step=chosen))
        for job in chosen:
            self._steps_left[job] -= 1
        for key, rows in report.shrunk.items():
            capacity.shrink(key, rows)
        for timing in report.timings:
            capacity.add(timing)
        return not report.failed

    def release(self) -> None:
        self._runner.execute(StepPlan(release=tuple(self._steps_left)))
