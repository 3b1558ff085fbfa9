"""Delivery: brings a drawn picture to its message and only then calls the Generation done.

The picture is on disk and the state is ``posting`` before delivery begins, so it can be tried again at any time: after
an error of Discord's, after a restart, a week later.
"""

from __future__ import annotations

import asyncio
import logging

import structlog

from bot.errors import PictureBlocked
from bot.operations.metrics import Metrics
from bot.safety import Cleared, Gate, PictureFile, PromptTexts, Verdict
from bot.services.board import Board, NotPosted
from bot.services.clock import NowMs
from db import Database, Generation, GenerationState, generations
from db.images import ImageStore

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


class Delivery:
    def __init__(
        self,
        database: Database,
        images: ImageStore,
        gate: Gate,
        board: Board,
        metrics: Metrics,
        now_ms: NowMs,
    ) -> None:
        self._database = database
        self._images = images
        self._gate = gate
        self._board = board
        self._metrics = metrics
        self._now_ms = now_ms
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Do not try again: what is not delivered now is delivered after the next start."""
        self._stopped.set()

    async def deliver(self, generation_id: int, picture: Cleared[PictureFile]) -> None:
        """Post until it is posted, or cannot be at all."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            # Read anew each time: its message may have become known only now.
            generation = await generations.get(self._database, generation_id)
            if generation is None or generation.state is not GenerationState.POSTING:
                return
            try:
                message_id = await self._board.post(generation, picture)
            except NotPosted as error:
                if not error.may_retry:
                    await self._give_up(generation, error)
                    return
                log.warning("it could not be posted yet: %s", error)
            else:
                await generations.finish_posting(
                    self._database, generation, message_id=message_id, now_ms=self._now_ms()
                )
                self._metrics.ended(GenerationState.DONE.value)
                self._metrics.delivered((self._now_ms() - generation.changed_at_ms) / 1000)
                log.info("it is done")
                return
            try:
                async with asyncio.timeout(pause):
                    await self._stopped.wait()
                return
            except TimeoutError:
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def deliver_stored(self, generation: Generation) -> None:
        """After a restart: post what an earlier process drew and stored."""
        structlog.contextvars.bind_contextvars(generation=generation.id)
        assert generation.image_sha256 is not None  # a posting generation always has a picture
        assert generation.image_extension is not None
        data = await asyncio.to_thread(self._images.load, generation.image_sha256, generation.image_extension)
        if data is None:
            await self._give_up(generation, NotPosted("its file is gone from the disk", may_retry=False))
            return
        parameters = generation.parameters
        picture = await self._gate.recheck_stored(
            PictureFile(data, generation.image_extension, parameters.width, parameters.height),
            PromptTexts(parameters.prompt, parameters.negative_prompt),
        )
        if isinstance(picture, Verdict):
            await self._give_up(generation, PictureBlocked(picture))
            return
        await self.deliver(generation.id, picture)

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
            self._board.show_end(generation, GenerationState.FAILED, error)
