"""Arrivals: a server that Lienzo was added to is greeted once, where Discord itself welcomes people.

Discord tells of a new server only those who ask for the channels and roles of all of them. So the list of servers is
looked at now and then instead.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from bot.services.house import House
from db import Database, history

log = logging.getLogger(__name__)

LOOK_SECONDS = 300.0


class Lobby(Protocol):
    """Discord, as far as it is needed here; it raises what Discord's own trouble makes it raise."""

    async def servers(self) -> list[int]:
        """Of which we are a member."""
        ...

    async def greet(self, guild_id: int) -> bool:
        """False if there is no place for it, or it may not be written to."""
        ...


class Arrivals:
    def __init__(self, database: Database, house: House, lobby: Lobby) -> None:
        self._database = database
        self._house = house
        self._lobby = lobby
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        while not self._stopped.is_set():
            try:
                await self._look()
            except Exception as error:
                # Discord's trouble, or a full disk: whoever is new still is at the next look.
                log.warning("new servers cannot be greeted now: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()

    async def _look(self) -> None:
        for guild_id in await self._lobby.servers():
            if self._house.was_greeted(guild_id):
                continue
            # One that was there before anybody was greeted needs no welcome.
            is_new = self._house.is_new(guild_id) and not await history.count(self._database, guild_id, since_ms=0)
            if is_new and await self._lobby.greet(guild_id):
                log.info("server %s is new, and was greeted", guild_id)
            await self._house.greeted(guild_id)
