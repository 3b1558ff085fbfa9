"""Restrictions: members who may not ask for pictures, in one server or everywhere, for a time or for good."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import holds_in, restrictions


class RestrictionKind(StrEnum):
    PAUSE = "pause"
    BAN = "ban"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """``guild_id`` None: everywhere. ``made_by`` None: Lienzo itself. ``expires_at_ms`` None: never."""

    id: int
    guild_id: int | None
    user_id: int
    kind: RestrictionKind
    reason: str
    made_by: int | None
    made_at_ms: int
    expires_at_ms: int | None
    lifted_at_ms: int | None = None


async def impose_on(connection: AsyncConnection, restriction: Restriction) -> bool:
    """False if this id is known: Discord may deliver an interaction twice."""
    known = select(restrictions.c.id).where(restrictions.c.id == restriction.id)
    if await connection.scalar(known) is not None:
        return False
    await connection.execute(
        restrictions.insert().values(
            id=restriction.id,
            guild_id=restriction.guild_id,
            user_id=restriction.user_id,
            kind=restriction.kind.value,
            reason=restriction.reason,
            made_by=restriction.made_by,
            made_at_ms=restriction.made_at_ms,
            expires_at_ms=restriction.expires_at_ms,
        )
    )
    return True


async def lift_on(connection: AsyncConnection, guild_id: int | None, user_id: int, *, now_ms: int) -> int:
    """All that hold for the member in that place (None: those that hold everywhere); returns how many there were."""
    lifted = update(restrictions).where(
        restrictions.c.user_id == user_id, restrictions.c.guild_id == guild_id, _holds(now_ms)
    )
    return (await connection.execute(lifted.values(lifted_at_ms=now_ms))).rowcount


async def holding(database: Database, user_id: int, guild_id: int | None, *, now_ms: int) -> Restriction | None:
    """The one that keeps the member from asking there the longest; None if nothing does."""
    there = holds_in(restrictions, guild_id)
    statement = select(restrictions).where(restrictions.c.user_id == user_id, there, _holds(now_ms))
    async with database.read() as connection:
        found = [record_of(row) for row in (await connection.execute(statement)).all()]
    return max(found, key=lambda one: (one.expires_at_ms is None, one.expires_at_ms or 0), default=None)


async def of_member(database: Database, user_id: int, guild_id: int | None, *, limit: int) -> list[Restriction]:
    """Newest first: those of the server and those that hold everywhere."""
    there = holds_in(restrictions, guild_id)
    statement = select(restrictions).where(restrictions.c.user_id == user_id, there)
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(restrictions.c.id.desc()).limit(limit))).all()
    return [record_of(row) for row in rows]


def record_of(row: Row[Any]) -> Restriction:
    columns = dict(row._mapping)
    return Restriction(kind=RestrictionKind(columns.pop("kind")), **columns)


def _holds(now_ms: int) -> ColumnElement[bool]:
    unexpired = or_(restrictions.c.expires_at_ms.is_(None), restrictions.c.expires_at_ms > now_ms)
    return and_(restrictions.c.lifted_at_ms.is_(None), unexpired)
