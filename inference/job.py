"""The life of one accepted request inside the engine. Only the loop's thread touches a Job.

    WAITING -> RUNNING -> DECODING -> (ended)
       any of these -> (ended)          a cancel or a failure

An ended job is no longer known to the scheduler; its handle carries the one terminal event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from inference.batching import BatchKey, batch_key
from inference.plan import Admitted
from inference.request import ImageRequest


class JobStatus(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DECODING = "decoding"


@dataclass(slots=True)
class Job:
    """lane: by whom the engine is fair; weight: a lane of weight 2 gets twice the share.

    preview_seconds: how often somebody wants to look at it, None for never. calls_done: U-Net forwards of the present
    pass. since: the scheduler's clock when it came. charge: seconds that its lane was charged at admission.
    held_back_seconds: how long shorter jobs went before it after it had begun. previewed_at, told_at: the scheduler's
    clock when it was last looked at, and when its progress was last told.
    """

    id: int
    request: ImageRequest
    lane: str
    weight: float = 1.0
    preview_seconds: float | None = None
    status: JobStatus = JobStatus.WAITING
    key: BatchKey = field(init=False)
    admitted: Admitted | None = None
    pass_number: int = 0
    calls_done: int = 0
    drawing_seconds: float = 0.0
    since: float = 0.0
    charge: float = 0.0
    held_back_seconds: float = 0.0
    previewed_at: float | None = None
    told_at: float | None = None

    def __post_init__(self) -> None:
        self.key = batch_key(self.request)

    @property
    def rows(self) -> int:
        return self.admitted.rows if self.admitted else self.request.rows

    @property
    def tokens(self) -> int:
        return self.admitted.tokens if self.admitted else 0

    @property
    def calls_left(self) -> int:
        """Forwards that are still to come; before admission the steps that were asked for."""
        if self.admitted is None:
            return self.request.denoising_steps
        return sum(self.admitted.calls[self.pass_number :]) - self.calls_done

    @property
    def share_done(self) -> float:
        """0 to 1."""
        if self.admitted is None:
            return 0.0
        calls = sum(self.admitted.calls)
        return 1 - self.calls_left / calls if calls else 1.0

    @property
    def steps_done(self) -> int:
        # Rounded, since 1 - 3/10 falls short of 7/10: a step that is done counts.
        return int(self.request.denoising_steps * self.share_done + 1e-9)

    def is_pass_done(self) -> bool:
        return self.admitted is not None and self.calls_done >= self.admitted.calls[self.pass_number]

    def begin_next_pass(self) -> bool:
        """False if this was the last one."""
        if self.admitted is None or self.pass_number + 1 >= len(self.admitted.calls):
            return False
        self.pass_number += 1
        self.calls_done = 0
        self.key = batch_key(self.request, self.pass_number)
        return True
