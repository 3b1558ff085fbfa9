"""DiscordWall: where a server's gallery hangs, one message for each picture."""

from __future__ import annotations

import discord

from bot.safety import Cleared, PictureFile
from bot.ui import wording
from bot.ui.attachments import carries, picture_file
from bot.ui.language import speaking
from bot.ui.reach import LOOK_BACK_MESSAGES
from bot.ui.refusals import Meaning, as_not_posted, meaning
from bot.ui.results import gallery_view
from db import Generation


class DiscordWall:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def find(self, generation: Generation, channel_id: int) -> int | None:
        channel = self._client.get_partial_messageable(channel_id)
        assert self._client.user is not None  # it is logged in
        async with as_not_posted():
            async for message in channel.history(limit=LOOK_BACK_MESSAGES):
                if carries(message, _stem(generation)) and message.author.id == self._client.user.id:
                    return message.id
        return None

    async def show(
        self, generation: Generation, picture: Cleared[PictureFile], channel_id: int, stars: int, locale: str | None
    ) -> int:
        channel = self._client.get_partial_messageable(channel_id)
        with speaking(locale):
            text, view, alt_text = (
                wording.exhibit(generation, stars),
                gallery_view(generation),
                wording.alt_text(generation),
            )
        file = picture_file(picture, _stem(generation), alt_text)
        async with as_not_posted():
            # The same one again within minutes, as after a lost answer, makes no second message.
            sent = await channel.send(text, file=file, view=view, nonce=f"g{generation.id}")
        return sent.id

    async def take_down(self, channel_id: int, message_id: int) -> None:
        message = self._client.get_partial_messageable(channel_id).get_partial_message(message_id)
        async with as_not_posted():
            try:
                await message.delete()
            except discord.HTTPException as error:
                if meaning(error) is not Meaning.NO_MESSAGE:
                    raise


def _stem(generation: Generation) -> str:
    """Names the generation, so that its message can be recognised later."""
    return f"gallery-{generation.id}"
