"""Runner: what executes the scheduler's plans. It makes no decisions."""

from __future__ import annotations

from typing import Protocol

from inference.plan import StepPlan, StepReport


class Runner(Protocol):
    """Called only by the loop's thread, but for ``device`` and ``dtype``, which never change."""

    @property
    def device(self) -> str:
        """For example cpu or cuda:0."""
        ...

    @property
    def dtype(self) -> str:
        """For example float32."""
        ...

    def execute(self, plan: StepPlan) -> StepReport:
        """Do one tick. What concerns one job is reported in ``failed``; what is raised ends the engine."""
        ...

    def close(self) -> None: ...
