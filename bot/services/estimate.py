"""How long it takes, from what was measured: an average that follows the last pictures."""

from __future__ import annotations

WEIGHT = 0.2  # of the newest picture


class Estimate:
    """Seconds from one finished picture to the next while the engine is busy."""

    def __init__(self) -> None:
        self._seconds_each: float | None = None

    def learn(self, seconds: float, running: int) -> None:
        """A picture took ``seconds`` while ``running`` were drawn together, itself included."""
        each = seconds / max(1, running)
        if self._seconds_each is None:
            self._seconds_each = each
        else:
            self._seconds_each += WEIGHT * (each - self._seconds_each)

    def until_finished(self, place: int, running: int) -> float | None:
        """For the one at ``place`` in the line (1 is next), behind ``running`` others."""
        return None if self._seconds_each is None else (place + running) * self._seconds_each
