"""Notices that a tick does not come to its end: a driver that hangs raises nothing and would keep everybody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watchdog:
    """``on_stuck`` is called once, on the watchdog's thread, when a ``watching`` block lasts longer than that."""

    def __init__(self, seconds: float, on_stuck: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_stuck = on_stuck
        self._began: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lienzo-watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._began = None

    def _watch(self) -> None:
        while not self._ended.wait(min(1.0, self._seconds / 4)):
            began = self._began
            if began is not None and time.monotonic() - began > self._seconds:
                self._on_stuck()
                return
