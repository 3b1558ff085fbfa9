"""The desk for operators: what waits and runs, and holding it. Every answer is private."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.commands.requesters import is_operator, requester_of
from bot.errors import InvalidRequest, NotAnOperator
from bot.services.dispatcher import Dispatcher
from bot.services.studio import Studio
from bot.ui import wording
from bot.ui.language import say
from bot.ui.replies import answer_error, whisper
from db import Database, GenerationState, generations, line

SHOWN = 15
DRAIN_SECONDS = 13 * 60.0  # the interaction's token lives for 15 minutes


class QueueDesk:
    def __init__(self, dispatcher: Dispatcher, studio: Studio, database: Database, operators: Sequence[int]) -> None:
        self._dispatcher = dispatcher
        self._studio = studio
        self._database = database
        self._operators = frozenset(operators)

    async def show(self, interaction: discord.Interaction[Any]) -> None:
        if not await self._is_allowed(interaction):
            return
        waiting = await line.waiting(self._database)
        running = await generations.in_state(self._database, GenerationState.RUNNING)
        posting = await generations.in_state(self._database, GenerationState.POSTING)
        text = wording.queue(running, posting, waiting, shown=SHOWN, is_paused=self._dispatcher.line.is_paused)
        await whisper(interaction, text)

    async def pause(self, interaction: discord.Interaction[Any]) -> None:
        if await self._is_allowed(interaction):
            await self._dispatcher.line.pause(interaction.user.id)
            await whisper(interaction, say("queue-paused"))

    async def resume(self, interaction: discord.Interaction[Any]) -> None:
        if await self._is_allowed(interaction):
            await self._dispatcher.resume(interaction.user.id)
            await whisper(interaction, say("queue-resumed"))

    async def drain(self, interaction: discord.Interaction[Any]) -> None:
        if not await self._is_allowed(interaction):
            return
        await whisper(interaction, say("queue-draining"))
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._dispatcher.drain(interaction.user.id)
        except TimeoutError:
            await whisper(interaction, say("queue-not-drained"))
            return
        await whisper(interaction, say("queue-drained"))

    async def cancel(self, interaction: discord.Interaction[Any], generation: str) -> None:
        if not await self._is_allowed(interaction):
            return
        try:
            if not (generation.isascii() and generation.isdigit()):
                raise InvalidRequest("generation", "no-number")
            await self._studio.cancel(replace(requester_of(interaction), may_manage=True), int(generation))
        except Exception as error:
            await answer_error(interaction, error)
            return
        await whisper(interaction, say("queue-cancelled"))

    async def _is_allowed(self, interaction: discord.Interaction[Any]) -> bool:
        """Whoever is named in the settings, and whom Discord knows as the application's owner."""
        if is_operator(interaction, self._operators):
            return True
        await answer_error(interaction, NotAnOperator())
        return False
