"""Delivery: brings a drawn picture to its message and only then calls the Generation done.

The picture is on disk and the state is ``posting`` before delivery begins, so it can be tried again at any time: after
an error of Discord's, after a restart, a week later. What the row names is what is sent: a picture that is too large
for its channel is made smaller, and the smaller file is stored and named by the row before it is sent. How large is too
large, Discord itself says by refusing it: the limit is a matter of the server's boosts and of the hour.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from bot.errors import PictureBlocked, PromptBlocked, Restricted
from bot.operations.metrics import Metrics
from bot.safety import Cleared, PictureFile
from bot.services.admission import Admission
from bot.services.board import Board, NotPosted, TooLarge
from bot.services.clock import NowMs
from bot.services.shrinking import shrink
from bot.services.stored import stored_picture
from db import Database, Generation, GenerationState, generations
from db.images import ImageStore

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
AT_A_TIME = 8  # pictures in memory and on their way; after a long outage hundreds may wait
LAST_SECONDS = 5.0  # what is on its way when Lienzo stops has this long to arrive; it is repeated after the next start


class Delivery:
    """``wants_thread``: whether one is to be started below the picture, as things are now."""

    def __init__(
        self,
        database: Database,
        images: ImageStore,
        admission: Admission,
        board: Board,
        metrics: Metrics,
        now_ms: NowMs,
        *,
        wants_thread: Callable[[Generation], bool],
    ) -> None:
        self._database = database
        self._images = images
        self._admission = admission
        self._board = board
        self._metrics = metrics
        self._now_ms = now_ms
        self._wants_thread = wants_thread
        self._stopped = asyncio.Event()
        self._room = asyncio.Semaphore(AT_A_TIME)

    def stop(self) -> None:
        """Do not try again: what is not delivered now is delivered after the next start."""
        self._stopped.set()

    async def deliver(self, generation_id: int, picture: Cleared[PictureFile] | None = None) -> None:
        """Post until it is posted, or cannot be at all. Without ``picture``: the stored one, as after a restart."""
        structlog.contextvars.bind_contextvars(generation=generation_id)
        for pause in pauses():
            at_least = 0.0
            try:
                async with self._room:
                    if self._stopped.is_set():
                        return
                    await self._until_stopped(self._try(generation_id, picture))
                return
            except NotPosted as error:
                at_least = error.after_seconds
                log.warning("it could not be posted yet: %s", error)
            except Exception:
                # A full disk, or what nobody foresaw. It stays to be posted.
                log.exception("it could not be posted yet")
            picture = None  # the disk has it: it need not fill the memory while it waits
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, at_least)):
                    await self._stopped.wait()
                return

    async def _try(self, generation_id: int, picture: Cleared[PictureFile] | None) -> None:
        """Once. Raises NotPosted if it may work later; returns if it is over."""
        # Read anew each time: its message may have become known only now.
        generation = await generations.get(self._database, generation_id)
        if generation is None or generation.state is not GenerationState.POSTING:
            return
        try:
            await self._admission.check_posting(generation)
            picture = picture or await self._stored(generation)
            if generation.message_id is None:
                generation = await self._with_message(generation)
            message_id, generation = await self._post(generation, picture)
        except NotPosted as error:
            if error.may_retry:
                raise
            await self._give_up(generation, error)
            return
        except (PictureBlocked, Restricted) as error:
            await self._give_up(generation, error)
            return
        if await generations.finish_posting(self._database, generation, message_id=message_id, now_ms=self._now_ms()):
            self._metrics.ended(GenerationState.DONE.value)
            self._metrics.delivered((self._now_ms() - generation.changed_at_ms) / 1000)
            log.info("it is done")
            # Only now: a thread must not hold up the picture, and one that a crash leaves out is no loss.
            if self._wants_thread(generation):
                self._board.start_thread(replace(generation, message_id=message_id))

    async def _with_message(self, generation: Generation) -> Generation:
        """Its first answer may have arrived without our hearing of it, or without our writing it down in time."""
        message_id = await self._board.find(generation)
        if message_id is None:
            return generation
        await generations.record_message(self._database, generation.id, message_id)
        return replace(generation, message_id=message_id)

    async def _post(self, generation: Generation, picture: Cleared[PictureFile]) -> tuple[int, Generation]:
        while True:
            try:
                return await self._board.post(generation, picture), generation
            except TooLarge as error:
                generation, picture = await self._with_smaller(generation, picture, error)

    async def _with_smaller(
        self, generation: Generation, picture: Cleared[PictureFile], too_large: TooLarge
    ) -> tuple[Generation, Cleared[PictureFile]]:
        """The same picture in fewer bytes, stored and named by the row. Raises ``too_large`` if there is none."""
        smaller = await asyncio.to_thread(shrink, picture.value)
        if smaller is None:
            raise too_large
        log.info("too large for its channel: %s bytes become %s", len(picture.value.data), len(smaller.data))
        cleared = await self._recheck(generation, smaller)
        sha256 = await asyncio.to_thread(self._images.store, smaller.data, smaller.extension)
        if not await generations.replace_picture(
            self._database,
            generation,
            image_sha256=sha256,
            image_extension=smaller.extension,
            image_bytes=len(smaller.data),
        ):
            raise too_large
        return replace(generation, image_sha256=sha256, image_extension=smaller.extension), cleared

    async def _stored(self, generation: Generation) -> Cleared[PictureFile]:
        """What was drawn earlier. Raises NotPosted if it is gone, PictureBlocked if it may not be shown any more."""
        file = await stored_picture(self._images, generation)
        if file is None:
            raise NotPosted("its file is gone from the disk", may_retry=False)
        return await self._recheck(generation, file)

    async def _recheck(self, generation: Generation, file: PictureFile) -> Cleared[PictureFile]:
        try:
            return await self._admission.clear_to_show(generation, file)
        except (PromptBlocked, PictureBlocked) as error:
            if error.verdict.is_our_fault:
                raise NotPosted("the safety gate is not able to look at it", may_retry=True) from error
            raise PictureBlocked(error.verdict) from error

    async def _give_up(self, generation: Generation, error: Exception) -> None:
        log.error("it cannot be posted: %s", error)
        moved = await generations.end(
            self._database,
            generation,
            GenerationState.FAILED,
            reason=f"not posted: {error}",
            gives_back=False,
            now_ms=self._now_ms(),
        )
        if moved:
            self._metrics.ended(GenerationState.FAILED.value)
            self._board.show_end(generation, GenerationState.FAILED, error)

    async def _until_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Raises what it raises. If Lienzo stops and it does not end soon, it is cancelled, and that is all."""
        task, stopped = asyncio.create_task(work), asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=LAST_SECONDS)
        finally:
            stopped.cancel()
            task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


def pauses() -> Iterator[float]:
    """Seconds to wait before the next try, for ever: longer each time up to a ceiling, out of step with others."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
