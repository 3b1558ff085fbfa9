"""Decodes finished latents, and looks at unfinished ones, without holding up the steps.

On CUDA a decode runs on a thread and a stream of its own while the next steps go on; it is picked up when it is done.
On a CPU a thread of its own helps too when the steps leave a core idle. Where steps and decodes want the same cores
there is nothing to gain by that, and a decode is done at once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from copy import copy

import torch

from inference.families.base import ModelFamily
from inference.plan import DrawnPicture
from inference.runners.device import cores
from inference.runners.slots import Slot

log = logging.getLogger(__name__)


class Decoder:
    """Used on the runner's thread only."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        leaves_a_core = device.type == "cpu" and torch.get_num_threads() == 1 < cores()
        aside = self._stream is not None or leaves_a_core
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lienzo-decoder") if aside else None
        self._pending: dict[int, Future[DrawnPicture]] = {}
        self._previews: dict[int, Future[DrawnPicture | None]] = {}

    def preview(self, job_id: int, slot: Slot, family: ModelFamily) -> None:
        """Begin to look at what it has become by now."""
        seen = copy(slot)  # the slot's own latents are another tensor after its next step
        if self._pool is not None and self._stream is None:
            self._previews[job_id] = self._pool.submit(self._look, family, seen)
            return
        future: Future[DrawnPicture | None] = Future()
        try:
            future.set_result(self._look(family, seen))
        except Exception as error:
            future.set_exception(error)
        self._previews[job_id] = future

    def collect_previews(self) -> dict[int, DrawnPicture]:
        """What is there by now. One that could not be made is passed over."""
        done = {job_id: future for job_id, future in self._previews.items() if future.done()}
        found = {}
        for job_id, future in done.items():
            del self._previews[job_id]
            if error := future.exception():
                log.warning("a preview could not be made: %s", error)
            elif picture := future.result():
                found[job_id] = picture
        return found

    @torch.inference_mode()
    def _look(self, family: ModelFamily, slot: Slot) -> DrawnPicture | None:
        return family.preview(slot)

    def begin(self, jobs: Mapping[int, Slot], family: ModelFamily) -> None:
        """Slots of one family and one latent shape."""
        if self._stream is None:
            self._begin(jobs, family)
            return
        # One at a time: a large device gains little by more at once, and each is seen as early as can be.
        for job_id, slot in jobs.items():
            self._begin({job_id: slot}, family)

    def _begin(self, jobs: Mapping[int, Slot], family: ModelFamily) -> None:
        steps_done = None
        if self._stream is not None:
            steps_done = torch.cuda.Event()  # type: ignore[no-untyped-call]
            steps_done.record(torch.cuda.current_stream(self._device))
        pictures: dict[int, Future[DrawnPicture]] = {job_id: Future() for job_id in jobs}
        self._pending |= pictures
        work = (family, list(jobs.values()), list(pictures.values()), steps_done)
        if self._pool is None:
            self._decode(*work)
        else:
            self._pool.submit(self._decode, *work)

    def drop(self, job_id: int) -> None:
        """Nobody wants it any more. What has begun goes on, and is not looked at."""
        for futures in (self._pending, self._previews):
            if future := futures.pop(job_id, None):
                future.cancel()

    def collect(self, *, wait_for_one: bool) -> dict[int, DrawnPicture | Exception]:
        """What is done by now; with ``wait_for_one`` at least one, if any is under way."""
        if wait_for_one and self._pending:
            wait(self._pending.values(), return_when=FIRST_COMPLETED)
        done = {job_id: future for job_id, future in self._pending.items() if future.done()}
        for job_id in done:
            del self._pending[job_id]
        return {job_id: _outcome(future) for job_id, future in done.items()}

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pending.clear()
        self._previews.clear()

    @torch.inference_mode()
    def _decode(
        self,
        family: ModelFamily,
        slots: Sequence[Slot],
        pictures: Sequence[Future[DrawnPicture]],
        steps_done: torch.cuda.Event | None,
    ) -> None:
        wanted = [
            (slot, future)
            for slot, future in zip(slots, pictures, strict=True)
            if future.set_running_or_notify_cancel()
        ]
        slots = [slot for slot, _ in wanted]
        if not slots:
            return
        if self._stream is None or steps_done is None:
            decoded = _decode_together(family, slots)
        else:
            with torch.cuda.stream(self._stream):
                self._stream.wait_event(steps_done)
                for slot in slots:
                    # A slot keeps its latents until it is released; the allocator must know who reads them.
                    slot.latents.record_stream(self._stream)
                decoded = _decode_together(family, slots)
        for (_, future), picture in zip(wanted, decoded, strict=True):
            if isinstance(picture, Exception):
                future.set_exception(picture)
            else:
                future.set_result(picture)


def _decode_together(family: ModelFamily, slots: Sequence[Slot]) -> list[DrawnPicture | Exception]:
    """What fails in company is tried alone, so that only the one with the cause fails."""
    try:
        return list(family.decode_together(slots)) if len(slots) > 1 else [family.decode(slots[0])]
    except Exception as error:
        if len(slots) == 1:
            return [error]
        return [picture for slot in slots for picture in _decode_together(family, [slot])]


def _outcome(future: Future[DrawnPicture]) -> DrawnPicture | Exception:
    error = future.exception()
    if error is None:
        return future.result()
    return error if isinstance(error, Exception) else RuntimeError(f"decoding ended with {type(error).__name__}")
