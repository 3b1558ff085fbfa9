"""Decodes finished latents without holding up the steps.

On CUDA a decode runs on a thread and a stream of its own while the next steps go on; it is picked up when it is done.
Elsewhere there is nothing to gain by that, for steps and decodes want the same cores, and it is done at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import torch

from inference.families.base import ModelFamily
from inference.plan import DrawnPicture
from inference.runners.slots import Slot


class Decoder:
    """Used on the runner's thread only."""

    def __init__(self, device: torch.device, *, aside: bool) -> None:
        self._device = device
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lienzo-decoder") if aside else None
        self._stream: torch.cuda.Stream | None = None
        if aside and device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._pending: dict[int, Future[DrawnPicture]] = {}

    def begin(self, jobs: Mapping[int, Slot], family: ModelFamily) -> None:
        """Slots of one family and one latent shape."""
        if self._pool is None:
            for job_id, picture in zip(jobs, _decode_together(family, list(jobs.values())), strict=True):
                self._pending[job_id] = _done(picture)
            return
        # Aside one at a time: a large device gains little by more at once, and each is seen as early as can be.
        for job_id, slot in jobs.items():
            self._begin_aside(job_id, family, slot)

    def _begin_aside(self, job_id: int, family: ModelFamily, slot: Slot) -> None:
        assert self._pool is not None
        steps_done = None
        if self._stream is not None:
            steps_done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            steps_done.record(torch.cuda.current_stream(self._device))
        self._pending[job_id] = self._pool.submit(self._decode, family, slot, steps_done)

    def drop(self, job_id: int) -> None:
        """Nobody wants it any more. What has begun goes on, and is not looked at."""
        if future := self._pending.pop(job_id, None):
            future.cancel()

    def collect(self, *, wait_for_one: bool) -> dict[int, DrawnPicture | Exception]:
        """What is done by now; with ``wait_for_one`` at least one, if any is under way."""
        if wait_for_one and self._pending:
            wait(self._pending.values(), return_when=FIRST_COMPLETED)
        done: dict[int, DrawnPicture | Exception] = {}
        for job_id, future in list(self._pending.items()):
            if not future.done():
                continue
            del self._pending[job_id]
            error = future.exception()
            done[job_id] = future.result() if error is None else _as_exception(error)
        return done

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pending.clear()

    def _decode(self, family: ModelFamily, slot: Slot, steps_done: torch.cuda.Event | None) -> DrawnPicture:
        with torch.inference_mode():
            if self._stream is None or steps_done is None:
                return family.decode(slot)
            with torch.cuda.stream(self._stream):
                self._stream.wait_event(steps_done)
                # The slot keeps its latents until it is released; the allocator must know who reads them.
                slot.latents.record_stream(self._stream)
                return family.decode(slot)


def _decode_together(family: ModelFamily, slots: Sequence[Slot]) -> list[DrawnPicture | Exception]:
    """What fails in company is tried alone, so that only the one with the cause fails."""
    try:
        return list(family.decode_together(slots)) if len(slots) > 1 else [family.decode(slots[0])]
    except Exception as error:
        if len(slots) == 1:
            return [error]
        return [picture for slot in slots for picture in _decode_together(family, [slot])]


def _done(picture: DrawnPicture | Exception) -> Future[DrawnPicture]:
    future: Future[DrawnPicture] = Future()
    if isinstance(picture, Exception):
        future.set_exception(picture)
    else:
        future.set_result(picture)
    return future


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(f"decoding ended with {type(error).__name__}")
