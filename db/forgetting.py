"""Forgetting: pictures and rows that are kept no longer, and all that is known of one member.

Rows that still count in somebody's quota stay until they do not, without what was asked: whoever deletes their data
must not get their credits back by it. So do grants, without their reasons. Incidents, restrictions and the audit stay
too: moderation needs to know what was refused and who may not ask, and holds no prompts. Everything goes in small
batches, so that no write waits for long. Who calls removes the files of the pictures that come back as free, in that
order, so that a row never names a file that is gone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, Table, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import (
    favourites,
    files,
    generations,
    grant_uses,
    grants,
    incidents,
    ledger,
    member_defaults,
    policies,
    presets,
    server_settings,
)
from db.moderation_tables import audit, phrases, removals, reports, restrictions, reviews, safety_policies

BATCH = 500
FINAL = ("done", "failed", "cancelled", "blocked", "expired")

# SHA-256 and extension.
ImageName: TypeAlias = tuple[bytes, str]

_NO_PICTURE: dict[str, Any] = {"image_sha256": None, "image_extension": None, "image_bytes": None}
_NOTHING_ASKED: dict[str, Any] = {
    **_NO_PICTURE,
    "prompt": "",
    "negative_prompt": "",
    "seed": 0,
    "options": "{}",
    "reason": None,
    "parent_id": None,
    "channel_id": None,
    "message_id": None,
    "application_id": None,
    "interaction_token": None,
}


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is kept of a member. ``since_ms``: their first generation; None if there is none."""

    generations: int
    pictures: int
    picture_bytes: int
    incidents: int
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """rows: how many were handled. free: pictures that no row names any more."""

    rows: int
    free: list[ImageName]


async def holdings(database: Database, user_id: int) -> Holdings:
    counted = select(
        func.count(),
        func.count(generations.c.image_sha256),
        func.coalesce(func.sum(generations.c.image_bytes), 0),
        func.min(generations.c.created_at_ms),
    ).where(generations.c.user_id == user_id, generations.c.prompt != "")
    async with database.read() as connection:
        rows, pictures, size, since = (await connection.execute(counted)).one()
        refused = await connection.scalar(select(func.count()).where(incidents.c.user_id == user_id))
    return Holdings(int(rows), int(pictures), int(size), int(refused or 0), since)


async def everything_of(database: Database, user_id: int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Every row about the member, as (table, columns), in short reads."""
    theirs = select(grants.c.id).where(grants.c.user_id == user_id)
    drawn = select(generations.c.id).where(generations.c.user_id == user_id)
    tables: tuple[tuple[Table, ColumnElement[bool]], ...] = (
        (generations, generations.c.user_id == user_id),
        (ledger, ledger.c.user_id == user_id),
        (grants, grants.c.user_id == user_id),
        (grant_uses, grant_uses.c.grant_id.in_(theirs)),
        (files, files.c.generation_id.in_(drawn)),
        (favourites, favourites.c.user_id == user_id),
        (presets, presets.c.made_by == user_id),
        (member_defaults, member_defaults.c.user_id == user_id),
        (incidents, incidents.c.user_id == user_id),
        (reviews, reviews.c.user_id == user_id),
        (reports, reports.c.user_id == user_id),
        (restrictions, restrictions.c.user_id == user_id),
        (audit, audit.c.user_id == user_id),
    )
    for table, about in tables:
        key = list(table.primary_key)
        last: tuple[Any, ...] | None = None
        while True:
            statement = select(table).where(about).order_by(*key).limit(BATCH)
            if last is not None:
                statement = statement.where(tuple_(*key) > last)
            async with database.read() as connection:
                rows = (await connection.execute(statement)).all()
            for row in rows:
                yield table.name, dict(row._mapping)
            if len(rows) < BATCH:
                break
            last = tuple(rows[-1]._mapping[column] for column in key)


async def forget_member(database: Database, user_id: int, *, counts_since_ms: int) -> Batch:
    """The next of the member's ended generations; call it until a batch has no rows.

    Those made since ``counts_since_ms`` still count in a quota: they are emptied, not deleted.
    """
    theirs = (
        select(generations.c.id)
        .where(generations.c.user_id == user_id, generations.c.prompt != "", generations.c.state.in_(FINAL))
        .order_by(generations.c.id)
        .limit(BATCH)
    )

    async def forget(connection: AsyncConnection, found: Sequence[int]) -> None:
        still_counts = generations.c.created_at_ms >= counts_since_ms
        chosen = generations.c.id.in_(found)
        await connection.execute(delete(files).where(files.c.generation_id.in_(found)))
        await connection.execute(update(generations).where(chosen, still_counts).values(**_NOTHING_ASKED))
        await connection.execute(delete(generations).where(chosen, ~still_counts))

    return await _in_one_go(database, theirs, forget)


async def forget_traces(database: Database, user_id: int) -> None:
    """Their favourites, and what they asked or told moderators. Why they were given credits, and that they gave some,
    set a policy or made a preset, goes too; the credits, the policy and the preset stay."""

    async def work(connection: AsyncConnection) -> None:
        about = or_(grants.c.user_id == user_id, grants.c.granted_by == user_id)
        await connection.execute(update(grants).where(about).values(reason=""))
        await connection.execute(update(grants).where(grants.c.granted_by == user_id).values(granted_by=None))
        for table in (policies, server_settings):
            await connection.execute(update(table).where(table.c.set_by == user_id).values(set_by=None))
        await connection.execute(update(presets).where(presets.c.made_by == user_id).values(made_by=None))
        await connection.execute(delete(favourites).where(favourites.c.user_id == user_id))
        emptied = {"prompt": "", "negative_prompt": ""}
        await connection.execute(update(reviews).where(reviews.c.user_id == user_id).values(**emptied))
        await connection.execute(update(reports).where(reports.c.user_id == user_id).values(reason=""))
        await connection.execute(update(removals).where(removals.c.made_by == user_id).values(made_by=None))
        for made in (phrases, safety_policies):
            await connection.execute(update(made).where(made.c.made_by == user_id).values(made_by=None))

    await database.write(work)


async def drop_grants(database: Database, *, before_ms: int) -> int:
    """Grants that expired before that, with what was used of them; returns how many. One batch."""
    old = select(grants.c.id).where(grants.c.expires_at_ms < before_ms).order_by(grants.c.id).limit(BATCH)

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(delete(grants).where(grants.c.id.in_(old)))).rowcount

    return await database.write(work)


async def drop_pictures(database: Database, *, before_ms: int, limit: int = BATCH) -> Batch:
    """Of ended generations older than that, ``limit`` at a time, oldest first; their rows stay."""
    old = (
        select(generations.c.id)
        .where(
            or_(generations.c.image_sha256.is_not(None), generations.c.id.in_(select(files.c.generation_id))),
            generations.c.created_at_ms < before_ms,
            generations.c.state.in_(FINAL),
        )
        .order_by(generations.c.id)
        .limit(limit)
    )
    return await _in_one_go(database, old, _drop_pictures_on)


async def drop_pictures_of(database: Database, generation_id: int) -> Batch:
    """Of one generation that has ended, sources too; its row stays."""
    one = select(generations.c.id).where(generations.c.id == generation_id, generations.c.state.in_(FINAL))
    return await _in_one_go(database, one, _drop_pictures_on)


async def drop_rows(database: Database, *, before_ms: int, emptied_only: bool = False) -> Batch:
    """Ended generations older than that, with their part of the ledger. ``emptied_only``: those of members who had
    their data deleted while it still counted."""
    old = select(generations.c.id).where(generations.c.created_at_ms < before_ms, generations.c.state.in_(FINAL))
    if emptied_only:
        old = old.where(generations.c.prompt == "")

    async def drop(connection: AsyncConnection, found: Sequence[int]) -> None:
        await connection.execute(delete(generations).where(generations.c.id.in_(found)))

    return await _in_one_go(database, old.order_by(generations.c.id).limit(BATCH), drop)


async def drop_ledger(database: Database, *, before_ms: int) -> int:
    """Rows of the ledger that count in no window any more; returns how many. One batch."""
    ended = select(generations.c.id).where(generations.c.state.in_(FINAL))
    old = (
        select(ledger.c.generation_id)
        .where(ledger.c.counts_at_ms < before_ms, ledger.c.generation_id.in_(ended))
        .order_by(ledger.c.generation_id)
        .limit(BATCH)
    )

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(delete(ledger).where(ledger.c.generation_id.in_(old)))).rowcount

    return await database.write(work)


async def picture_bytes(database: Database) -> int:
    """Of all pictures that rows name; one that two rows name counts twice."""
    async with database.read() as connection:
        named = generations.c.image_sha256.is_not(None)
        posted = await connection.scalar(select(func.sum(generations.c.image_bytes)).where(named))
        beside = await connection.scalar(select(func.sum(files.c.bytes)))
    return int(posted or 0) + int(beside or 0)


async def unnamed(database: Database, names: Iterable[ImageName]) -> list[ImageName]:
    """Those of the pictures that no row names."""
    async with database.read() as connection:
        return await _unnamed_on(connection, names)


async def _drop_pictures_on(connection: AsyncConnection, found: Sequence[int]) -> None:
    await connection.execute(delete(files).where(files.c.generation_id.in_(found)))
    await connection.execute(update(generations).where(generations.c.id.in_(found)).values(**_NO_PICTURE))


async def _in_one_go(
    database: Database, ids: Select[Any], change: Callable[[AsyncConnection, Sequence[int]], Awaitable[None]]
) -> Batch:
    async def work(connection: AsyncConnection) -> Batch:
        found = [int(one) for one in (await connection.execute(ids)).scalars()]
        names = await _names_on(connection, found)
        await change(connection, found)
        return Batch(len(found), await _unnamed_on(connection, names))

    return await database.write(work)


async def _names_on(connection: AsyncConnection, found: Sequence[int]) -> list[ImageName]:
    posted = select(generations.c.image_sha256, generations.c.image_extension).where(
        generations.c.id.in_(found), generations.c.image_sha256.is_not(None)
    )
    beside = select(files.c.sha256, files.c.extension).where(files.c.generation_id.in_(found))
    return [(row[0], row[1]) for row in (await connection.execute(posted.union(beside))).all()]


async def _unnamed_on(connection: AsyncConnection, names: Iterable[ImageName]) -> list[ImageName]:
    free = []
    for sha256, extension in names:
        posted = select(generations.c.id).where(
            generations.c.image_sha256 == sha256, generations.c.image_extension == extension
        )
        beside = select(files.c.generation_id).where(files.c.sha256 == sha256, files.c.extension == extension)
        if await connection.scalar(posted.union_all(beside).limit(1)) is None:
            free.append((sha256, extension))
    return free
