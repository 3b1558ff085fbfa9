"""What people do with a finished picture: make another of it, look at it, keep it, take it away."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

import discord

from bot.commands.requesters import requester_of
from bot.errors import NotFound, NotYours, NotYoursButRemix
from bot.services.history import HistoryService
from bot.services.offspring import Offspring
from bot.services.options import Wish
from bot.services.shelf import Shelf
from bot.ui import gallery, wording
from bot.ui.board import DiscordBoard
from bot.ui.edit_form import EditForm
from bot.ui.language import say
from bot.ui.replies import answer_error, think, whisper
from bot.ui.results import Action
from config import Settings
from db import Generation
from db.records import Kind


class Ask(Protocol):
    """Answers the interaction with a new generation, or with why there is none."""

    def __call__(
        self, interaction: discord.Interaction[Any], wish: Awaitable[Wish], *, is_private: bool = False
    ) -> Awaitable[bool]: ...


class PictureDesk:
    def __init__(
        self,
        offspring: Offspring,
        shelf: Shelf,
        history: HistoryService,
        board: DiscordBoard,
        settings: Settings,
        ask: Ask,
    ) -> None:
        self._offspring = offspring
        self._shelf = shelf
        self._history = history
        self._board = board
        self._settings = settings
        self._ask = ask

    async def press(self, interaction: discord.Interaction[Any], action: Action, generation_id: int, nth: int) -> None:
        try:
            generation = await self._shelf.get(generation_id)
            match action:
                case Action.REROLL:
                    await self._ask(interaction, self._offspring.reroll(_own(interaction, generation)))
                case Action.VARY:
                    await self._ask(interaction, self._offspring.vary(_own(interaction, generation), nth))
                case Action.UPSCALE:
                    await self._ask(interaction, self._offspring.upscale(_own(interaction, generation), nth))
                case Action.EDIT:
                    await self._edit(interaction, _own(interaction, generation), Kind.EDIT)
                case Action.FAVOURITE:
                    await self._favour(interaction, generation)
                case Action.INFO:
                    await self._tell(interaction, generation)
                case Action.DELETE:
                    await self._delete(interaction, generation)
        except Exception as error:
            await answer_error(interaction, error)

    async def remix(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Anybody's picture, as the beginning of one's own."""
        try:
            await self._edit(interaction, await self._shelf.of_message(message.id), Kind.REMIX)
        except Exception as error:
            await answer_error(interaction, error)

    async def upscale(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        try:
            generation = _own(interaction, await self._shelf.of_message(message.id))
            await self._ask(interaction, self._offspring.upscale(generation, 0))
        except Exception as error:
            await answer_error(interaction, error)

    async def send_to_me(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """A copy as a direct message, with all that can be done with it."""
        try:
            await think(interaction)
            generation = await self._shelf.of_message(message.id)
            entry = await self._history.entry(requester_of(interaction), generation.id)
            if entry.picture is None:
                raise NotFound
            channel = await interaction.client.create_dm(interaction.user)
            text, files = wording.shown(generation, is_there=True), gallery.entry_files([entry])
            await channel.send(text, files=files, view=self._board.buttons(generation))
            await whisper(interaction, say("sent-to-you"))
        except discord.Forbidden:
            await whisper(interaction, say("not-sent-to-you"))
        except Exception as error:
            await answer_error(interaction, error)

    async def image_info(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """From the database, or else from what the posted file says itself."""
        try:
            try:
                await self._tell(interaction, await self._shelf.of_message(message.id))
            except NotFound:
                await think(interaction)
                pictures = [one for one in message.attachments if (one.content_type or "").startswith("image/")]
                found = [await self._shelf.read_file(await picture.read()) for picture in pictures[:4]]
                await whisper(interaction, wording.file_info([text for text in found if text]))
        except Exception as error:
            await answer_error(interaction, error)

    async def _edit(self, interaction: discord.Interaction[Any], generation: Generation, kind: Kind) -> None:
        if not generation.parameters.prompt:
            raise NotFound

        async def submitted(answer: discord.Interaction[Any], typed: Mapping[str, str]) -> None:
            await self._ask(answer, self._offspring.edit(generation, typed, kind=kind))

        most = self._settings.imagine.max_prompt_characters
        title = say("edit-title") if kind is Kind.EDIT else say("remix-title")
        await interaction.response.send_modal(EditForm(title, generation.parameters, most, submitted))

    async def _favour(self, interaction: discord.Interaction[Any], generation: Generation) -> None:
        is_one = await self._shelf.toggle_favourite(requester_of(interaction), generation)
        await whisper(interaction, say("favoured") if is_one else say("not-favoured"))

    async def _tell(self, interaction: discord.Interaction[Any], generation: Generation) -> None:
        family = await self._shelf.family_of(generation)
        await whisper(interaction, wording.info(generation, family))

    async def _delete(self, interaction: discord.Interaction[Any], generation: Generation) -> None:
        requester = requester_of(interaction)
        if generation.origin.user_id != requester.user_id and not requester.may_manage:
            raise NotYours
        await think(interaction)
        await self._shelf.hide(generation)
        await self._board.remove(generation, interaction)
        await whisper(interaction, say("deleted"))


def _own(interaction: discord.Interaction[Any], generation: Generation) -> Generation:
    if generation.origin.user_id != interaction.user.id:
        raise NotYoursButRemix
    return generation
