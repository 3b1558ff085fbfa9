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
class Admitted:
    """What is known of a job once it has a slot.

    calls: how many U-Net forwards the sampler needs, for each pass (a hires job has two; a second-order sampler calls
    twice a step). rows: of the batch that the job takes in each forward, two when it is guided. tokens: length of its
    encoded prompt; only jobs of one length share a forward.
    """

    calls: tuple[int, ...]
    rows: int = 2
    tokens: int = 77


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One tick, in the order in which the runner does it.

    release: slots to free. admit: jobs that get a slot; they step from the next tick on. step: jobs that advance one
    step in one forward. preview: those of them that are looked at afterwards. finish: jobs whose steps are done, to be
    decoded. waits: for a decode that is under way, for there is nothing else to do or too many are.
    """

    release: tuple[int, ...] = ()
    admit: tuple[Admission, ...] = ()
    step: tuple[int, ...] = ()
    preview: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()
    waits: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.release or self.admit or self.step or self.finish or self.waits)


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """Decoded, not yet a file. ``pixels``: uint8, shape (height, width, 3), RGB."""

    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StepTiming:
    """One shared forward with its samplers' steps, measured. On a device that works behind our back the measurement
    comes a tick later.

    peak_bytes: what the forward needed of the device's memory beside what lay there already. room_bytes: how much there
    was for it. Both None where that cannot be measured.
    """

    key: BatchKey
    rows: int
    seconds: float
    peak_bytes: int | None = None
    room_bytes: int | None = None


@dataclass(slots=True)
class StepReport:
    """What a tick did. A job appears in ``failed`` or among the others, never in both.

    finished: pictures that are decoded, in the tick that asked for them or in a later one. shrunk: batch keys for
    which the device ran out of memory, with the number of rows that may fit. tick_seconds: the whole tick.
    """

    admitted: dict[int, Admitted] = field(default_factory=dict)
    stepped: list[int] = field(default_factory=list)
    previews: dict[int, DrawnPicture] = field(default_factory=dict)
    finished: dict[int, DrawnPicture] = field(default_factory=dict)
    failed: dict[int, InferenceError] = field(default_factory=dict)
    shrunk: dict[BatchKey, int] = field(default_factory=dict)
    timings: list[StepTiming] = field(default_factory=list)
    preview_seconds: float = 0.0
    tick_seconds: float = 0.0
