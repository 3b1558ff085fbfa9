"""Rate limits as Discord keeps them: buckets per kind of request and per channel, webhook or guild.

The sizes of the real buckets are published nowhere. These are the commonly observed ones, and can be changed. Requests
without a bucket of a name of their own have one per route, all of the same size, `other`.
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


OTHER = "other"
DEFAULTS = {
    "channel-messages": Limit(5, 5.0),
    "channel-message-edit": Limit(5, 5.0),
    "webhook": Limit(5, 2.0),
    "commands": Limit(50, 10.0),
    OTHER: Limit(50, 1.0),
}
GLOBAL = "global"
_GLOBAL_LIMIT = Limit(50, 1.0)
INVALID = "invalid"
_INVALID_LIMIT = Limit(10_000, 600.0)
"""How many answers of 401, 403 and 429 an address may get before it is banned."""


@dataclass(slots=True)
class _Window:
    resets_at: float
    used: int = 0


class RateLimits:
    """Counts requests in fixed windows. Real time, not the rehearsal's clock: callers really wait for it."""

    def __init__(self) -> None:
        self.limits = dict(DEFAULTS)
        self.limits[GLOBAL] = _GLOBAL_LIMIT
        self.limits[INVALID] = _INVALID_LIMIT
        self._windows: dict[tuple[str, str], _Window] = {}

    def set(self, bucket: str, requests: int, seconds: float) -> None:
        self.limits[bucket] = Limit(requests, seconds)

    def count(self, bucket: str, route: str, major: str, *, globally: bool) -> dict[str, str]:
        """Counts one request. Returns the headers of its answer, or raises the 429."""
        if globally:
            self._take(GLOBAL, "", "")
        name = route if bucket == OTHER else bucket
        limit, window, now = self._take(bucket, name, major)
        left = window.resets_at - now
        return self._headers(name, limit, limit.requests - window.used, left)

    def count_invalid(self, status: int, scope: str | None) -> None:
        """Notes an answer that a well-behaved client would not have provoked. What others caused does not count."""
        if status in (401, 403, 429) and scope != "shared":
            window = self._window(INVALID, "", "")
            window.used += 1

    @property
    def banned(self) -> bool:
        """Has this address provoked so many of them that nobody talks to it any more?"""
        return self._window(INVALID, "", "").used >= self.limits[INVALID].requests

    def _window(self, bucket: str, name: str, major: str) -> _Window:
        limit, now, key = self.limits[bucket], time.time(), (bucket + name, major)
        window = self._windows.get(key)
        if window is None or window.resets_at <= now:
            if len(self._windows) > 1000:
                self._windows = {k: v for k, v in self._windows.items() if v.resets_at > now}
            window = self._windows[key] = _Window(now + limit.seconds)
        return window

    def _take(self, bucket: str, name: str, major: str) -> tuple[Limit, _Window, float]:
        limit, now = self.limits[bucket], time.time()
        window = self._window(bucket, name, major)
        if window.used >= limit.requests:
            raise self._too_many(bucket, name, limit, window.resets_at - now)
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

    def _too_many(self, bucket: str, name: str, limit: Limit, left: float) -> ApiError:
        everywhere = bucket == GLOBAL
        headers = {} if everywhere else self._headers(name, limit, 0, left)
        headers |= {
            "Retry-After": f"{left:.3f}",
            "X-RateLimit-Scope": "global" if everywhere else "user",
            "Via": "1.1 google",
        }
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        extra = {"retry_after": round(left, 3), "global": everywhere}
        return ApiError(429, 0, "You are being rate limited.", extra=extra, headers=headers)
