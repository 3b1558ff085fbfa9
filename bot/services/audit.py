"""Audit: all that is done to a member or a picture is written down first, and told to the server's log channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.notices import Notices
from db import Database, audit
from db.audit import Entry

T = TypeVar("T")


class Audit:
    def __init__(self, database: Database, notices: Notices) -> None:
        self._database = database
        self._notices = notices

    async def write(self, entry: Entry) -> None:
        await audit.add(self._database, entry)
        self._notices.logged(entry)

    async def write_with(self, entry: Entry, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """``work`` and its entry in one transaction; no entry if ``work`` returns False."""

        async def both(connection: AsyncConnection) -> T:
            result = await work(connection)
            if result is not False:
                await audit.add_on(connection, entry)
            return result

        result = await self._database.write(both)
        if result is not False:
            self._notices.logged(entry)
        return result
