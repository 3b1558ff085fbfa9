"""The life of one accepted request inside the engine. Only the loop's thread touches a Job.

    WAITING -> RUNNING -> DECODING -> (ended)
       any of these -> (ended)          a cancel or a failure

An ended job is no longer known to the scheduler; its handle carries the one terminal event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inference.batching import BatchKey, batch_key
from inference.request import ImageRequest


class JobStatus(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DECODING = "decoding"


@dataclass(slots=True)
class Job:
    """``calls``: how many U-Net forwards the sampler needs in all; a second-order sampler needs two a step."""

    id: int
    request: ImageRequest
    lane: str
    status: JobStatus = JobStatus.WAITING
    calls_done: int = 0
    calls: int = 0
    drawing_seconds: float = 0.0

    @property
    def key(self) -> BatchKey:
        return batch_key(self.request)

    @property
    def steps_done(self) -> int:
        return self.request.steps * self.calls_done // self.calls if self.calls else 0
