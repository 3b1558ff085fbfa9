"""The caller's end of a job: one stream of events that ends in exactly one of Finished, Failed or Cancelled.

A slow reader loses progress, never the outcome: only the newest Progressed and Previewed are kept while nobody reads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from inference.errors import JobCancelled
from inference.events import Cancelled, Failed, Finished, JobEvent, Previewed, Progressed, TerminalEvent
from inference.request import ImageRequest, Picture


class JobHandle:
    """Made by the engine, read by one task of the event loop it was made in.

    ``async for event in handle`` yields every event up to and including the terminal one.
    """

    def __init__(self, job_id: int, request: ImageRequest, cancel: Callable[[int], None]) -> None:
        self.job_id = job_id
        self.request = request
        self._cancel = cancel
        self._loop = asyncio.get_running_loop()
        self._mail: deque[JobEvent] = deque()
        self._rung = asyncio.Event()
        self._outcome: TerminalEvent | None = None

    def cancel(self) -> None:
        """Ask for the end of the job; it is honoured at the next step. The stream then ends with Cancelled."""
        self._cancel(self.job_id)

    async def result(self, on_event: Callable[[JobEvent], None] = lambda _: None) -> Picture:
        """Wait for the end; ``on_event`` gets every event before it. Raises the job's InferenceError: JobCancelled if
        it was cancelled.
        """
        async for event in self:
            match event:
                case Finished(picture):
                    return picture
                case Failed(error):
                    raise error
                case Cancelled():
                    break
                case _:
                    on_event(event)
        raise JobCancelled(f"job {self.job_id} was cancelled")

    async def __aiter__(self) -> AsyncIterator[JobEvent]:
        while True:
            while not self._mail:
                self._rung.clear()
                await self._rung.wait()
            event = self._mail.popleft()
            yield event
            if isinstance(event, TerminalEvent):
                return

    @property
    def event_loop(self) -> asyncio.AbstractEventLoop:
        """The one in which it is read."""
        return self._loop

    def receive(self, event: JobEvent) -> None:
        """In the handle's own event loop."""
        if self._outcome is not None:
            return
        if isinstance(event, TerminalEvent):
            self._outcome = event
        if isinstance(event, Progressed | Previewed):
            stale = [mail for mail in self._mail if type(mail) is type(event)]
            for mail in stale:
                self._mail.remove(mail)
        self._mail.append(event)
        self._rung.set()


def publish(mail: Sequence[tuple[JobHandle, JobEvent]]) -> None:
    """Called by the engine from any thread. Each event loop is woken once: it takes the interpreter from the engine."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[JobHandle, JobEvent]]] = {}
    for handle, event in mail:
        by_loop.setdefault(handle.event_loop, []).append((handle, event))
    for loop, letters in by_loop.items():
        with suppress(RuntimeError):  # the event loop is closed: nobody is left who could read
            loop.call_soon_threadsafe(_receive_all, letters)


def _receive_all(letters: Sequence[tuple[JobHandle, JobEvent]]) -> None:
    for handle, event in letters:
        handle.receive(event)
