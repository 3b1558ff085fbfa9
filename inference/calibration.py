"""The first start measures how many pictures of the default kind are worth drawing together.

It goes up the rungs of capacity.py with pictures that nobody sees, until more do not pay or the time is over. Later
starts remember the result, and every forward that is drawn refines it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from inference.batching import batch_key
from inference.capacity import ENOUGH, Capacity
from inference.plan import Admission, StepPlan
from inference.request import ImageRequest
from inference.runners.base import Runner

log = logging.getLogger(__name__)


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
    jobs: list[int] = []
    forwards_left = sample.denoising_steps
    while clock() < ends and forwards_left > ENOUGH:
        wanted = min(max_jobs, capacity.rows(key) // sample.rows)
        if wanted <= len(jobs):
            break
        new = [-1 - nth for nth in range(len(jobs), wanted)]
        report = runner.execute(StepPlan(admit=tuple(Admission(job, sample) for job in new)))
        if report.failed:
            break
        jobs += new
        for _ in range(ENOUGH + 1):  # the first one of a size also warms caches, or is not yet reported
            report = runner.execute(StepPlan(step=tuple(jobs)))
            forwards_left -= 1
            for reported_key, rows in report.shrunk.items():
                capacity.shrink(reported_key, rows)
            for timing in report.timings:
                capacity.add(timing)
    runner.execute(StepPlan(release=tuple(jobs)))
    log.info("%s at %sx%s: %s rows share a forward", key.checkpoint, key.width, key.height, capacity.rows(key))
