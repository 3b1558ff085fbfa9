"""What can be seen of an engine from outside, at any moment and without waiting for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """refusal: why nothing new is taken, empty if it is. jobs: that have not ended. tick_seconds: age of the tick that
    is under way, 0 between ticks. ticks_by_jobs: how many ticks stepped 0, 1, 2 ... jobs together.
    """

    is_loaded: bool
    refusal: str
    jobs: int
    tick_seconds: float
    ticks_by_jobs: tuple[int, ...]

    @property
    def can_draw(self) -> bool:
        return self.is_loaded and not self.refusal
