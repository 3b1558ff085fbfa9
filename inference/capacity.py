"""How many rows are worth one forward: measured for each batch key, never fixed.

Rows share a forward because a device is not busy with one of them: up to some number they cost little more than one
did, past it everybody only waits longer. So the time of every forward is kept by its number of rows. The capacity is
the knee: the smallest number with 95 % of the best throughput seen. While more wait than run, one rung more than ever
measured is tried, as long as the last one paid and the memory that a row needs, measured too, is there. Where batching
does not pay at all the knee is one job, and the engine is a fair line by itself.

Measured times are noisy, always upwards, and a busy neighbour spoils whole seconds of them. So the low quartile of the
latest counts, the lowest there was; a forward of fewer rows is taken to need no longer than any of more; and now and
then the rung above the knee gets another chance.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.batching import BatchKey
from inference.plan import StepTiming

RUNGS = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
# Of the best throughput. In waves of c out of n jobs the mean wait is in proportion to (n + c) / throughput(c), so the
# last few percent cost everybody some of it; but whoever is drawn with the others sees the picture begin at once.
KNEE = 0.95
PAYS = 1.08  # two rungs of which neither's throughput is this much above the best below them end the climb
ENOUGH = 3  # forwards that must have been timed before their number of rows counts
KEPT = 12
LOOK_AGAIN = 250  # forwards after which the rung above the knee is tried again, ENOUGH times
MEMORY_SHARE = 0.9  # of what is free; allocators need room


@dataclass(slots=True)
class _Curve:
    """``fresh``: seconds by rows, the latest. ``best``: their low quartile when it was lowest. ``earlier``: the same of
    an earlier process, which counts until there is a fresh one. ``forwards``: how many were timed. ``limit``: what
    follows from the rest, None when it has to be found anew.
    """

    fresh: dict[int, deque[float]] = field(default_factory=dict)
    best: dict[int, float] = field(default_factory=dict)
    earlier: dict[int, float] = field(default_factory=dict)
    row_bytes: float = 0.0
    room_bytes: float | None = None
    out_of_memory_at: int | None = None
    forwards: int = 0
    limit: int | None = None

    def add(self, timing: StepTiming) -> None:
        self.limit = None
        self.forwards += 1
        times = self.fresh.setdefault(timing.rows, deque(maxlen=KEPT))
        times.append(timing.seconds)
        if len(times) >= ENOUGH:
            quartile = sorted(times)[(len(times) - 1) // 4]
            self.best[timing.rows] = min(quartile, self.best.get(timing.rows, quartile))
        if timing.peak_bytes is not None:
            self.row_bytes = max(self.row_bytes, timing.peak_bytes / timing.rows)
            self.room_bytes = timing.room_bytes

    def seconds(self) -> dict[int, float]:
        """Of one forward, by rows: what can be relied on."""
        found = self.earlier | self.best
        shortest = float("inf")
        for rows in sorted(found, reverse=True):
            shortest = found[rows] = min(shortest, found[rows])
        return found

    def fits(self, rows: int) -> bool:
        if self.out_of_memory_at is not None and rows >= self.out_of_memory_at:
            return False
        return self.room_bytes is None or rows * self.row_bytes <= MEMORY_SHARE * self.room_bytes


class Capacity:
    """``max_rows`` bounds what is ever tried."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._curves: dict[BatchKey, _Curve] = {}
        self._row_seconds: dict[BatchKey, float] = {}

    def rows(self, key: BatchKey) -> int:
        """How many rows of this key may share a forward; the first job goes in whatever it needs."""
        if key.exact:
            return 1
        curve = self._curves.get(key)
        if curve is None:
            return min(RUNGS[0], self._max_rows)
        if curve.limit is None:
            curve.limit = self._limit(curve)
        return curve.limit

    def _limit(self, curve: _Curve) -> int:
        fitting = {rows: taken for rows, taken in curve.seconds().items() if curve.fits(rows)}
        limit = RUNGS[0] if not fitting else self._knee_or_next(curve, fitting)
        if curve.out_of_memory_at is not None:
            limit = min(limit, curve.out_of_memory_at - 1)
        return max(1, min(limit, self._max_rows))

    def _knee_or_next(self, curve: _Curve, seconds: Mapping[int, float]) -> int:
        throughput = {rows: rows / taken for rows, taken in seconds.items() if taken > 0}
        if not throughput:
            return self._max_rows  # immeasurably fast, as a fake one is
        *below, _, top = [0, *sorted(throughput)]
        next_rung = min((rung for rung in RUNGS if rung >= top + 2), default=top)
        earlier = max((throughput[rows] for rows in below if rows), default=0.0)
        latest = max(taken for rows, taken in throughput.items() if rows not in below)
        if self._max_rows >= next_rung > top and curve.fits(next_rung) and latest >= PAYS * earlier:
            return next_rung
        best = max(throughput.values())
        knee = min(rows for rows in throughput if throughput[rows] >= KNEE * best)
        above = min((rung for rung in RUNGS if rung > knee), default=knee)
        looks_again = curve.forwards % LOOK_AGAIN >= LOOK_AGAIN - ENOUGH
        return above if looks_again and above <= self._max_rows and curve.fits(above) else knee

    def row_seconds(self, key: BatchKey) -> float | None:
        """What one row of one step costs at the best throughput measured, or None. May be asked on any thread."""
        return self._row_seconds.get(key)

    def add(self, timing: StepTiming) -> None:
        curve = self._curves.setdefault(timing.key, _Curve())
        curve.add(timing)
        self._learn(timing.key, curve)

    def _learn(self, key: BatchKey, curve: _Curve) -> None:
        times = [taken / rows for rows, taken in curve.seconds().items()]
        if times:
            self._row_seconds[key] = min(times)

    def shrink(self, key: BatchKey, fitting_rows: int) -> None:
        """The device ran out of memory with more rows than these."""
        curve = self._curves.setdefault(key, _Curve())
        at = max(2, fitting_rows + 1)
        curve.out_of_memory_at = min(at, curve.out_of_memory_at or at)
        curve.limit = None

    def as_json(self) -> list[dict[str, Any]]:
        """What is worth keeping for the next start."""
        return [
            {
                "checkpoint": key.checkpoint,
                "width": key.width,
                "height": key.height,
                "seconds": {str(rows): round(taken, 6) for rows, taken in curve.seconds().items()},
            }
            for key, curve in self._curves.items()
            if not key.loras and not key.exact and min(curve.seconds().values(), default=0) >= 1e-6
        ]

    def restore(self, kept: list[dict[str, Any]]) -> None:
        """Raises KeyError, TypeError, ValueError or AttributeError for what ``as_json`` did not make."""
        for entry in kept:
            key = BatchKey(str(entry["checkpoint"]), int(entry["width"]), int(entry["height"]))
            seconds = {int(rows): float(taken) for rows, taken in entry["seconds"].items()}
            if any(rows < 1 or not taken > 0 for rows, taken in seconds.items()):
                raise ValueError(f"{entry} holds no times")
            curve = self._curves.setdefault(key, _Curve())
            curve.earlier = seconds
            self._learn(key, curve)
