"""Which checkpoints stay loaded: several, within a budget of memory; the one unused for longest makes room.

Policy in plain Python: the loop asks what to do and does it. A checkpoint with a job is never unloaded; if what is
wanted does not fit beside those, it waits until they are idle. One that could not be loaded is not tried again at once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from inference.errors import InferenceError

RETRY_SECONDS = 30.0


@dataclass(slots=True)
class _Resident:
    size_bytes: int
    used_at: float


@dataclass(frozen=True, slots=True)
class Change:
    """What to do next: at most one checkpoint is loaded at a time, after those in ``unload`` are gone."""

    load: str | None = None
    unload: tuple[str, ...] = ()


@dataclass(slots=True)
class Residency:
    """budget_bytes: for all loaded checkpoints together; one alone may be larger. idle_seconds: a checkpoint that
    nobody used for so long is unloaded, 0 for never. pinned: is never unloaded.
    """

    budget_bytes: int
    idle_seconds: float = 0.0
    pinned: str = ""
    _loaded: dict[str, _Resident] = field(default_factory=dict)
    _loading: str | None = None
    _refusals: dict[str, tuple[float, InferenceError]] = field(default_factory=dict)

    @property
    def is_loading(self) -> bool:
        return self._loading is not None

    def loaded(self, name: str, size_bytes: int, now: float) -> None:
        self._loading = None
        self._refusals.pop(name, None)
        self._loaded[name] = _Resident(size_bytes, now)

    def failed(self, name: str, error: InferenceError, now: float) -> None:
        self._loading = None
        self._refusals[name] = (now, error)

    def refusal(self, name: str, now: float) -> InferenceError | None:
        """Why this checkpoint is not tried again now."""
        known = self._refusals.get(name)
        return known[1] if known and now - known[0] < RETRY_SECONDS else None

    def next_change(self, wanted: Collection[str], sizes: dict[str, int], in_use: set[str], now: float) -> Change:
        """``wanted``: not loaded, most urgent first. ``sizes``: what they are expected to need."""
        for name in in_use & self._loaded.keys():
            self._loaded[name].used_at = now
        idle = [name for name in self._loaded if name not in in_use and name != self.pinned]
        idle.sort(key=lambda name: self._loaded[name].used_at)
        unload = [name for name in idle if self.idle_seconds and self._is_stale(name, now)]
        if self._loading is not None:
            return Change(unload=self._forget(unload))
        for name in wanted:
            room = self._room(sizes.get(name, 0), [other for other in idle if other not in unload], unload)
            if room is not None:
                self._loading = name
                return Change(load=name, unload=self._forget([*unload, *room]))
        return Change(unload=self._forget(unload))

    def _is_stale(self, name: str, now: float) -> bool:
        return now - self._loaded[name].used_at > self.idle_seconds

    def _room(self, size: int, idle: list[str], leaving: list[str]) -> list[str] | None:
        """Whom to unload for it, None if even that is not enough."""
        taken = sum(resident.size_bytes for other, resident in self._loaded.items() if other not in leaving)
        out: list[str] = []
        while taken and taken + size > self.budget_bytes:
            if len(out) == len(idle):
                return None
            taken -= self._loaded[idle[len(out)]].size_bytes
            out.append(idle[len(out)])
        return out

    def _forget(self, names: list[str]) -> tuple[str, ...]:
        for name in names:
            del self._loaded[name]
        return tuple(names)
