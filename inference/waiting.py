"""Who is next: round robin over lanes inside each batch key, first come first served inside a lane."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from inference.batching import BatchKey
from inference.job import Job


class WaitingLine:
    """Jobs accepted but not yet on the device."""

    def __init__(self) -> None:
        # key -> lane -> jobs. The OrderedDict of lanes is the round robin: the lane in front is served next.
        self._keys: dict[BatchKey, OrderedDict[str, deque[Job]]] = {}

    def __len__(self) -> int:
        return sum(len(jobs) for lanes in self._keys.values() for jobs in lanes.values())

    def __iter__(self) -> Iterator[Job]:
        for lanes in self._keys.values():
            for jobs in lanes.values():
                yield from jobs

    def keys(self) -> Iterator[BatchKey]:
        """The batch keys for which somebody waits."""
        yield from self._keys

    def add(self, job: Job) -> None:
        self._keys.setdefault(job.key, OrderedDict()).setdefault(job.lane, deque()).append(job)

    def take(self, key: BatchKey) -> Job | None:
        """The next job of this key; its lane then goes behind the others."""
        lanes = self._keys.get(key)
        if not lanes:
            return None
        lane, jobs = next(iter(lanes.items()))
        job = jobs.popleft()
        lanes.move_to_end(lane)
        self._forget_if_empty(key, lane)
        return job

    def remove(self, job: Job) -> None:
        self._keys[job.key][job.lane].remove(job)
        self._forget_if_empty(job.key, job.lane)

    def _forget_if_empty(self, key: BatchKey, lane: str) -> None:
        if not self._keys[key][lane]:
            del self._keys[key][lane]
        if not self._keys[key]:
            del self._keys[key]
