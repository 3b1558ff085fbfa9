"""DiscordBoard: shows on Discord what becomes of a generation, in its one message."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

import aiohttp
import discord

from bot.safety import Cleared, PictureFile
from bot.services.board import NotPosted
from bot.services.vocabulary import Vocabulary
from bot.ui import wording
from bot.ui.buttons import CancelButton, only
from bot.ui.progress import LiveMessage
from bot.ui.reach import DEAD_TOKEN, Reach
from db import Generation, GenerationState

log = logging.getLogger(__name__)

# A picture may be finished before the first answer has arrived at Discord: so long it is waited for.
FIRST_ANSWER_SECONDS = 10.0


class DiscordBoard:
    def __init__(self, client: discord.Client, edit_interval_seconds: float, vocabulary: Vocabulary) -> None:
        self._reach = Reach(client)
        self._vocabulary = vocabulary
        self._edit_interval_seconds = edit_interval_seconds
        self._live: dict[int, LiveMessage] = {}
        self._ends: set[asyncio.Task[None]] = set()

    def follow(self, generation: Generation) -> None:
        """Its message is there now; from here on its text is kept current."""
        if generation.id in self._live:
            return

        async def edit(text: str) -> None:
            await self._reach.edit(generation, content=text, view=only(CancelButton(generation.id)))

        self._live[generation.id] = LiveMessage(edit, self._edit_interval_seconds)

    def show_waiting(
        self, generation: Generation, place: int, eta_seconds: float | None, *, is_paused: bool = False
    ) -> None:
        self._show(generation, wording.waiting(generation, place, eta_seconds, is_paused=is_paused))

    def show_stopping(self, generation: Generation) -> None:
        self._spawn(self._stop(generation))

    def show_progress(self, generation: Generation, step: int, steps: int, remaining_seconds: float | None) -> None:
        self._show(generation, wording.drawing(generation, step, steps, remaining_seconds))

    def show_end(self, generation: Generation, state: GenerationState, why: Exception | None) -> None:
        self._spawn(self._end(generation, wording.ended(generation, state, why)))

    async def post(self, generation: Generation, picture: Cleared[PictureFile]) -> int:
        live = self._live.pop(generation.id, None)
        if live is not None:
            await live.settle()
        try:
            return await self._post(generation, picture.value)
        except discord.HTTPException as error:
            # Discord's own trouble passes; what it refuses now it will refuse again.
            raise NotPosted(str(error), may_retry=error.status >= 500 or error.status == 429) from error
        except (OSError, aiohttp.ClientError) as error:
            raise NotPosted(f"{type(error).__name__}: {error}", may_retry=True) from error
        except LookupError as error:
            raise NotPosted(str(error), may_retry=False) from error

    async def close(self) -> None:
        for live in self._live.values():
            await live.settle()
        if self._ends:
            await asyncio.wait(self._ends, timeout=FIRST_ANSWER_SECONDS)

    async def _post(self, generation: Generation, picture: PictureFile) -> int:
        alt_text = wording.alt_text(generation)
        unknown = self._vocabulary.unknown_words(generation)
        try:
            return await self._reach.edit(
                generation, content=wording.finished(generation, unknown), picture=picture, alt_text=alt_text
            )
        except discord.HTTPException as error:
            is_young = time.time() * 1000 < generation.created_at_ms + FIRST_ANSWER_SECONDS * 1000
            if error.code in DEAD_TOKEN and is_young:
                raise NotPosted("the first answer has not arrived yet", may_retry=True) from error
            if error.status not in (401, 403, 404):
                raise
        except LookupError as error:
            log.info("generation %s: %s", generation.id, error)
        return await self._reach.send(
            generation, content=wording.finished_late(generation, unknown), picture=picture, alt_text=alt_text
        )

    def _show(self, generation: Generation, text: str) -> None:
        if generation.id not in self._live and generation.message_id is not None:
            self.follow(generation)  # accepted by an earlier process
        live = self._live.get(generation.id)
        if live is not None:
            live.show(text)

    async def _stop(self, generation: Generation) -> None:
        await self._say_last(generation, wording.stopping(generation), only(CancelButton(generation.id)))

    async def _end(self, generation: Generation, text: str) -> None:
        await self._say_last(generation, text, None)

    async def _say_last(self, generation: Generation, text: str, view: discord.ui.View | None) -> None:
        """No edit of ours overtakes it."""
        live = self._live.pop(generation.id, None)
        if live is not None:
            await live.settle()
        try:
            await self._reach.edit(generation, content=text, view=view)
        except (discord.HTTPException, OSError, aiohttp.ClientError, LookupError) as error:
            log.warning("generation %s: its message could not be changed: %s", generation.id, error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
