"""The time, as the services see it: passed in, so that tests can move it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

NowMs: TypeAlias = Callable[[], int]


def now_ms() -> int:
    """Whole milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
