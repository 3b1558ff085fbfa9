"""The only two messages between policy and device: StepPlan goes to the runner, StepReport comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inference.batching import BatchKey
from inference.errors import InferenceError
from inference.request import ImageRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Admission:
    job_id: int
    request: ImageRequest


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One tick, in the order in which the runner does it.

    release: slots to free. admit: jobs that get a slot. step: jobs of one batch key that advance one step in one
    forward, the newly admitted included. finish: jobs whose steps are done, to be decoded.
    """

    release: tuple[int, ...] = ()
    admit: tuple[Admission, ...] = ()
    step: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.release or self.admit or self.step or self.finish)


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """Decoded, not yet a file. ``pixels``: uint8, shape (height, width, 3), RGB."""

    pixels: NDArray[np.uint8]


@dataclass(slots=True)
class StepReport:
    """What a tick did. A job appears in ``failed`` or among the others, never in both.

    admitted: job -> U-Net calls its sampler needs. shrunk: batch keys for which the device ran out of memory, with the
    number of jobs that do fit. step_seconds: how long the shared step took.
    """

    admitted: dict[int, int] = field(default_factory=dict)
    stepped: list[int] = field(default_factory=list)
    finished: dict[int, DrawnPicture] = field(default_factory=dict)
    failed: dict[int, InferenceError] = field(default_factory=dict)
    shrunk: dict[BatchKey, int] = field(default_factory=dict)
    step_seconds: float = 0.0
