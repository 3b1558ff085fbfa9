"""Reviews: prompts that the gate stopped and a moderator is asked about. A decision is taken once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import reviews


class ReviewState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """``fingerprint``: of the canonical texts, what an approval is bound to. ``expires_at_ms``: after it nobody can
    decide or use an approval any more. ``locale``: of the member, as Discord names languages. ``used_by``: the
    generation that an approval let through."""

    id: int
    guild_id: int
    channel_id: int | None
    user_id: int
    prompt: str
    negative_prompt: str
    fingerprint: bytes
    category: str
    rule: str
    score: float
    state: ReviewState
    made_at_ms: int
    expires_at_ms: int
    decided_by: int | None = None
    decided_at_ms: int | None = None
    locale: str | None = None
    used_by: int | None = None


class TooManyAsked(Exception):
    """The member asked as often as allowed in the window."""


async def open_one(database: Database, review: Review, *, most: int, since_ms: int) -> Review:
    """Record it, or return the one that is open for the same texts already. Raises TooManyAsked."""

    async def work(connection: AsyncConnection) -> Review:
        theirs = (reviews.c.user_id == review.user_id) & (reviews.c.guild_id == review.guild_id)
        same = select(reviews).where(
            theirs,
            reviews.c.fingerprint == review.fingerprint,
            reviews.c.state == ReviewState.OPEN.value,
            reviews.c.expires_at_ms > review.made_at_ms,
        )
        known = (await connection.execute(same)).first()
        if known is not None:
            return _record(known)
        asked = await connection.scalar(select(func.count()).where(theirs, reviews.c.made_at_ms >= since_ms))
        if int(asked or 0) >= most:
            raise TooManyAsked
        values = {field.name: getattr(review, field.name) for field in fields(Review)}
        await connection.execute(reviews.insert().values(**values | {"state": review.state.value}))
        return review

    return await database.write(work)


async def get(database: Database, review_id: int) -> Review | None:
    async with database.read() as connection:
        row = (await connection.execute(select(reviews).where(reviews.c.id == review_id))).one_or_none()
    return None if row is None else _record(row)


async def decide_on(
    connection: AsyncConnection, review_id: int, state: ReviewState, *, by: int, now_ms: int, expires_at_ms: int
) -> bool:
    """False if it was decided already, or too late."""
    decided = (
        update(reviews)
        .where(reviews.c.id == review_id, reviews.c.state == ReviewState.OPEN.value, reviews.c.expires_at_ms > now_ms)
        .values(state=state.value, decided_by=by, decided_at_ms=now_ms, expires_at_ms=expires_at_ms)
    )
    return (await connection.execute(decided)).rowcount == 1


async def is_approved(
    database: Database, user_id: int, guild_id: int | None, fingerprint: bytes, *, now_ms: int
) -> bool:
    """Whether a moderator approved these very texts for the member there, and nothing used that up yet."""
    async with database.read() as connection:
        return await connection.scalar(_unused(user_id, guild_id, fingerprint, now_ms)) is not None


async def use_approval(
    database: Database, user_id: int, guild_id: int | None, fingerprint: bytes, *, generation_id: int, now_ms: int
) -> bool:
    """As ``is_approved``, and the generation has used it up. For that one it holds whenever it is drawn again."""
    if await is_let_through(database, user_id, generation_id):
        return True
    if not await is_approved(database, user_id, guild_id, fingerprint, now_ms=now_ms):
        return False

    async def use(connection: AsyncConnection) -> bool:
        first = _unused(user_id, guild_id, fingerprint, now_ms).scalar_subquery()
        used = update(reviews).where(reviews.c.id == first).values(used_by=generation_id)
        return (await connection.execute(used)).rowcount == 1

    return await database.write(use)


async def is_let_through(database: Database, user_id: int, generation_id: int) -> bool:
    """Whether it is what the member's approval was used for."""
    statement = select(reviews.c.id).where(reviews.c.user_id == user_id, reviews.c.used_by == generation_id)
    async with database.read() as connection:
        return await connection.scalar(statement.limit(1)) is not None


async def forget_texts(database: Database, *, before_ms: int) -> int:
    """Of reviews that nobody can decide or use any more; returns how many. The decision stays."""
    old = (reviews.c.expires_at_ms < before_ms) & (reviews.c.prompt != "")

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(update(reviews).where(old).values(prompt="", negative_prompt=""))).rowcount

    return await database.write(work)


async def outcomes(database: Database, guild_id: int, *, since_ms: int) -> dict[tuple[str, str], int]:
    """How many reviews of each (category, state) were asked for in the server."""
    statement = (
        select(reviews.c.category, reviews.c.state, func.count())
        .where(reviews.c.guild_id == guild_id, reviews.c.made_at_ms >= since_ms)
        .group_by(reviews.c.category, reviews.c.state)
    )
    async with database.read() as connection:
        return {(row[0], row[1]): int(row[2]) for row in (await connection.execute(statement)).all()}


def _unused(user_id: int, guild_id: int | None, fingerprint: bytes, now_ms: int) -> Select[tuple[int]]:
    """The id of the first approval that can be used; outside servers nobody approves."""
    statement = select(reviews.c.id).where(
        reviews.c.user_id == user_id,
        reviews.c.guild_id == guild_id,
        reviews.c.fingerprint == fingerprint,
        reviews.c.state == ReviewState.APPROVED.value,
        reviews.c.used_by.is_(None),
        reviews.c.expires_at_ms > now_ms,
    )
    return statement.order_by(reviews.c.id).limit(1)


def _record(row: Row[Any]) -> Review:
    columns = dict(row._mapping)
    return Review(state=ReviewState(columns.pop("state")), **columns)
