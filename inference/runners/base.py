"""Runner: what executes the scheduler's plans. It makes no decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from inference.plan import StepPlan, StepReport


@dataclass(frozen=True, slots=True)
class Loaded:
    """``batches``: whether jobs of this checkpoint can share a forward. ``size_bytes``: of its weights in memory."""

    batches: bool
    size_bytes: int


class Runner(Protocol):
    """Called only by the loop's thread, but for ``load``; what is a property never changes."""

    @property
    def device(self) -> str:
        """For example cpu or cuda:0."""
        ...

    @property
    def dtype(self) -> str:
        """For example float32."""
        ...

    @property
    def fingerprint(self) -> str:
        """Of everything that decides how long a step takes: hardware, versions, dtype. Times are kept under it."""
        ...

    @property
    def budget_bytes(self) -> int:
        """Memory that the weights of all checkpoints may take together."""
        ...

    def expected_bytes(self, checkpoint: str) -> int:
        """What its weights will take, judged from its files; 0 if that cannot be told."""
        ...

    def load(self, checkpoint: str) -> Loaded:
        """Called on a thread of its own while other checkpoints are being drawn with. Raises CheckpointUnusable."""
        ...

    def unload(self, checkpoint: str) -> None:
        """Nobody draws with it now."""
        ...

    def execute(self, plan: StepPlan) -> StepReport:
        """Do one tick. What concerns one job is reported in ``failed``; what is raised ends the engine."""
        ...

    def close(self) -> None: ...
