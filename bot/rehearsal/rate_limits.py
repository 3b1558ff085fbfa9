"""Rate limits as Discord keeps them: buckets per kind of request and per channel, webhook or guild.

The sizes of the real buckets are published nowhere. These are the commonly observed ones, and can be changed.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from bot.rehearsal.errors import ApiError


@dataclass(frozen=True, slots=True)
class Limit:
    requests: int
    seconds: float


DEFAULTS = {
    "channel-messages": Limit(5, 5.0),
    "channel-message-edit": Limit(5, 5.0),
    "webhook": Limit(5, 2.0),
    "commands": Limit(50, 10.0),
    "other": Limit(50, 1.0),
}
GLOBAL = "global"
_GLOBAL_LIMIT = Limit(50, 1.0)


@dataclass(slots=True)
class _Window:
    resets_at: float
    used: int = 0


class RateLimits:
    """Counts requests in fixed windows. Real time, not the rehearsal's clock: callers really wait for it."""

    def __init__(self) -> None:
        self.limits = dict(DEFAULTS)
        self.limits[GLOBAL] = _GLOBAL_LIMIT
        self._windows: dict[tuple[str, str], _Window] = {}

    def set(self, bucket: str, requests: int, seconds: float) -> None:
        self.limits[bucket] = Limit(requests, seconds)

    def count(self, bucket: str, major: str, *, globally: bool) -> dict[str, str]:
        """Counts one request. Returns the headers of its answer, or raises the 429."""
        if globally:
            self._take(GLOBAL, "")
        limit, window, now = self._take(bucket, major)
        left = window.resets_at - now
        return self._headers(bucket, limit, limit.requests - window.used, left)

    def _take(self, bucket: str, major: str) -> tuple[Limit, _Window, float]:
        limit, now, key = self.limits[bucket], time.time(), (bucket, major)
        window = self._windows.get(key)
        if window is None or window.resets_at <= now:
            if len(self._windows) > 1000:
                self._windows = {k: v for k, v in self._windows.items() if v.resets_at > now}
            window = self._windows[key] = _Window(now + limit.seconds)
        if window.used >= limit.requests:
            raise self._too_many(bucket, limit, window.resets_at - now)
        window.used += 1
        return limit, window, now

    def _headers(self, bucket: str, limit: Limit, remaining: int, left: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(bucket.encode()).hexdigest()[:32],
        }

    def _too_many(self, bucket: str, limit: Limit, left: float) -> ApiError:
        everywhere = bucket == GLOBAL
        headers = {} if everywhere else self._headers(bucket, limit, 0, left)
        headers |= {
            "Retry-After": f"{left:.3f}",
            "X-RateLimit-Scope": "global" if everywhere else "user",
            "Via": "1.1 google",
        }
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        extra = {"retry_after": round(left, 3), "global": everywhere}
        return ApiError(429, 0, "You are being rate limited.", extra=extra, headers=headers)
