"""Server settings: what a server's managers chose, for all of it or for one channel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import server_settings

_WHOLE_SERVER = 0  # in place of a channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSetting:
    """``channel_id`` None: for the whole server. ``value``: what JSON can hold."""

    guild_id: int
    channel_id: int | None
    name: str
    value: Any
    set_by: int | None = None
    set_at_ms: int = 0


async def everything(database: Database) -> list[ServerSetting]:
    """Of all servers: a few rows for each that has any."""
    async with database.read() as connection:
        rows = (await connection.execute(select(server_settings))).all()
    return [
        ServerSetting(
            guild_id=row.guild_id,
            channel_id=row.channel_id or None,
            name=row.name,
            value=json.loads(row.value),
            set_by=row.set_by,
            set_at_ms=row.set_at_ms,
        )
        for row in rows
    ]


async def put(database: Database, setting: ServerSetting) -> None:
    """In place of what was set there under the name."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(server_settings).where(_is(setting.guild_id, setting.channel_id, setting.name)))
        await connection.execute(
            server_settings.insert().values(
                guild_id=setting.guild_id,
                channel_id=setting.channel_id or _WHOLE_SERVER,
                name=setting.name,
                value=json.dumps(setting.value),
                set_by=setting.set_by,
                set_at_ms=setting.set_at_ms,
            )
        )

    await database.write(work)


async def remove(database: Database, guild_id: int, channel_id: int | None, name: str) -> bool:
    """False if nothing was set there."""

    async def work(connection: AsyncConnection) -> bool:
        result = await connection.execute(delete(server_settings).where(_is(guild_id, channel_id, name)))
        return result.rowcount > 0

    return await database.write(work)


def _is(guild_id: int, channel_id: int | None, name: str) -> ColumnElement[bool]:
    return (
        (server_settings.c.guild_id == guild_id)
        & (server_settings.c.channel_id == (channel_id or _WHOLE_SERVER))
        & (server_settings.c.name == name)
    )
