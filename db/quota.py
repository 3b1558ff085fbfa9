"""The quota's bookkeeping: a member's credits over a rolling window, as rows of a ledger.

A reservation is a row ``reserve`` of +cost. It is closed exactly once: by ``settle`` (0, the picture was drawn) or by
``release`` (-cost, it was not). Used = the sum over the window. The functions on a connection run inside the caller's
write transaction, which is what makes them exact under concurrency.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import generations, ledger
from db.records import Balance

WINDOW_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one member may use: credits in the window, and pictures waiting or being drawn at a time."""

    millicredits: int
    max_waiting: int


async def balance(database: Database, user_id: int, allowance: Allowance, *, now_ms: int) -> Balance:
    async with database.read() as connection:
        return await balance_on(connection, user_id, allowance, now_ms=now_ms)


async def balance_on(connection: AsyncConnection, user_id: int, allowance: Allowance, *, now_ms: int) -> Balance:
    in_window = (ledger.c.user_id == user_id) & (ledger.c.counts_at_ms > now_ms - WINDOW_MS)
    used = await connection.scalar(select(func.coalesce(func.sum(ledger.c.millicredits), 0)).where(in_window))
    oldest = await connection.scalar(
        select(ledger.c.counts_at_ms)
        .where(in_window)
        .group_by(ledger.c.generation_id, ledger.c.counts_at_ms)
        .having(func.sum(ledger.c.millicredits) > 0)
        .order_by(ledger.c.counts_at_ms)
        .limit(1)
    )
    waiting = await connection.scalar(
        select(func.count()).where(generations.c.user_id == user_id, generations.c.state.in_(("queued", "running")))
    )
    return Balance(
        limit_millicredits=allowance.millicredits,
        used_millicredits=int(used or 0),
        returns_at_ms=None if oldest is None else int(oldest) + WINDOW_MS,
        waiting=int(waiting or 0),
        max_waiting=allowance.max_waiting,
    )


async def reserve_on(
    connection: AsyncConnection, generation_id: int, user_id: int, millicredits: int, *, now_ms: int
) -> None:
    await connection.execute(
        ledger.insert().values(
            generation_id=generation_id,
            kind="reserve",
            user_id=user_id,
            millicredits=millicredits,
            counts_at_ms=now_ms,
            made_at_ms=now_ms,
        )
    )


async def settle_on(connection: AsyncConnection, generation_id: int, *, now_ms: int) -> None:
    """The picture was drawn: what was reserved is spent."""
    await _close_on(connection, generation_id, "settle", 0, now_ms)


async def release_on(connection: AsyncConnection, generation_id: int, *, now_ms: int) -> None:
    """It was not drawn, and not by the member's fault: what was reserved comes back."""
    await _close_on(connection, generation_id, "release", -1, now_ms)


async def _close_on(connection: AsyncConnection, generation_id: int, kind: str, factor: int, now_ms: int) -> None:
    reserved = (
        await connection.execute(
            select(ledger.c.user_id, ledger.c.millicredits, ledger.c.counts_at_ms).where(
                ledger.c.generation_id == generation_id, ledger.c.kind == "reserve"
            )
        )
    ).one()
    await connection.execute(
        ledger.insert().values(
            generation_id=generation_id,
            kind=kind,
            user_id=reserved.user_id,
            millicredits=factor * reserved.millicredits,
            counts_at_ms=reserved.counts_at_ms,
            made_at_ms=now_ms,
        )
    )
