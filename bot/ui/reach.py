"""Reach: how to get at a generation's message, now or after a restart, from what its row says.

By the interaction's token while that lives: it needs no permission in the channel. By the channel afterwards. Every
method may be called again after an answer was lost, and after a restart: nothing is ever made twice by it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from typing import Any

import discord
from discord.utils import MISSING

from bot.ui.attachments import Attached, carries
from bot.ui.refusals import Meaning, meaning
from db import Generation

TOKEN_SECONDS = 14.5 * 60  # Discord keeps it alive for 15 minutes
# Discord's name for the first response, whatever its id; discord.py passes it on but types it as a number.
_FIRST_RESPONSE: Any = "@original"
LOOK_BACK_MESSAGES = 1000  # for a message of ours whose id was not written down
CLOCKS_APART_SECONDS = 60.0


def has_live_token(generation: Generation, *, for_seconds: float = 0.0) -> bool:
    """``for_seconds``: and so long still."""
    if generation.origin.interaction_token is None or generation.origin.application_id is None:
        return False
    return time.time() + for_seconds < discord.utils.snowflake_time(generation.id).timestamp() + TOKEN_SECONDS


def stem_of(generation: Generation) -> str:
    """Names the generation, so that a message can be recognised as its picture later."""
    return f"lienzo-{generation.id}"


class Reach:
    """Raises discord.HTTPException where Discord refuses, OSError or aiohttp.ClientError where it is not reached, and
    LookupError where the row does not say enough."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def find(self, generation: Generation) -> int | None:
        """The id of the generation's first answer, from Discord; None if there is none any more."""
        if has_live_token(generation):
            try:
                return (await self._webhook(generation).fetch_message(_FIRST_RESPONSE)).id
            except discord.HTTPException as error:
                if meaning(error) is Meaning.NO_MESSAGE:
                    return None
                if meaning(error) is not Meaning.NO_TOKEN:
                    raise
        if generation.origin.channel_id is None or generation.is_private:
            return None
        async for message in self._ours(generation, since_ms=generation.created_at_ms):
            if message.interaction_metadata is not None and message.interaction_metadata.id == generation.id:
                return message.id
        return None

    async def edit(
        self,
        generation: Generation,
        *,
        content: str,
        view: discord.ui.View | None = None,
        attached: Sequence[Attached] | None = None,
        channel_first: bool = False,
    ) -> int:
        """Edit the generation's message and return its id. ``attached`` replaces the files that it carries; None leaves
        them as they are. ``channel_first``: the token's way is blocked by an earlier edit."""
        # A message that only its member sees is known to nothing but the token.
        is_public = not generation.is_private
        by_channel = is_public and generation.message_id is not None and generation.origin.channel_id is not None
        ways = [self._edit_by_token] if has_live_token(generation) else []
        if by_channel:
            ways.insert(0 if channel_first else len(ways), self._edit_by_channel)
        if not ways:
            raise LookupError("its message is not known")
        for last, way in enumerate(ways, start=1 - len(ways)):
            try:
                with ExitStack() as stack:
                    files = None if attached is None else [stack.enter_context(one.opened()) for one in attached]
                    return await way(generation, content, view, files)
            except discord.HTTPException as error:
                # What one way does not allow, the other may: a token needs no permission, a channel no token.
                if last == 0 or meaning(error) not in (Meaning.NO_TOKEN, Meaning.NOWHERE, Meaning.ASLEEP):
                    raise
        raise AssertionError  # the last way returns or raises

    async def send(
        self,
        generation: Generation,
        *,
        content: str,
        view: discord.ui.View,
        attached: Attached,
    ) -> int:
        """A fresh message in the channel, answering the first one if that is still there. Returns its id. What only its
        member may see goes to them directly.

        The same generation again does not make a second message: Discord knows the nonce for some minutes, and an
        older one is found by its file's name.
        """
        if generation.origin.channel_id is None:
            raise LookupError("its channel is not known")
        if generation.is_private:
            return await self._send_directly(generation, content, view, attached)
        with attached.opened() as file:
            async for message in self._ours(generation, since_ms=generation.changed_at_ms):
                if carries(message, stem_of(generation)):
                    if message.attachments[0].size != len(attached.picture.value.data):
                        await message.edit(content=content, attachments=[file])  # sent before it was made smaller
                    return message.id
            answering: dict[str, Any] = {}
            if generation.message_id is not None:
                answering["reference"] = discord.MessageReference(
                    message_id=generation.message_id,
                    channel_id=generation.origin.channel_id,
                    fail_if_not_exists=False,
                )
            channel = self._client.get_partial_messageable(generation.origin.channel_id)
            sent = await channel.send(content, file=file, view=view, nonce=str(generation.id), **answering)
        return sent.id

    async def _send_directly(
        self, generation: Generation, content: str, view: discord.ui.View, attached: Attached
    ) -> int:
        channel = await self._client.create_dm(discord.Object(generation.origin.user_id))
        with attached.opened() as file:
            async for message in channel.history(limit=LOOK_BACK_MESSAGES):
                if carries(message, stem_of(generation)):
                    return message.id
            return (await channel.send(content, file=file, view=view, nonce=str(generation.id))).id

    async def delete(self, generation: Generation) -> None:
        """The message that carries its picture."""
        if generation.origin.channel_id is None or generation.message_id is None:
            return
        channel = self._client.get_partial_messageable(generation.origin.channel_id)
        await channel.get_partial_message(generation.message_id).delete()

    async def wake(self, generation: Generation) -> None:
        """Bring its thread back from the archive, which whoever may write in it may do unless it is locked."""
        assert generation.origin.channel_id is not None
        channel = await self._client.fetch_channel(generation.origin.channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    async def whisper(self, generation: Generation, text: str) -> None:
        """Tell only the member who asked: beside the first answer while the token lives, else in a direct message."""
        if has_live_token(generation):
            try:
                await self._webhook(generation).send(text, ephemeral=True)
                return
            except discord.HTTPException as error:
                if meaning(error) is Meaning.LATER:
                    raise
        channel = await self._client.create_dm(discord.Object(generation.origin.user_id))
        await channel.send(text, nonce=f"{generation.id}-end")

    async def _ours(self, generation: Generation, *, since_ms: int) -> AsyncIterator[discord.Message]:
        """Messages of our own in the generation's channel, newest first, back to a moment."""
        assert generation.origin.channel_id is not None
        assert self._client.user is not None  # it is logged in
        channel = self._client.get_partial_messageable(generation.origin.channel_id)
        since = since_ms / 1000 - CLOCKS_APART_SECONDS
        async for message in channel.history(limit=LOOK_BACK_MESSAGES):
            if message.created_at.timestamp() < since:
                return
            if message.author.id == self._client.user.id:
                yield message

    def _webhook(self, generation: Generation) -> discord.Webhook:
        assert generation.origin.application_id is not None
        assert generation.origin.interaction_token is not None
        webhook = discord.Webhook.partial(
            generation.origin.application_id, generation.origin.interaction_token, client=self._client
        )
        webhook.type = discord.WebhookType.application  # without which discord.py sends nothing ephemeral by it
        return webhook

    async def _edit_by_token(
        self, generation: Generation, content: str, view: discord.ui.View | None, files: Sequence[discord.File] | None
    ) -> int:
        attachments = MISSING if files is None else files
        message = await self._webhook(generation).edit_message(
            _FIRST_RESPONSE, content=content, view=view, attachments=attachments
        )
        return message.id

    async def _edit_by_channel(
        self, generation: Generation, content: str, view: discord.ui.View | None, files: Sequence[discord.File] | None
    ) -> int:
        assert generation.origin.channel_id is not None
        assert generation.message_id is not None
        channel = self._client.get_partial_messageable(generation.origin.channel_id)
        attachments = MISSING if files is None else files
        message = channel.get_partial_message(generation.message_id)
        await message.edit(content=content, view=view, attachments=attachments)
        return generation.message_id
