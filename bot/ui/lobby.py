"""Where new servers are seen and greeted on Discord: the list of servers, and each one's channel for welcomes."""

from __future__ import annotations

import discord

from bot.ui.language import say, speaking
from bot.ui.refusals import Meaning, meaning


class DiscordLobby:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def servers(self) -> list[int]:
        return [guild.id async for guild in self._client.fetch_guilds(limit=None, with_counts=False)]

    async def greet(self, guild_id: int) -> bool:
        # discord.py finds the channel for welcomes only among channels that it remembers, and it remembers none.
        guild = await self._client.http.get_guild(guild_id, with_counts=False)
        channel_id = guild["system_channel_id"]
        if channel_id is None:
            return False
        with speaking(guild["preferred_locale"]):
            text = say("arrival")
        try:
            channel = self._client.get_partial_messageable(int(channel_id))
            await channel.send(text, nonce=f"{guild_id}-hi")
        except discord.HTTPException as error:
            if meaning(error) is Meaning.LATER:
                raise
            return False
        return True
