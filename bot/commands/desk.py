"""Desk: between Discord's interactions and the services. Turns an interaction into a request and answers it in time."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import structlog

from bot.commands.privacy_desk import PrivacyDesk
from bot.commands.queue_desk import QueueDesk
from bot.commands.quota_desk import QuotaDesk
from bot.commands.requesters import origin_of, requester_of, role_ids_of
from bot.services.history import HistoryService
from bot.services.options import ImagineOptions
from bot.services.studio import Accepted, Studio
from bot.ui import gallery, wording
from bot.ui.board import DiscordBoard
from bot.ui.buttons import CancelButton, only
from bot.ui.reach import DEAD_TOKEN
from bot.ui.replies import answer_error
from db import Database, generations

ALREADY_ANSWERED = 40060


class Desk:
    def __init__(
        self,
        studio: Studio,
        quota: QuotaDesk,
        history: HistoryService,
        board: DiscordBoard,
        database: Database,
        privacy: PrivacyDesk,
        queue: QueueDesk,
        answer_deadline_seconds: float,
    ) -> None:
        self.privacy = privacy
        self.queue = queue
        self._studio = studio
        self.quota = quota
        self._history = history
        self._board = board
        self._database = database
        self._answer_deadline_seconds = answer_deadline_seconds

    async def imagine(self, interaction: discord.Interaction[Any], options: ImagineOptions) -> None:
        """Accept or refuse within Discord's 3 s (with "thinking" if deciding takes longer), then keep it current."""
        structlog.contextvars.bind_contextvars(generation=interaction.id)
        work = asyncio.create_task(
            self._studio.accept(
                options,
                generation_id=interaction.id,
                origin=origin_of(interaction),
                role_ids=role_ids_of(interaction.user),
            )
        )
        await asyncio.wait({work}, timeout=self._answer_deadline_seconds)
        try:
            if not work.done():
                await interaction.response.defer(thinking=True)
            accepted = await work
        except Exception as error:
            await answer_error(interaction, error)
            return
        if await self._announce(interaction, accepted):
            self._board.follow(accepted.generation)
        self._studio.announced()

    async def cancel(self, interaction: discord.Interaction[Any], generation_id: int) -> None:
        await interaction.response.defer()  # the button's own message shows the end
        try:
            await self._studio.cancel(requester_of(interaction), generation_id)
        except Exception as error:
            await answer_error(interaction, error)

    async def show_history(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        page = await self._history.page(requester_of(interaction))
        await interaction.edit_original_response(
            content=gallery.history_text(page),
            attachments=gallery.history_files(page),
            view=gallery.history_buttons(page, is_newest=True),
        )

    async def turn_history(self, interaction: discord.Interaction[Any], before_id: int | None) -> None:
        await interaction.response.defer()
        page = await self._history.page(requester_of(interaction), before_id=before_id)
        await interaction.edit_original_response(
            content=gallery.history_text(page) if page.entries else wording.NO_OLDER,
            attachments=gallery.history_files(page),
            view=gallery.history_buttons(page, is_newest=before_id is None),
        )

    async def _announce(self, interaction: discord.Interaction[Any], accepted: Accepted) -> bool:
        """Tell the member that it is accepted, and remember the message. False if they cannot be told."""
        generation = accepted.generation
        text = wording.accepted(generation, accepted.place, accepted.eta_seconds, accepted.left_millicredits)
        view = only(CancelButton(generation.id))
        try:
            if interaction.response.is_done():
                message_id = (await interaction.edit_original_response(content=text, view=view)).id
            else:
                message_id = await self._first_response(interaction, text, view)
        except discord.HTTPException as error:
            if error.code in DEAD_TOKEN:
                # Discord told them that the application did not respond: they will ask again.
                await self._studio.withdraw(generation)
            return False
        await generations.record_message(self._database, generation.id, message_id)
        return True

    async def _first_response(self, interaction: discord.Interaction[Any], text: str, view: discord.ui.View) -> int:
        try:
            response = await interaction.response.send_message(text, view=view)
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                raise
            # Our answer arrived and its acknowledgement was lost; discord.py sent it again and was told so.
            return (await interaction.original_response()).id
        if response.message_id is None:
            return (await interaction.original_response()).id
        return response.message_id
