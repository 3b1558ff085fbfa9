"""Notices that a tick does not come to its end: a driver that hangs raises nothing and would keep everybody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """``on_stuck`` is called once, on the watchdog's thread, when a ``watching`` block lasts longer than that."""

    def __init__(self, seconds: float, on_stuck: Callable[[], None]) -> None:
        self._limit_seconds = seconds
        self._on_stuck = on_stuck
        self._began: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lienzo-watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()

    @property
    def seconds(self) -> float:
        """How long the block that is being watched has lasted, 0 if there is none."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._began = None

    def _watch(self) -> None:
        while not self._ended.wait(min(1.0, self._limit_seconds / 4)):
            if self.seconds > self._limit_seconds:
                self._on_stuck()
                return
