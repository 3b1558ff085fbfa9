"""What bots do without an engine, done well.

    B0  a lock and one worker thread: first come, first served. What most bots and one-worker interfaces do.
    B1  four threads side by side, each with a shallow copy of the pipeline: diffusers' own server example.
    B2  static batching: requests of one window that agree in size, steps, sampler, guidance and strength share a call.
    B3  B0 with a compiled U-Net; CUDA only.

None of them waits for torch or Pillow in the event loop.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.bench.contenders import GaveUp, Ticket
from inference.bench.pipes import Pipes, Stopped, Watcher, finish
from inference.pictures import Writer
from inference.plan import DrawnPicture
from inference.request import ImageRequest

WINDOW_SECONDS = 0.05
SIDE_BY_SIDE = 4
WRITERS = 2  # threads for PNG files, as many as the engine has


class Baseline(ABC):
    """``workers`` threads call the pipeline, others write files. cpu_threads: of torch, in each of them."""

    name = ""

    def __init__(self, pipeline: Any, *, cpu_threads: int, workers: int = 1, compiled: bool = False) -> None:
        unet = torch.compile(pipeline.unet, mode="reduce-overhead", dynamic=False) if compiled else None
        self._pipes = Pipes(pipeline, unet=unet)
        # torch keeps the number of its threads for each thread that calls it.
        start = partial(torch.set_num_threads, cpu_threads)
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix=f"{self.name}-worker", initializer=start)
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix=f"{self.name}-writer")
        self._preview_writer = Writer({}, "png")
        self._calls: list[int] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._workers.shutdown()
        self._writers.shutdown()

    def begin(self) -> None:
        self._calls.clear()

    def counted(self) -> dict[str, float]:
        """jobs_per_call: how many jobs a call of the pipeline drew, on average."""
        return {"jobs_per_call": sum(self._calls) / len(self._calls)} if self._calls else {}

    @abstractmethod
    async def draw(self, ticket: Ticket) -> bytes:
        """The file. Raises GaveUp if the ticket was cancelled meanwhile."""

    async def _call(self, tickets: Sequence[Ticket], embeds: dict[str, Any] | None = None) -> list[Image.Image]:
        """Raises Stopped."""
        loop = asyncio.get_running_loop()
        self._calls.append(len(tickets))
        cancelled = [threading.Event() for _ in tickets]
        for ticket, event in zip(tickets, cancelled, strict=True):
            if ticket.is_cancelled:
                event.set()
            ticket.on_cancel = event.set

        def stepped(step: int, steps: int) -> None:
            for ticket in tickets:
                loop.call_soon_threadsafe(ticket.stepped, step, steps)

        def previewed(nth: int, pixels: NDArray[np.uint8]) -> None:
            self._writers.submit(write_preview, nth, DrawnPicture(pixels))

        def write_preview(nth: int, drawn: DrawnPicture) -> None:
            self._preview_writer.write_preview(drawn, 0, tickets[nth].request.denoising_steps)
            loop.call_soon_threadsafe(tickets[nth].previewed)

        watcher = Watcher(stepped, previewed, lambda nth: cancelled[nth].is_set())
        requests = [ticket.request for ticket in tickets]
        return await loop.run_in_executor(self._workers, self._pipes.draw, requests, watcher, embeds)

    async def _write(self, image: Image.Image, ticket: Ticket) -> bytes:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, finish, image, ticket.request)


class LockAndExecutor(Baseline):
    """B0, and with ``compiled`` B3."""

    name = "B0"

    def __init__(self, pipeline: Any, *, cpu_threads: int, compiled: bool = False) -> None:
        if compiled:
            self.name = "B3"
        super().__init__(pipeline, cpu_threads=cpu_threads, compiled=compiled)
        self._lock = asyncio.Lock()

    async def draw(self, ticket: Ticket) -> bytes:
        async with self._lock:
            try:
                [image] = await self._call([ticket])
            except Stopped:
                raise GaveUp from None
        return await self._write(image, ticket)


class SideBySide(Baseline):
    """B1. Prompts are encoded one at a time: fast tokenizers refuse to be used by two threads at once."""

    name = "B1"

    def __init__(self, pipeline: Any, *, cpu_threads: int) -> None:
        super().__init__(pipeline, cpu_threads=cpu_threads, workers=SIDE_BY_SIDE)
        self._encoding = asyncio.Lock()
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def draw(self, ticket: Ticket) -> bytes:
        loop = asyncio.get_running_loop()
        async with self._room:
            async with self._encoding:
                embeds = await loop.run_in_executor(self._workers, self._pipes.embed, ticket.request)
            try:
                [image] = await self._call([ticket], embeds)
            except Stopped:
                raise GaveUp from None
        return await self._write(image, ticket)


class StaticWindow(Baseline):
    """B2. The oldest waiting request goes next and takes along all that are like it, up to ``max_batch``.

    A window is only waited for when the worker is idle. A row cannot leave its batch: who gives up is told when the
    call has ended.
    """

    name = "B2"

    def __init__(self, pipeline: Any, *, cpu_threads: int, max_batch: int) -> None:
        super().__init__(pipeline, cpu_threads=cpu_threads)
        self._max_batch = max_batch
        self._waiting: dict[Ticket, asyncio.Future[Image.Image]] = {}
        self._rung = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._collecting = asyncio.create_task(self._collect())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._collecting.cancel()
        await super().__aexit__()

    async def draw(self, ticket: Ticket) -> bytes:
        drawn = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = drawn
        self._rung.set()
        image = await drawn
        if ticket.is_cancelled:
            raise GaveUp
        return await self._write(image, ticket)

    async def _collect(self) -> None:
        while True:
            if not self._waiting:
                self._rung.clear()
                await self._rung.wait()
                await asyncio.sleep(WINDOW_SECONDS)
            kind = _kind(next(iter(self._waiting)).request)
            batch = [ticket for ticket in self._waiting if _kind(ticket.request) == kind][: self._max_batch]
            futures = [self._waiting.pop(ticket) for ticket in batch]
            try:
                images = await self._call(batch)
            except Stopped:
                for future in futures:
                    future.set_exception(GaveUp())
            except Exception as error:
                for future in futures:
                    future.set_exception(error)
            else:
                for future, image in zip(futures, images, strict=True):
                    future.set_result(image)


def _kind(request: ImageRequest) -> Hashable:
    """What one call of a pipeline has only one of."""
    source = (request.image is not None, request.mask is not None, request.strength if request.image else 0)
    return (request.width, request.height, request.steps, request.sampler, request.guidance, source)
