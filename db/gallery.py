"""The galleries of servers: which generations are shown there, and by which messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import gallery, generations


@dataclass(frozen=True, slots=True)
class Shown:
    """``message_id`` None: about to be posted, or posted by a process that died before it wrote it down."""

    generation_id: int
    channel_id: int
    message_id: int | None


async def claim(database: Database, generation_id: int, channel_id: int) -> bool:
    """It is to be shown in that channel; False if it is, or is to be, already."""

    async def work(connection: AsyncConnection) -> bool:
        there = select(gallery.c.generation_id).where(gallery.c.generation_id == generation_id)
        if await connection.scalar(there) is not None:
            return False
        await connection.execute(gallery.insert().values(generation_id=generation_id, channel_id=channel_id))
        return True

    return await database.write(work)


async def posted(database: Database, generation_id: int, message_id: int) -> bool:
    """False if it was taken out meanwhile."""

    async def work(connection: AsyncConnection) -> bool:
        result = await connection.execute(
            update(gallery).where(gallery.c.generation_id == generation_id).values(message_id=message_id)
        )
        return result.rowcount == 1

    return await database.write(work)


async def take_out(database: Database, generation_id: int) -> Shown | None:
    """What was there; None if nothing was."""

    async def work(connection: AsyncConnection) -> Shown | None:
        is_it = gallery.c.generation_id == generation_id
        row = (await connection.execute(select(gallery).where(is_it))).one_or_none()
        await connection.execute(delete(gallery).where(is_it))
        return None if row is None else _record(row)

    return await database.write(work)


async def get(database: Database, generation_id: int) -> Shown | None:
    found = await _where(database, gallery.c.generation_id == generation_id)
    return found[0] if found else None


async def unposted(database: Database) -> list[Shown]:
    """What an earlier process began."""
    return await _where(database, gallery.c.message_id.is_(None))


async def hidden(database: Database) -> list[Shown]:
    """What is shown of what was taken away."""
    taken_away = select(generations.c.id).where(generations.c.hidden_at_ms.is_not(None))
    is_it = gallery.c.generation_id.in_(taken_away) & gallery.c.message_id.is_not(None)
    return await _where(database, is_it)


async def of_message(database: Database, message_id: int) -> Shown | None:
    found = await _where(database, gallery.c.message_id == message_id)
    return found[0] if found else None


async def of_member(database: Database, user_id: int) -> list[Shown]:
    """Of what the member asked for."""
    theirs = select(generations.c.id).where(generations.c.user_id == user_id)
    return await _where(database, gallery.c.generation_id.in_(theirs))


async def _where(database: Database, condition: ColumnElement[bool]) -> list[Shown]:
    async with database.read() as connection:
        rows = (await connection.execute(select(gallery).where(condition).order_by(gallery.c.generation_id))).all()
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Shown:
    return Shown(row.generation_id, row.channel_id, row.message_id)
