"""Desk: between Discord's interactions and the services. Turns an interaction into a request and answers it in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import structlog
from discord.utils import MISSING

from bot.commands.defaults_desk import DefaultsDesk
from bot.commands.help_desk import HelpDesk
from bot.commands.house_desk import HouseDesk
from bot.commands.moderation_desk import ModerationDesk
from bot.commands.picture_desk import Ask, PictureDesk
from bot.commands.preset_desk import PresetDesk
from bot.commands.privacy_desk import PrivacyDesk
from bot.commands.queue_desk import QueueDesk
from bot.commands.quota_desk import QuotaDesk
from bot.commands.requesters import origin_of, requester_of
from bot.commands.safety_desk import SafetyDesk
from bot.commands.selection_desk import SelectionDesk
from bot.commands.writing_desk import WritingDesk
from bot.errors import NotFound, PromptBlocked
from bot.services.history import HistoryQuery, HistoryService
from bot.services.options import ImagineOptions, Wish
from bot.services.questions import Question, Questions
from bot.services.studio import Accepted, Studio
from bot.ui import gallery, wording
from bot.ui.board import DiscordBoard
from bot.ui.buttons import CancelButton, DrawButton, LeaveButton, only
from bot.ui.language import say, speaking
from bot.ui.refusals import Meaning, meaning
from bot.ui.replies import answer_error, think, whisper
from db import Database, generations

log = logging.getLogger(__name__)

ALREADY_ANSWERED = 40060


class Desk:
    def __init__(
        self,
        studio: Studio,
        questions: Questions,
        quota: QuotaDesk,
        house: HouseDesk,
        presets: PresetDesk,
        history: HistoryService,
        board: DiscordBoard,
        database: Database,
        privacy: PrivacyDesk,
        queue: QueueDesk,
        make_pictures: Callable[[Ask], PictureDesk],
        make_moderation: Callable[[Ask], ModerationDesk],
        help_: HelpDesk,
        safety: SafetyDesk,
        defaults: DefaultsDesk,
        writing: WritingDesk,
        selection: SelectionDesk,
        answer_deadline_seconds: float,
    ) -> None:
        self.pictures = make_pictures(self.ask)
        self.moderation = make_moderation(self.ask)
        self.safety = safety
        self.defaults = defaults
        self.writing = writing
        self.selection = selection
        self.help = help_
        self.privacy = privacy
        self.queue = queue
        self._studio = studio
        self._questions = questions
        self.quota = quota
        self.house = house
        self.presets = presets
        self._history = history
        self._board = board
        self._database = database
        self._answer_deadline_seconds = answer_deadline_seconds

    async def imagine(self, interaction: discord.Interaction[Any], options: ImagineOptions) -> None:
        requester = requester_of(interaction)
        options = self.defaults.filled(options, requester)
        await self.ask(interaction, self._studio.wish_for(options, requester), is_private=bool(options.is_private))

    async def repaint(self, interaction: discord.Interaction[Any], options: ImagineOptions, words: str) -> None:
        """Only what the words name in its image."""
        requester = requester_of(interaction)
        options = self.defaults.filled(options, requester)

        async def wish() -> Wish:
            selected = await self.selection.to_repaint(interaction, options, words)
            return await self._studio.wish_for(selected, requester)

        await self.ask(interaction, wish(), is_private=bool(options.is_private))

    def checkpoint_chosen(self, interaction: discord.Interaction[Any]) -> str:
        """The one named so far in a command that is being typed, if it is allowed there; else what would draw."""
        rules = self.house.rules(interaction)
        name: str | None = getattr(interaction.namespace, "checkpoint", None)
        if name is not None and name in rules.checkpoints:
            return name
        return self.defaults.checkpoint(interaction) or rules.checkpoint

    async def ask(
        self,
        interaction: discord.Interaction[Any],
        wish: Awaitable[Wish],
        *,
        is_private: bool = False,
        is_confirmed: bool = False,
    ) -> bool:
        """Accept or refuse within Discord's 3 s (with "thinking" if deciding takes longer), then keep it current; or
        ask back before many credits are spent. False if it was refused, or asked back."""
        structlog.contextvars.bind_contextvars(generation=interaction.id)
        work = asyncio.create_task(self._accept(interaction, wish, is_confirmed=is_confirmed))
        await asyncio.wait({work}, timeout=self._answer_deadline_seconds)
        if not work.done():
            await self._think(interaction, is_private)
        try:
            accepted = await work
        except Exception as error:
            await answer_error(interaction, error, self.moderation.buttons(interaction, error) or MISSING)
            return False
        if isinstance(accepted, Question):
            await self._ask_back(interaction, accepted)
            return False
        try:
            if await self._announce(interaction, accepted):
                self._board.follow(accepted.generation)
        finally:
            self._studio.announced()
        return True

    async def _ask_back(self, interaction: discord.Interaction[Any], question: Question) -> None:
        self._questions.ask(interaction.user.id, interaction.id, question.wish, interaction.token)
        buttons = only(DrawButton(interaction.id), LeaveButton(interaction.id))
        await whisper(interaction, wording.question(question), buttons)

    async def draw(self, interaction: discord.Interaction[Any], question_id: int) -> None:
        """The answer is yes. A wish that is refused now can be tried again with the same button."""
        asked = self._questions.take(interaction.user.id, question_id)
        if asked is None:
            await interaction.response.edit_message(content=say("question-over"), view=None)
            return

        async def confirmed() -> Wish:
            return asked.wish

        if not await self.ask(interaction, confirmed(), is_private=asked.wish.is_private, is_confirmed=True):
            self._questions.put_back(interaction.user.id, asked)
        elif interaction.message is not None:
            webhook = discord.Webhook.partial(interaction.application_id, asked.token, client=interaction.client)
            with suppress(discord.HTTPException, OSError, aiohttp.ClientError):
                await webhook.delete_message(interaction.message.id)

    async def leave(self, interaction: discord.Interaction[Any], question_id: int) -> None:
        """The answer is no."""
        self._questions.take(interaction.user.id, question_id)
        await interaction.response.edit_message(content=say("question-left"), view=None)

    async def _accept(
        self, interaction: discord.Interaction[Any], wish: Awaitable[Wish], *, is_confirmed: bool
    ) -> Accepted | Question:
        asked = await wish
        # What only its member sees is in that member's language, what the server sees is in the server's.
        requester = requester_of(interaction)
        locale = str(interaction.locale) if asked.is_private else self.house.public_locale(interaction)
        try:
            return await self._studio.accept(
                asked,
                requester,
                generation_id=interaction.id,
                origin=origin_of(interaction),
                locale=locale,
                is_confirmed=is_confirmed,
            )
        except PromptBlocked as error:
            self.moderation.refused(interaction, asked, error)
            raise

    async def cancel(self, interaction: discord.Interaction[Any], generation_id: int) -> None:
        await interaction.response.defer()  # the button's own message shows the end
        try:
            await self._studio.cancel(requester_of(interaction), generation_id)
        except Exception as error:
            await answer_error(interaction, error)

    async def show_history(self, interaction: discord.Interaction[Any], query: HistoryQuery) -> None:
        await think(interaction)
        page = await self._history.page(requester_of(interaction), query)
        view, files = gallery.history_page(page, is_newest=True)
        await interaction.edit_original_response(attachments=files, view=view)

    async def show_one(self, interaction: discord.Interaction[Any], number: str) -> None:
        """``number``: the id that /history and Info tell."""
        try:
            await think(interaction)
            if not number.strip().isdecimal():
                raise NotFound
            entry = await self._history.entry(requester_of(interaction), int(number))
            await interaction.edit_original_response(
                content=wording.shown(entry.generation, is_there=entry.picture is not None),
                attachments=gallery.entry_files([entry]),
                view=self._board.buttons(entry.generation),
            )
        except Exception as error:
            await answer_error(interaction, error)

    async def turn_history(
        self, interaction: discord.Interaction[Any], query: HistoryQuery, before_id: int | None
    ) -> None:
        await interaction.response.defer()
        page = await self._history.page(requester_of(interaction), query, before_id=before_id)
        view, files = gallery.history_page(page, is_newest=before_id is None)
        # No content: pages that an earlier Lienzo sent have some, and it does not go together with the layout.
        await interaction.edit_original_response(content=None, attachments=files, view=view)

    async def _think(self, interaction: discord.Interaction[Any], is_private: bool) -> None:
        """Show "thinking". If that fails, the first answer will tell what is to be done about it."""
        try:
            await interaction.response.defer(thinking=True, ephemeral=is_private)
        except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
            log.info("thinking could not be shown: %s", error)

    async def _announce(self, interaction: discord.Interaction[Any], accepted: Accepted) -> bool:
        """Tell the member that it is accepted, and remember the message. False if they cannot be told.

        An answer of which we cannot learn whether it arrived is left to delivery, which looks for it.
        """
        generation = accepted.generation
        with speaking(generation.locale):
            text = wording.accepted(generation, accepted.place, accepted.eta_seconds, accepted.left_millicredits)
            view = only(CancelButton(generation.id))
        is_thinking = interaction.response.is_done()
        try:
            if is_thinking:
                message_id = (await interaction.edit_original_response(content=text, view=view)).id
            else:
                message_id = await self._first_response(interaction, text, view, is_private=generation.is_private)
        except discord.HTTPException as error:
            if meaning(error) is Meaning.NO_TOKEN and not is_thinking:
                # Discord told them that the application did not respond: they will ask again.
                await self._studio.withdraw(generation)
                return False
            log.warning("the first answer was not taken: %s", error)
            return is_thinking
        except (OSError, aiohttp.ClientError) as error:
            log.warning("whether the first answer arrived is not known: %r", error)
            return True
        await generations.record_message(self._database, generation.id, message_id)
        return True

    async def _first_response(
        self, interaction: discord.Interaction[Any], text: str, view: discord.ui.View, *, is_private: bool
    ) -> int:
        try:
            response = await interaction.response.send_message(text, view=view, ephemeral=is_private)
            message_id = response.message_id
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                raise
            # Our answer arrived and its acknowledgement was lost; discord.py sent it again and was told so.
            message_id = None
        except (OSError, aiohttp.ClientError):
            # The connection broke, before or after the answer arrived: now it either is there already or gets there.
            message_id = await self._first_response_again(interaction, text, view, is_private=is_private)
        if message_id is not None:
            return message_id
        message = await interaction.original_response()
        if message.flags.loading:
            # It was "thinking" that had arrived.
            message = await interaction.edit_original_response(content=text, view=view)
        return message.id

    async def _first_response_again(
        self, interaction: discord.Interaction[Any], text: str, view: discord.ui.View, *, is_private: bool
    ) -> int | None:
        """The message's id; None if an answer is there already."""
        try:
            return (await interaction.response.send_message(text, view=view, ephemeral=is_private)).message_id
        except discord.HTTPException as error:
            if error.code != ALREADY_ANSWERED:
                raise
            return None
