"""Notices on Discord: the log channel and the channel for reviews of a server, and direct messages to members."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import Any

import aiohttp
import discord

from bot.services.house import House
from bot.services.house_rules import Place
from bot.services.notices import Report
from bot.ui import moderation_wording
from bot.ui.language import say, speaking
from bot.ui.moderation_buttons import of_report, of_review
from db.audit import Entry
from db.reviews import Review

log = logging.getLogger(__name__)

LAST_NOTICES_SECONDS = 3.0


class DiscordNotices:
    def __init__(self, client: discord.Client, house: House) -> None:
        self._client = client
        self._house = house
        self._telling: set[asyncio.Task[Any]] = set()

    def logged(self, entry: Entry) -> None:
        if entry.guild_id is None:
            return
        task = asyncio.create_task(self._log(entry, entry.guild_id))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def ask(self, review: Review, channel_id: int) -> bool:
        with speaking(self._house.rules(Place(review.guild_id, None)).language):
            text, view = moderation_wording.review(review), of_review(review.id)
        return await self._send(channel_id, content=text, view=view, nonce=f"{review.id}-r")

    async def report(self, report: Report, channel_id: int) -> bool:
        with speaking(self._house.rules(Place(report.generation.origin.guild_id, None)).language):
            text = moderation_wording.report(report)
            view = of_report(report.generation.id)
        more: dict[str, Any] = {}
        if report.preview is not None:
            # Not named like a picture of ours: nobody is to take it for one.
            more["file"] = discord.File(io.BytesIO(report.preview), "preview.webp", spoiler=True)
        return await self._send(channel_id, content=text, view=view, **more)

    async def whisper(self, user_id: int, locale: str | None, text_key: str, **values: str) -> None:
        with speaking(locale):
            text = say(text_key, **values)
        try:
            channel = await self._client.create_dm(discord.Object(user_id))
            await channel.send(text)
        except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
            log.info("member %s could not be told: %s", user_id, error)

    async def close(self) -> None:
        """Finish what was begun to be told."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=LAST_NOTICES_SECONDS)
            for task in self._telling:
                task.cancel()

    async def _log(self, entry: Entry, guild_id: int) -> None:
        rules = self._house.rules(Place(guild_id, None))
        channel_id = rules.log
        if channel_id is not None:
            with speaking(rules.language):
                text = moderation_wording.entry(entry)
            await self._send(channel_id, content=text)

    async def _send(self, channel_id: int, **message: Any) -> bool:
        try:
            await self._client.get_partial_messageable(channel_id).send(**message)
        except (discord.HTTPException, OSError, aiohttp.ClientError) as error:
            log.warning("moderators could not be told in channel %s: %s", channel_id, error)
            return False
        return True
