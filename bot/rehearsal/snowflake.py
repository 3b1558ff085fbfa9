"""Ids as Discord makes them: they carry the time, so that clients can compute deadlines from an id alone."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since 1970, as `time.time` gives them. Deadlines, expiry and new ids all follow this one clock."""

EPOCH_MS = 1420070400000


def made_at(seconds: float, sequence: int = 0) -> int:
    """A snowflake for a known moment."""
    return ((int(seconds * 1000) - EPOCH_MS) << 22) | sequence


class Snowflakes:
    """Gives out new ids, each larger than the one before, even when the clock stands still or goes back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, made_at(self._clock()))
        return self._last

    def skip_to(self, snowflake: int) -> None:
        """Never give out this id or a smaller one: it was used before a restart."""
        self._last = max(self._last, snowflake)
