"""How often a bot may begin a gateway session: a thousand times a day, and only so many at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

STARTS_PER_DAY = 1000
DAY_SECONDS = 24 * 3600.0


@dataclass(slots=True)
class SessionStarts:
    """Counts IDENTIFYs, by real time, whatever the clock on the wall says: clients really wait.

    The real Discord lets `max_concurrency` shards start in any `pause_seconds` of five. Here the pause is switched off
    until somebody sets it, because whoever kills and restarts a bot all day has no five seconds for each time.
    """

    per_day: int = STARTS_PER_DAY
    max_concurrency: int = 1
    pause_seconds: float = 0.0
    _begun: list[float] = field(default_factory=list)
    _last: dict[int, float] = field(default_factory=dict)

    def _today(self) -> list[float]:
        since = time.monotonic() - DAY_SECONDS
        self._begun = [at for at in self._begun if at > since]
        return self._begun

    @property
    def left(self) -> int:
        return max(0, self.per_day - len(self._today()))

    def may_start(self, shard: int) -> bool:
        """Counts one start; not when another of the same bucket has only just begun."""
        now, bucket = time.monotonic(), shard % self.max_concurrency
        if now - self._last.get(bucket, -DAY_SECONDS) < self.pause_seconds:
            return False
        self._last[bucket] = now
        self._begun.append(now)
        return True

    def as_json(self) -> dict[str, int]:
        """As `GET /gateway/bot` shows it."""
        today = self._today()
        reset = today[0] + DAY_SECONDS - time.monotonic() if today else DAY_SECONDS
        return {
            "total": self.per_day,
            "remaining": self.left,
            "reset_after": round(reset * 1000),
            "max_concurrency": self.max_concurrency,
        }
