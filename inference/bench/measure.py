"""Numbers from what was seen: percentiles, fairness, the event loop's lag, memory."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

HEARTBEAT_SECONDS = 0.01
MEMORY_EVERY = 5  # beats


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between the two nearest ranks (Hyndman and Fan 1996, type 7: numpy's default). NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def jain_index(shares: Sequence[float]) -> float:
    """1 when all have the same, 1/n when one has everything (Jain, Chiu and Hawe 1984, DEC-TR-301). NaN of nothing."""
    squares = sum(share * share for share in shares)
    if not squares:
        return math.nan
    return sum(shares) ** 2 / (len(shares) * squares)


class Heartbeat:
    """``async with``: how late the event loop wakes a task that wants to run every 10 ms; and the most memory seen.

    On CUDA memory is the allocator's own peak, elsewhere the process's resident memory, sampled.
    """

    def __init__(self, device: str) -> None:
        self.lags_seconds: list[float] = []
        self.peak_bytes = 0
        self._is_cuda = device.startswith("cuda")

    async def __aenter__(self) -> Heartbeat:
        if self._is_cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._is_cuda:
            import torch

            self.peak_bytes = torch.cuda.max_memory_allocated()

    async def _beat(self) -> None:
        beats = 0
        while True:
            if not self._is_cuda and beats % MEMORY_EVERY == 0:
                self.peak_bytes = max(self.peak_bytes, resident_bytes())
            beats += 1
            due = time.perf_counter() + HEARTBEAT_SECONDS
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self.lags_seconds.append(max(0.0, time.perf_counter() - due))


def resident_bytes() -> int:
    """Physical memory of this process: now on Linux, its peak so far elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        import resource  # Unix only, like everything that lacks /proc and may come here

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")
