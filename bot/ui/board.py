"""DiscordBoard: shows on Discord what becomes of a generation, in its one message."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from bot.safety import Cleared, PictureFile
from bot.services.board import NotPosted, TooLarge
from bot.services.delivery import pauses
from bot.services.vocabulary import Vocabulary
from bot.ui import wording
from bot.ui.attachments import Attached
from bot.ui.buttons import CancelButton, only
from bot.ui.language import say, speak, speaking
from bot.ui.progress import LiveMessage, Looks, Straggler
from bot.ui.reach import Reach, has_live_token, stem_of
from bot.ui.refusals import Meaning, as_not_posted, meaning
from bot.ui.results import result_view
from bot.ui.threads import Threads
from db import Generation, GenerationState

log = logging.getLogger(__name__)

# A picture may be finished before the first answer has arrived at Discord: so long it is waited for.
FIRST_ANSWER_SECONDS = 10.0
# Discord takes 25 MiB in one request; a little of it is taken by what goes along with the file.
LARGEST_REQUEST_BYTES = 25 * 2**20 - 64 * 2**10
LAST_WORDS_SECONDS = 3.0
PREVIEW_STEM = "preview"
PREVIEW_NAME = f"{PREVIEW_STEM}.webp"
# An early look is shown privately only while its token lives for so long still.
TOKEN_LEFT_SECONDS = 120.0


class DiscordBoard:
    """``told`` is called with the id of each generation whose end has been shown."""

    def __init__(
        self,
        client: discord.Client,
        edit_interval_seconds: float,
        vocabulary: Vocabulary,
        can_upscale: Callable[[Generation], bool],
        told: Callable[[int], Awaitable[None]],
    ) -> None:
        self._reach = Reach(client)
        self._threads = Threads(client)
        self._told = told
        self._vocabulary = vocabulary
        self._can_upscale = can_upscale
        self._edit_interval_seconds = edit_interval_seconds
        self._live: dict[int, LiveMessage] = {}
        self._shown_last: set[asyncio.Task[None]] = set()

    def follow(self, generation: Generation) -> None:
        """Its message is there now; from here on its text is kept current."""
        if generation.id not in self._live:
            self._follow(generation)

    def take_over(self, generation: Generation) -> None:
        if generation.message_id is not None:
            self._follow(generation, is_taken_over=True)

    def show_waiting(
        self, generation: Generation, place: int, eta_seconds: float | None, *, is_paused: bool = False
    ) -> None:
        with speaking(generation.locale):
            self._show(generation, wording.waiting(generation, place, eta_seconds, is_paused=is_paused))

    def show_stopping(self, generation: Generation) -> None:
        self._spawn(self._stop(generation))

    def show_progress(self, generation: Generation, step: int, steps: int, remaining_seconds: float | None) -> None:
        with speaking(generation.locale):
            self._show(generation, wording.drawing(generation, step, steps, remaining_seconds))

    def show_preview(self, generation: Generation, preview: Cleared[PictureFile] | None) -> None:
        live = self._live.get(generation.id)
        # What only its member sees can be taken away again by nothing but the token.
        may_go_again = not generation.is_private or has_live_token(generation, for_seconds=TOKEN_LEFT_SECONDS)
        if live is not None and (preview is None or may_go_again):
            live.show_look(preview)

    def show_end(self, generation: Generation, state: GenerationState, why: Exception | None) -> None:
        with speaking(generation.locale):
            self._spawn(self._end(generation, state, wording.ended(generation, state, why)))

    async def find(self, generation: Generation) -> int | None:
        async with as_not_posted():
            return await self._reach.find(generation)

    async def post(self, generation: Generation, picture: Cleared[PictureFile]) -> int:
        if len(picture.value.data) > LARGEST_REQUEST_BYTES:
            raise TooLarge(f"{len(picture.value.data)} bytes are more than Discord takes at once")
        live = self._live.pop(generation.id, None)
        straggler = None if live is None else await live.settle()
        speak(generation.locale)  # a delivery is a task of its own
        content = wording.finished(generation, self._vocabulary.unknown_words(generation))
        async with as_not_posted():
            message_id = await self._post(generation, picture, content, channel_first=straggler is not None)
            if straggler is not None and straggler.changes_files:
                # It may have put an early look in the picture's place: only when the picture is there for good is it
                # posted. Until then a crash would bring it again.
                await _arrival(straggler)
                message_id = await self._post(generation, picture, content, channel_first=False)
            elif straggler is not None:
                self._spawn(self._put_right(straggler, generation, content))
        return message_id

    def start_thread(self, generation: Generation) -> None:
        self._threads.start(generation)

    async def remove(self, generation: Generation, interaction: discord.Interaction[Any]) -> None:
        """Its message, or where the bot may not delete it, the picture in it. ``interaction``: a press on it or on
        what shows it privately."""
        message = interaction.message
        self._threads.put_away(generation)
        try:
            if message is None:
                await self._reach.delete(generation)
            elif message.flags.ephemeral:
                await interaction.followup.edit_message(
                    message.id, content=say("taken-away"), attachments=[], view=None
                )
                if not generation.is_private:
                    await self._reach.delete(generation)
            else:
                await message.delete()
        except discord.HTTPException as error:
            if meaning(error) is not Meaning.NO_MESSAGE:
                raise

    async def take_away(self, generation: Generation) -> None:
        """Its message, whoever asked for that. Raises discord.HTTPException."""
        self._threads.put_away(generation)
        try:
            await self._reach.delete(generation)
        except discord.HTTPException as error:
            if meaning(error) is not Meaning.NO_MESSAGE:
                raise

    async def close(self) -> None:
        for live in self._live.values():
            await live.settle()
        await self._threads.close()
        if self._shown_last:
            await asyncio.wait(self._shown_last, timeout=LAST_WORDS_SECONDS)
            for task in self._shown_last:
                task.cancel()  # a token that is kept says that it is still to be shown

    async def _post(
        self, generation: Generation, picture: Cleared[PictureFile], content: str, *, channel_first: bool
    ) -> int:
        view = self.buttons(generation)
        attached = Attached(picture, stem_of(generation), wording.alt_text(generation))

        async def edit() -> int:
            return await self._reach.edit(
                generation, content=content, view=view, attached=[attached], channel_first=channel_first
            )

        try:
            try:
                return await edit()
            except discord.HTTPException as error:
                if meaning(error) is not Meaning.ASLEEP:
                    raise
                await self._reach.wake(generation)
                return await edit()
        except discord.HTTPException as error:
            if meaning(error) is Meaning.NO_TOKEN and _is_young(generation):
                raise NotPosted("the first answer has not arrived yet", may_retry=True) from error
            if meaning(error) not in (Meaning.NO_TOKEN, Meaning.NO_MESSAGE):
                raise
        except LookupError as error:
            log.info("generation %s: %s", generation.id, error)
        late = wording.finished_late(generation, content)
        return await self._reach.send(generation, content=late, view=view, attached=attached)

    def buttons(self, generation: Generation) -> discord.ui.View:
        return result_view(generation, can_upscale=self._can_upscale(generation))

    def _follow(self, generation: Generation, *, is_taken_over: bool = False) -> None:
        async def edit(text: str, looks: Looks | None) -> None:
            attached = None
            if looks is not None:
                with speaking(generation.locale):
                    alt_text = wording.preview_alt_text(generation)
                attached = [Attached(look, PREVIEW_STEM, alt_text) for look in looks]
            await self._reach.edit(generation, content=text, view=_cancel(generation), attached=attached)

        interval = self._edit_interval_seconds
        self._live[generation.id] = LiveMessage(edit, interval, is_taken_over=is_taken_over)

    def _show(self, generation: Generation, text: str) -> None:
        if generation.id not in self._live and generation.message_id is not None:
            self.follow(generation)  # accepted by an earlier process
        live = self._live.get(generation.id)
        if live is not None:
            live.show(text)

    async def _stop(self, generation: Generation) -> None:
        live = self._live.get(generation.id)
        await self._settle(generation)
        # Only where there may be one: what waited may be finished by now, and then it is the picture.
        attached: list[Attached] | None = [] if live is not None and live.may_carry_files else None
        try:
            with speaking(generation.locale):
                text = wording.stopping(generation)
            await self._reach.edit(generation, content=text, view=_cancel(generation), attached=attached)
        except (discord.HTTPException, OSError, aiohttp.ClientError, LookupError) as error:
            log.info("generation %s: its message could not be changed: %s", generation.id, error)

    async def _settle(self, generation: Generation) -> None:
        """No edit of ours is on its way any more."""
        live = self._live.pop(generation.id, None)
        straggler = None if live is None else await live.settle()
        if straggler is not None:
            await _arrival(straggler)

    async def _put_right(self, straggler: Straggler, generation: Generation, content: str) -> None:
        """A progress edit may have arrived after the picture: its text again."""
        await _arrival(straggler)
        with suppress(discord.HTTPException, OSError, aiohttp.ClientError):
            await self._reach.edit(generation, content=content, view=self.buttons(generation))

    async def _end(self, generation: Generation, state: GenerationState, text: str) -> None:
        await self._settle(generation)
        for pause in pauses():
            try:
                await self._tell(generation, state, text)
                await self._told(generation.id)
                return
            except Exception as error:
                log.info("the end of generation %s cannot be shown yet: %r", generation.id, error)
                await asyncio.sleep(pause)

    async def _tell(self, generation: Generation, state: GenerationState, text: str) -> None:
        """In its message; if that is out of reach, privately. Raises what may pass."""
        try:
            if generation.message_id is None:
                generation = replace(generation, message_id=await self._reach.find(generation))
            await self._reach.edit(generation, content=text, attached=[])
            return
        except LookupError as error:
            why: Exception = error
        except discord.HTTPException as error:
            if meaning(error) is Meaning.LATER or (meaning(error) is Meaning.NO_TOKEN and _is_young(generation)):
                raise
            why = error
        log.info("the message of generation %s is out of reach: %s", generation.id, why)
        if state is GenerationState.CANCELLED:
            return  # who cancelled knows
        try:
            await self._reach.whisper(generation, text)
        except discord.HTTPException as error:
            if meaning(error) is Meaning.LATER:
                raise
            log.warning("the end of generation %s cannot be told to anybody: %s", generation.id, error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._shown_last.add(task)
        task.add_done_callback(self._shown_last.discard)


def _cancel(generation: Generation) -> discord.ui.View:
    with speaking(generation.locale):
        return only(CancelButton(generation.id))


async def _arrival(straggler: Straggler) -> None:
    """It has arrived, or never will."""
    await asyncio.wait({straggler.sending})


def _is_young(generation: Generation) -> bool:
    """Its first answer may still be on its way, and for seconds after it Discord may not know of it yet."""
    return time.time() * 1000 < generation.created_at_ms + FIRST_ANSWER_SECONDS * 1000
