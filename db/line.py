"""The waiting line: its fair order, who is next, who is where, and who has waited too long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import quota
from db.database import Database
from db.generations import get_on, is_in, move_on, record_of
from db.models import generations
from db.records import Generation, GenerationState


@dataclass(frozen=True, slots=True)
class RunningCaps:
    """How many may be drawn at a time for one member and for one server; None: any number."""

    member: int | None = None
    server: int | None = None


NO_CAPS = RunningCaps()


async def claim_next(database: Database, *, now_ms: int, caps: RunningCaps = NO_CAPS) -> Generation | None:
    """Move the next Generation in the fair order from queued to running, under a new attempt."""

    async def work(connection: AsyncConnection) -> Generation | None:
        order = _fair_order().subquery()
        next_one = select(order.c.id).order_by(order.c.place).limit(1)
        if caps != NO_CAPS:
            next_one = next_one.join(generations, generations.c.id == order.c.id).where(*_below(caps))
        next_id = await connection.scalar(next_one)
        if next_id is None:
            return None
        await connection.execute(
            update(generations)
            .where(generations.c.id == next_id, generations.c.state == "queued")
            .values(state="running", attempt=generations.c.attempt + 1, changed_at_ms=now_ms)
        )
        return await get_on(connection, next_id)

    return await database.write(work)


async def place_of(database: Database, generation_id: int) -> int | None:
    """1 for the next one to be drawn; None when it does not wait."""
    order = _fair_order().subquery()
    async with database.read() as connection:
        place = await connection.scalar(select(order.c.place).where(order.c.id == generation_id))
    return None if place is None else int(place)


async def waiting(database: Database, *, limit: int | None = None) -> list[Generation]:
    """The waiting line in its order, the next one first."""
    order = _fair_order().subquery()
    statement = select(generations).join(order, order.c.id == generations.c.id).order_by(order.c.place).limit(limit)
    async with database.read() as connection:
        return [record_of(row) for row in (await connection.execute(statement)).all()]


async def expire(database: Database, *, before_ms: int, now_ms: int) -> list[Generation]:
    """queued -> expired for what has waited since before that, with its credits back; returns those, 100 at most."""

    async def work(connection: AsyncConnection) -> list[Generation]:
        old = (
            select(generations)
            .where(is_in(generations, GenerationState.QUEUED), generations.c.created_at_ms < before_ms)
            .order_by(generations.c.id)
            .limit(100)
        )
        expired = []
        for generation in map(record_of, (await connection.execute(old)).all()):
            if await move_on(connection, generation, GenerationState.EXPIRED, now_ms, reason="waited too long"):
                await quota.release_on(connection, generation.id, now_ms=now_ms)
                expired.append(generation)
        return expired

    return await database.write(work)


def _below(caps: RunningCaps) -> Iterator[ColumnElement[bool]]:
    """Whoever asked has fewer running than the caps allow."""
    for cap, same in ((caps.member, "user_id"), (caps.server, "guild_id")):
        if cap is None:
            continue
        other = generations.alias()
        running = (
            select(func.count())
            .where(other.c[same] == generations.c[same], is_in(other, GenerationState.RUNNING))
            .correlate(generations)
            .scalar_subquery()
        )
        yield running < cap


def _fair_order() -> Select[Any]:
    """id, place: members take turns, oldest request first; who has something running waits a turn for each of them."""
    # By itself first: asked for the window at once, SQLite walks all members' history in the window's order instead of
    # the few rows that wait.
    waiting = (
        select(generations.c.id, generations.c.user_id)
        .where(is_in(generations, GenerationState.QUEUED))
        .cte("waiting")
        .prefix_with("MATERIALIZED", dialect="sqlite")
    )
    nth = func.row_number().over(partition_by=waiting.c.user_id, order_by=waiting.c.id)
    running = generations.alias("running")
    busy = (
        select(func.count())
        .where(running.c.user_id == waiting.c.user_id, is_in(running, GenerationState.RUNNING))
        .correlate(waiting)
        .scalar_subquery()
    )
    turns = select(waiting.c.id, (nth + busy).label("turn")).subquery()
    place = func.row_number().over(order_by=(turns.c.turn, turns.c.id)).label("place")
    return select(turns.c.id, place)
