"""Dispatcher: takes Generations out of the database in the fair order and sees each one through to its end.

The queue is the database. The engine is never handed more than HANDED_OVER jobs for each of its devices that have not
started: so the fair order is decided as late as possible, and a stop has little to hand back. Whatever ends a
Generation goes through one guarded move in the database first and is shown afterwards, so that nothing is shown that is
not true.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog

from bot.errors import PictureBlocked, PromptBlocked, Restricted
from bot.operations.metrics import Metrics
from bot.safety import PictureFile, Verdict
from bot.services.admission import Admission
from bot.services.board import Board
from bot.services.clock import DAY_MS, NowMs
from bot.services.comparing import label, parts
from bot.services.delivery import Delivery, pauses
from bot.services.drawing import Drawing, Drawn, Together
from bot.services.estimate import Estimate
from bot.services.line import Line
from bot.services.options import to_request
from bot.services.previews import Watching
from config import Settings
from db import Database, Generation, GenerationState, generations, line
from db.images import ImageNotStored, ImageStore
from db.line import RunningCaps
from db.parameters import StoredImage
from db.pictures import File, Role
from db.records import first_id_since
from inference import (
    EngineClosed,
    EngineDead,
    EngineOverloaded,
    ImageRequest,
    InferenceError,
    JobCancelled,
    JobEvent,
    JobHandle,
    Progressed,
    Started,
)

log = logging.getLogger(__name__)

HANDED_OVER = 2
CLAIM_AGAIN_SECONDS = 2.0
# What ended before a restart and was not shown is shown after it, unless it was asked longer ago than this.
END_IS_NEWS_DAYS = 30


class Dispatcher:
    """``wants_previews``: whether early looks at its picture are to be shown, as things are now.

    ``run`` is the one task that claims; each claimed Generation is followed by a task of its own.

    Raises EngineDead out of ``run``: without an engine there is nothing left to do, and a supervisor restarts us.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        admission: Admission,
        drawing: Drawing,
        images: ImageStore,
        board: Board,
        delivery: Delivery,
        estimate: Estimate,
        metrics: Metrics,
        now_ms: NowMs,
        *,
        wants_previews: Callable[[Generation], bool],
    ) -> None:
        self._settings = settings
        self._database = database
        self._admission = admission
        self._drawing = drawing
        self._images = images
        self._board = board
        self._delivery = delivery
        self._metrics = metrics
        self._now_ms = now_ms
        self._wants_previews = wants_previews
        self._estimate = estimate
        self._caps = RunningCaps(settings.queue.running_per_member or None, settings.queue.running_per_server or None)
        self._work = asyncio.Event()
        self.line = Line(settings, database, board, estimate, metrics, now_ms, self._running)
        self._not_started: set[int] = set()
        self._handles: dict[int, list[JobHandle]] = {}  # a generation may be of several pictures
        self._cancelled_early: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._telling: asyncio.Task[None] | None = None
        self._dead: EngineDead | None = None
        self.is_stopping = False

    def wake(self) -> None:
        """Something was queued, and its member has been told."""
        self._work.set()
        self.line.moved()

    async def recover(self) -> None:
        """What an earlier process left: drawn pictures are delivered, interrupted ones wait again."""
        now = self._now_ms()
        for ended in await generations.recover(
            self._database, max_attempts=self._settings.imagine.max_attempts, now_ms=now
        ):
            log.info("generation %s was interrupted too often", ended.id)
        since = first_id_since(now - END_IS_NEWS_DAYS * DAY_MS)
        for ended in await generations.untold(self._database, since_id=since):
            self._board.show_end(ended, ended.state, None)
        posting = await generations.in_state(self._database, GenerationState.POSTING)
        for generation in posting:
            self._spawn(self._delivery.deliver(generation.id))
        waiting = await generations.in_state(self._database, GenerationState.QUEUED)
        for generation in waiting:
            if generation.attempt:
                self._board.take_over(generation)
        if posting or waiting:
            log.info("recovered: %s to deliver, %s to draw", len(posting), len(waiting))
        await self.line.open()
        self.wake()

    async def run(self) -> None:
        self._telling = asyncio.create_task(self.line.run())
        while self._dead is None:
            await self._work.wait()
            self._work.clear()
            while self._may_claim():
                generation = await self._claim()
                if generation is None:
                    break
                self._not_started.add(generation.id)
                self._spawn(self._see_through(generation))
        raise self._dead

    async def resume(self, by: int) -> None:
        await self.line.resume(by)
        self.wake()

    async def drain(self, by: int) -> None:
        """Pause, and wait until nothing is being drawn or delivered any more."""
        await self.line.pause(by)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _claim(self) -> Generation | None:
        """The next in line; None if nobody waits, or the database cannot be written to now: then later."""
        try:
            return await line.claim_next(self._database, now_ms=self._now_ms(), caps=self._caps)
        except Exception as error:
            log.error("nothing can be claimed: %s", error)
            asyncio.get_running_loop().call_later(CLAIM_AGAIN_SECONDS, self._work.set)
            return None

    async def finish(self, seconds: float) -> None:
        """Claim nothing more; wait so long for what is being drawn or delivered. The rest is handed back by the
        engine's close, which ends its jobs with EngineClosed."""
        self.is_stopping = True
        self.line.stop()
        await self.line.say_that_it_stops()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """After the engine is closed: wait for the last moves. A delivery that still fails is left for next time."""
        self._delivery.stop()
        if self._telling is not None:
            await self._telling
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel_waiting(self, generation: Generation) -> bool:
        """queued -> cancelled; False if it is not waiting any more."""
        return await self._end(generation, GenerationState.CANCELLED, gives_back=True, reason="cancelled")

    def cancel_running(self, generation_id: int) -> bool:
        """Ask the engine to cancel; the end follows. False if it is past being drawn."""
        handles = self._handles.get(generation_id)
        if handles:
            self._cancelled_early.add(generation_id)  # of several pictures some may not be handed over yet
            for handle in handles:
                handle.cancel()
        elif generation_id in self._not_started:
            self._cancelled_early.add(generation_id)  # claimed, and not handed over yet
        else:
            return False
        return True

    async def _see_through(self, generation: Generation) -> None:
        structlog.contextvars.bind_contextvars(generation=generation.id)  # this task is of this one alone
        try:
            drawn = await self._draw(generation)
            if drawn is not None and await self._keep(generation, drawn):
                await self._delivery.deliver(generation.id, drawn.cleared)
        except Exception as error:
            # Not foreseen; this one generation ends, with its credits back, and the others go on.
            log.exception("it failed")
            await self._end_in_the_end(generation, error)
        finally:
            self._forget(generation.id)

    async def _draw(self, generation: Generation) -> Drawn | None:
        """The picture, or None when the generation has ended or was handed back."""
        began = time.monotonic()
        try:
            drawn = await self._draw_all(generation)
        except (EngineClosed, EngineOverloaded):
            if await generations.hand_back(self._database, generation, now_ms=self._now_ms()) and self.is_stopping:
                self._board.show_stopping(generation)
            return None
        except EngineDead as error:
            # Left as running: the next start counts it as interrupted, or a request that kills the engine would be
            # drawn again for ever.
            self._dead = error
            self._work.set()
            return None
        except JobCancelled:
            await self._end(generation, GenerationState.CANCELLED, gives_back=True, reason="cancelled")
            return None
        except (PromptBlocked, PictureBlocked) as error:
            await self._stopped_by_gate(generation, error)
            return None
        except Restricted as error:
            await self._end(generation, GenerationState.CANCELLED, gives_back=True, why=error)
            return None
        except InferenceError as error:
            await self._end(generation, GenerationState.FAILED, gives_back=True, why=error)
            return None
        took = time.monotonic() - began
        self._metrics.ran(took)
        self._estimate.learn(drawn.request, took / generation.count, len(self._handles))
        return drawn

    async def _draw_all(self, generation: Generation) -> Drawn:
        policy = await self._admission.policy_to_draw(generation)
        request = await asyncio.to_thread(to_request, generation.parameters, self._images)
        lane = str(generation.origin.user_id)

        def on_job(handle: JobHandle) -> None:
            self._handed_over(generation.id, handle)

        if generation.count == 1:
            drawn = await self._drawing.draw(
                request,
                lane,
                policy=policy,
                on_job=on_job,
                on_event=lambda event: self._show(generation, event),
                watching=self._watching(generation),
            )
            await self._admission.check_drawn(generation, drawn)
            return drawn
        together = Together(generation.count)
        comparison = generation.parameters.comparison
        drawn = await self._drawing.draw_several(
            list(parts(request, generation.count, comparison)),
            lane,
            labels=[label(comparison, nth) for nth in range(generation.count)] if comparison else (),
            policy=policy,
            on_job=on_job,
            on_event=lambda nth, event: self._show(generation, together.add(nth, event)),
        )
        await self._admission.check_drawn(generation, drawn)
        return drawn

    def _watching(self, generation: Generation) -> Watching | None:
        if not self._wants_previews(generation):
            return None
        check = partial(self._admission.check_preview, generation)
        show = partial(self._board.show_preview, generation)
        return Watching(self._settings.discord.preview_seconds, check, show)

    async def _keep(self, generation: Generation, drawn: Drawn) -> bool:
        """Store the picture and, in one transaction, that it is to be posted and is paid for."""
        file = drawn.cleared.value
        try:
            parts = [await self._store(nth, part.value) for nth, part in enumerate(drawn.parts)]
            sha256 = await asyncio.to_thread(self._images.store, file.data, file.extension)
        except ImageNotStored as error:
            log.error("%s", error)
            await self._end(generation, GenerationState.FAILED, gives_back=True, why=error)
            return False
        return await generations.begin_posting(
            self._database,
            generation,
            image_sha256=sha256,
            image_extension=file.extension,
            image_bytes=len(file.data),
            draw_seconds=drawn.picture.draw_seconds,
            now_ms=self._now_ms(),
            parts=parts,
        )

    async def _store(self, nth: int, part: PictureFile) -> File:
        sha256 = await asyncio.to_thread(self._images.store, part.data, part.extension)
        return File(Role.PICTURE, nth, StoredImage(sha256, part.extension), len(part.data))

    async def _stopped_by_gate(self, generation: Generation, error: PromptBlocked | PictureBlocked) -> None:
        verdict: Verdict = error.verdict
        await self._admission.record(verdict, generation)
        state = GenerationState.FAILED if verdict.is_our_fault else GenerationState.BLOCKED
        await self._end(generation, state, gives_back=verdict.is_our_fault, why=error)

    async def _end(
        self,
        generation: Generation,
        state: GenerationState,
        *,
        gives_back: bool,
        why: Exception | None = None,
        reason: str = "",
    ) -> bool:
        ended = await generations.end(
            self._database, generation, state, reason=reason or str(why), gives_back=gives_back, now_ms=self._now_ms()
        )
        if ended:
            log.info("it is %s", state.value)
            self._metrics.ended(state.value)
            # Read again: its message may have become known after it was claimed.
            self._board.show_end(await generations.get(self._database, generation.id) or generation, state, why)
            self.line.moved()
        return ended

    async def _end_in_the_end(self, generation: Generation, error: Exception) -> None:
        """As failed, once the database takes it: a full disk may be why it failed. A stop leaves it to recovery."""
        for pause in pauses():
            try:
                await self._end(generation, GenerationState.FAILED, gives_back=True, why=error)
                return
            except Exception as trouble:
                log.error("its end could not be written down yet: %s", trouble)
                if self.is_stopping:
                    return
                await asyncio.sleep(pause)

    def _handed_over(self, generation_id: int, handle: JobHandle) -> None:
        self._handles.setdefault(generation_id, []).append(handle)
        if generation_id in self._cancelled_early:
            handle.cancel()

    def _show(self, generation: Generation, event: JobEvent) -> None:
        match event:
            case Started(steps):
                self._not_started.discard(generation.id)
                self._metrics.waited((self._now_ms() - generation.created_at_ms) / 1000)
                self.wake()
                self._board.show_progress(generation, 0, steps, None)
            case Progressed(step, steps, remaining_seconds):
                self._board.show_progress(generation, step, steps, remaining_seconds)
            case _:
                pass

    def _may_claim(self) -> bool:
        is_open = not (self.is_stopping or self.line.is_paused or self._dead)
        return is_open and len(self._not_started) < HANDED_OVER * len(self._settings.engine.devices)

    def _running(self) -> list[ImageRequest]:
        return [handle.request for handles in self._handles.values() for handle in handles]

    def _forget(self, generation_id: int) -> None:
        self._not_started.discard(generation_id)
        self._handles.pop(generation_id, None)
        self._cancelled_early.discard(generation_id)
        self.wake()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
