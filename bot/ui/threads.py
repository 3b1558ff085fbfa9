"""Threads: one below each finished picture, where a server wants that, so that talk about it stays together.

A picture is posted before its thread is started, and nothing that goes wrong with a thread touches the picture. A
process that dies in between leaves the picture without one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, Literal

import aiohttp
import discord

from bot.ui import wording
from bot.ui.language import speaking
from db import Generation

log = logging.getLogger(__name__)

ARCHIVED_AFTER_MINUTES: Literal[1440] = 1440
AGAIN_SECONDS = 600.0  # a channel that took no thread is not asked again before
MOST_CHANNELS = 1000
LAST_SECONDS = 3.0
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, HAS_ONE_ALREADY = 10003, 10008, 160004


class Threads:
    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._passed_over: dict[int, float] = {}  # channel -> from when on it is asked again
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, generation: Generation) -> None:
        """Below its message, which is posted. Returns at once."""
        self._spawn(self._start(generation))

    def put_away(self, generation: Generation) -> None:
        """Its picture was taken away: what is said below it stays, but its name no longer says what was asked for, and
        the list of threads no longer shows it. Returns at once."""
        self._spawn(self._put_away(generation))

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_SECONDS)
        for task in self._tasks:
            task.cancel()

    async def _start(self, generation: Generation) -> None:
        channel_id, message_id = generation.origin.channel_id, generation.message_id
        if channel_id is None or message_id is None or self._passed_over.get(channel_id, 0.0) > time.monotonic():
            return
        try:
            channel = await self._client.fetch_channel(channel_id)
            if not isinstance(channel, discord.TextChannel) or channel.is_news():
                self._pass_over(channel_id)  # a thread, or a forum: there a picture stands in one already
                return
            with speaking(generation.locale):
                name = wording.thread_name(generation)
            message = channel.get_partial_message(message_id)
            await message.create_thread(name=name, auto_archive_duration=ARCHIVED_AFTER_MINUTES)
        except discord.HTTPException as error:
            if error.code in (UNKNOWN_MESSAGE, HAS_ONE_ALREADY):
                return  # it was deleted meanwhile, or somebody was faster
            if error.status == 429 or error.status >= 500:
                log.info("generation %s has no thread: %s", generation.id, error)
            else:
                if channel_id not in self._passed_over:
                    log.warning("no thread can be started in channel %s: %s", channel_id, error)
                self._pass_over(channel_id)
        except (discord.RateLimited, OSError, aiohttp.ClientError) as error:
            log.info("generation %s has no thread: %s", generation.id, error)
        else:
            self._passed_over.pop(channel_id, None)

    async def _put_away(self, generation: Generation) -> None:
        if generation.message_id is None or generation.origin.guild_id is None or generation.is_private:
            return
        try:
            thread = await self._client.fetch_channel(generation.message_id)  # it has its message's id
            if isinstance(thread, discord.Thread) and self._is_ours(thread):
                with speaking(generation.locale):
                    name = wording.thread_name(None)
                await thread.edit(name=name, archived=True)
        except discord.HTTPException as error:
            if error.code != UNKNOWN_CHANNEL:
                log.info("the thread of generation %s could not be put away: %s", generation.id, error)
        except (discord.RateLimited, OSError, aiohttp.ClientError) as error:
            log.info("the thread of generation %s could not be put away: %s", generation.id, error)

    def _is_ours(self, thread: discord.Thread) -> bool:
        return self._client.user is not None and thread.owner_id == self._client.user.id

    def _pass_over(self, channel_id: int) -> None:
        if len(self._passed_over) > MOST_CHANNELS:
            self._passed_over.clear()
        self._passed_over[channel_id] = time.monotonic() + AGAIN_SECONDS

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
