"""The audit: what moderators and Lienzo itself did. Rows are only ever added; the database refuses everything else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import audit, holds_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``actor_id`` None: Lienzo itself. ``user_id``: to whom it was done. ``detail``: a reason and the like,
    never a prompt."""

    at_ms: int
    guild_id: int | None
    actor_id: int | None
    action: str
    user_id: int | None = None
    generation_id: int | None = None
    detail: str = ""


async def add_on(connection: AsyncConnection, entry: Entry) -> None:
    await connection.execute(audit.insert().values(**asdict(entry)))


async def add(database: Database, entry: Entry) -> None:
    async def work(connection: AsyncConnection) -> None:
        await add_on(connection, entry)

    await database.write(work)


async def has(database: Database, generation_id: int, action: str) -> bool:
    """Whether that was done to the generation."""
    statement = select(audit.c.id).where(audit.c.generation_id == generation_id, audit.c.action == action)
    async with database.read() as connection:
        return await connection.scalar(statement.limit(1)) is not None


async def of_member(database: Database, user_id: int, guild_id: int | None, *, limit: int) -> list[Entry]:
    """Newest first: what was done to the member in the server, and what holds everywhere."""
    return await _newest(database, (audit.c.user_id == user_id) & holds_in(audit, guild_id), limit)


async def of_server(database: Database, guild_id: int, *, limit: int) -> list[Entry]:
    """Newest first."""
    return await _newest(database, audit.c.guild_id == guild_id, limit)


async def counts(database: Database, guild_id: int, *, since_ms: int) -> dict[str, int]:
    """How often each action was taken in the server."""
    statement = (
        select(audit.c.action, func.count())
        .where(audit.c.guild_id == guild_id, audit.c.at_ms >= since_ms)
        .group_by(audit.c.action)
    )
    async with database.read() as connection:
        return {action: int(count) for action, count in (await connection.execute(statement)).all()}


async def _newest(database: Database, about: ColumnElement[bool], limit: int) -> list[Entry]:
    async with database.read() as connection:
        rows = (await connection.execute(select(audit).where(about).order_by(audit.c.id.desc()).limit(limit))).all()
    return [_entry(dict(row._mapping)) for row in rows]


def _entry(columns: dict[str, Any]) -> Entry:
    columns.pop("id")
    return Entry(**columns)
