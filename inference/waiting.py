"""Jobs accepted but not yet on the device: inside each batch key first come first served within a lane, and between
lanes whoever has been served least."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from inference.batching import BatchKey
from inference.job import Job


class WaitingLine:
    """``urgency``: the job with the smallest goes first; equal ones in the order of their coming."""

    def __init__(self, urgency: Callable[[Job], float]) -> None:
        self._urgency = urgency
        self._keys: dict[BatchKey, dict[str, deque[Job]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Job]:
        for lanes in self._keys.values():
            for jobs in lanes.values():
                yield from jobs

    def batch_keys(self) -> Iterator[BatchKey]:
        """The batch keys for which somebody waits."""
        yield from self._keys

    def add(self, job: Job) -> None:
        self._keys.setdefault(job.key, {}).setdefault(job.lane, deque()).append(job)
        self._count += 1

    def first(self, key: BatchKey) -> Job | None:
        """Who would be taken next."""
        heads = (jobs[0] for jobs in self._keys.get(key, {}).values())
        return min(heads, key=lambda job: (self._urgency(job), job.id), default=None)

    def lanes(self, key: BatchKey) -> set[str]:
        return set(self._keys.get(key, ()))

    def remove(self, job: Job) -> None:
        lanes = self._keys[job.key]
        lanes[job.lane].remove(job)
        self._count -= 1
        if not lanes[job.lane]:
            del lanes[job.lane]
        if not lanes:
            del self._keys[job.key]
