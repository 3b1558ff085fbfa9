"""How long a forward took and how much memory it needed, without making the processor wait for the device.

On CUDA a step is timed by events, and its time is read when the next one is about to begin: by then the device has as
good as finished it, and waiting for just that one keeps the processor at most one tick ahead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from inference.batching import BatchKey
from inference.plan import StepTiming


class Stopwatch:
    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._is_cuda = device.type == "cuda"
        self._under_way: tuple[Any, Any, BatchKey, int, int, int] | None = None

    @contextmanager
    def timing(self, key: BatchKey, rows: int, into: list[StepTiming]) -> Iterator[None]:
        """Times the block. The result goes ``into`` the list now, or on CUDA at the next call."""
        if not self._is_cuda:
            began = time.perf_counter()
            yield
            into.append(StepTiming(key, rows, time.perf_counter() - began))
            return
        self._read(into)
        before, room = torch.cuda.memory_allocated(self._device), self._room()
        torch.cuda.reset_peak_memory_stats(self._device)
        began_event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        ended_event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        began_event.record()
        yield
        ended_event.record()
        peak = torch.cuda.max_memory_allocated(self._device) - before
        self._under_way = (began_event, ended_event, key, rows, peak, room)

    def _read(self, into: list[StepTiming]) -> None:
        if self._under_way is None:
            return
        began, ended, key, rows, peak, room = self._under_way
        ended.synchronize()
        into.append(StepTiming(key, rows, began.elapsed_time(ended) / 1000, peak, room))
        self._under_way = None

    def _room(self) -> int:
        """Bytes that a forward may take: what the driver has free, and what our allocator holds unused."""
        free, _ = torch.cuda.mem_get_info(self._device)
        held = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return int(free + held)
