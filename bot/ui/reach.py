"""Reach: how to get at a generation's message, now or after a restart, from what its row says.

By the interaction's token while that lives: it needs no permission in the channel. By the channel afterwards.
"""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import discord

from bot.safety import PictureFile
from db import Generation

TOKEN_SECONDS = 14.5 * 60  # Discord keeps it alive for 15 minutes
UNKNOWN_WEBHOOK = 10015  # also what Discord answers for a moment after the first response
# Discord's name for the first response, whatever its id; discord.py passes it on but types it as a number.
_FIRST_RESPONSE: Any = "@original"
DEAD_TOKEN = (50027, 10062, UNKNOWN_WEBHOOK)


def has_live_token(generation: Generation) -> bool:
    if generation.origin.interaction_token is None or generation.origin.application_id is None:
        return False
    return time.time() < discord.utils.snowflake_time(generation.id).timestamp() + TOKEN_SECONDS


def file_name(generation: Generation, picture: PictureFile) -> str:
    """Names the generation, so that a message can be recognised as its picture later."""
    return f"lienzo-{generation.id}.{picture.extension}"


class Reach:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit(
        self,
        generation: Generation,
        *,
        content: str,
        view: discord.ui.View | None = None,
        picture: PictureFile | None = None,
        alt_text: str = "",
    ) -> int:
        """Edit the generation's message and return its id. Raises discord.HTTPException, or LookupError if the
        message cannot be named at all."""
        if has_live_token(generation):
            try:
                return await self._edit_by_token(generation, content, view, picture, alt_text)
            except discord.HTTPException as error:
                if error.code not in DEAD_TOKEN or generation.message_id is None:
                    raise
        if generation.message_id is None or generation.origin.channel_id is None:
            raise LookupError("its message is not known")
        channel = self._client.get_partial_messageable(generation.origin.channel_id)
        message = channel.get_partial_message(generation.message_id)
        async with _files(generation, picture, alt_text) as files:
            await message.edit(content=content, view=view, attachments=files)
        return generation.message_id

    async def send(self, generation: Generation, *, content: str, picture: PictureFile, alt_text: str) -> int:
        """A fresh message in the channel, answering the first one if that is still there. Returns its id.

        The same generation again does not make a second message: Discord knows the nonce for some minutes, and an
        older one is found by its file's name.
        """
        if generation.origin.channel_id is None:
            raise LookupError("its channel is not known")
        channel = self._client.get_partial_messageable(generation.origin.channel_id)
        name = file_name(generation, picture)
        async for message in channel.history(limit=50):
            if any(attachment.filename == name for attachment in message.attachments):
                return message.id
        async with _files(generation, picture, alt_text) as files:
            message = await channel.send(content, files=files, nonce=str(generation.id))
        return message.id

    async def _edit_by_token(
        self,
        generation: Generation,
        content: str,
        view: discord.ui.View | None,
        picture: PictureFile | None,
        alt_text: str,
    ) -> int:
        assert generation.origin.application_id is not None
        assert generation.origin.interaction_token is not None
        webhook = discord.Webhook.partial(
            generation.origin.application_id, generation.origin.interaction_token, client=self._client
        )
        async with _files(generation, picture, alt_text) as files:
            message = await webhook.edit_message(
                _FIRST_RESPONSE,
                content=content,
                view=view,
                attachments=files,
            )
        return message.id


@asynccontextmanager
async def _files(
    generation: Generation, picture: PictureFile | None, alt_text: str
) -> AsyncIterator[Sequence[discord.File]]:
    """A discord.File is spent by its first sending, so each sending gets new ones."""
    if picture is None:
        yield []
        return
    file = discord.File(io.BytesIO(picture.data), file_name(generation, picture), description=alt_text)
    try:
        yield [file]
    finally:
        file.close()
