"""The quota's bookkeeping: credits over rolling windows, as rows of a ledger.

A reservation is a row ``reserve`` of +cost. It is closed exactly once: by ``settle`` (0, the picture was drawn) or by
``release`` (-cost, it was not). Used = the sum over the window. The functions on a connection run inside the caller's
write transaction, which is what makes them exact under concurrency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db import grants
from db.database import Database
from db.limits import DAY_SECONDS, Balance, Bonus, Limit, Plan, Window
from db.models import generations, is_active, ledger
from db.policies import Allowance, Rules, Who, rules_on

__all__ = [
    "WINDOW_MS",
    "Allowance",
    "Who",
    "balance",
    "balance_on",
    "enough_at",
    "release_on",
    "reserve_on",
    "settle_on",
]

OLDEST = 200
WINDOW_MS = DAY_SECONDS * 1000  # of what the operator gives every member


async def balance(database: Database, who: int | Who, allowance: Allowance, *, now_ms: int) -> Balance:
    """``who``: a member in a place; a bare user id is a member in a direct message."""
    who = who if isinstance(who, Who) else Who(who)
    async with database.read() as connection:
        found = await balance_on(connection, who, allowance, now_ms=now_ms)
        windows = await _with_return_on(connection, who, found.windows, now_ms)
        return replace(found, windows=windows, caps=await _with_return_on(connection, who, found.caps, now_ms))


async def balance_on(connection: AsyncConnection, who: Who, allowance: Allowance, *, now_ms: int) -> Balance:
    """As much of it as a decision needs: without the times at which credits return."""
    rules = await rules_on(connection, who, allowance)
    everything = [*rules.caps, *(limit for plan in rules.plans for limit in plan.limits)]
    known = await _windows_on(connection, who, everything, now_ms)
    plan, windows = _best(rules.plans, known)
    server_waiting = None
    if allowance.waiting_per_server is not None and who.guild_id is not None:
        server_waiting = await _count_on(connection, generations.c.guild_id == who.guild_id, "'queued'")
    return Balance(
        plan=plan,
        windows=windows,
        caps=tuple(known[limit] for limit in rules.caps),
        bonus=await grants.open_on(connection, who, now_ms=now_ms),
        waiting=await _count_on(connection, generations.c.user_id == who.user_id, "'queued'", "'running'"),
        max_waiting=rules.max_waiting,
        server_waiting=server_waiting,
        max_server_waiting=allowance.waiting_per_server,
    )


async def enough_at(
    database: Database, who: Who, allowance: Allowance, millicredits: int, *, now_ms: int
) -> int | None:
    """When a picture of this cost will be paid for if nothing else is asked for until then; None: never."""
    async with database.read() as connection:
        rules = await rules_on(connection, who, allowance)
        bonus = await grants.open_on(connection, who, now_ms=now_ms)
        found = [
            await _enough_of_plan_at(connection, who, plan, rules, bonus, millicredits, now_ms) for plan in rules.plans
        ]
    return min((moment for moment in found if moment is not None), default=None)


async def reserve_on(
    connection: AsyncConnection, generation_id: int, who: Who, millicredits: int, balance: Balance, *, now_ms: int
) -> None:
    """``balance``: of this member in this transaction; it must pay for it."""
    bonus = balance.from_bonus(millicredits)
    await grants.take_on(connection, generation_id, balance.bonus, bonus)
    await connection.execute(
        ledger.insert().values(
            generation_id=generation_id,
            kind="reserve",
            user_id=who.user_id,
            guild_id=who.guild_id,
            millicredits=millicredits,
            bonus_millicredits=bonus,
            counts_at_ms=now_ms,
            made_at_ms=now_ms,
        )
    )


async def settle_on(connection: AsyncConnection, generation_id: int, *, now_ms: int) -> None:
    """The picture was drawn: what was reserved is spent."""
    await _close_on(connection, generation_id, "settle", 0, now_ms)


async def release_on(connection: AsyncConnection, generation_id: int, *, now_ms: int) -> None:
    """It was not drawn, and not by the member's fault: what was reserved comes back, to where it was taken from."""
    await _close_on(connection, generation_id, "release", -1, now_ms)
    await grants.give_back_on(connection, generation_id)


async def _close_on(connection: AsyncConnection, generation_id: int, kind: str, factor: int, now_ms: int) -> None:
    reserved = (
        await connection.execute(
            select(ledger).where(ledger.c.generation_id == generation_id, ledger.c.kind == "reserve")
        )
    ).one()
    await connection.execute(
        ledger.insert().values(
            generation_id=generation_id,
            kind=kind,
            user_id=reserved.user_id,
            guild_id=reserved.guild_id,
            millicredits=factor * reserved.millicredits,
            bonus_millicredits=factor * reserved.bonus_millicredits,
            counts_at_ms=reserved.counts_at_ms,
            made_at_ms=now_ms,
        )
    )


def _best(plans: Iterable[Plan], known: Mapping[Limit, Window]) -> tuple[Plan, tuple[Window, ...]]:
    """The plan that leaves the most; of those that leave the same, the one that allows the most."""
    found = [(plan, tuple(known[limit] for limit in plan.limits)) for plan in plans]

    def generosity(one: tuple[Plan, tuple[Window, ...]]) -> tuple[bool, int, int]:
        windows = one[1]
        left = min((window.left_millicredits for window in windows), default=0)
        return not windows, left, min((window.limit.millicredits for window in windows), default=0)

    return max(found, key=generosity)


async def _windows_on(
    connection: AsyncConnection, who: Who, limits: Iterable[Limit], now_ms: int
) -> dict[Limit, Window]:
    """All in one statement: each is a way to the database's thread and back."""
    asked = list(dict.fromkeys(limits))
    if not asked:
        return {}
    sums = []
    for limit in asked:
        counted, amount = _counted(who, limit, now_ms)
        sums.append(select(func.coalesce(func.sum(amount), 0)).where(counted).scalar_subquery())
    row = (await connection.execute(select(*sums))).one()
    return {limit: Window(limit, int(used)) for limit, used in zip(asked, row, strict=True)}


async def _with_return_on(
    connection: AsyncConnection, who: Who, windows: Iterable[Window], now_ms: int
) -> tuple[Window, ...]:
    return tuple(
        [
            Window(one.limit, one.used_millicredits, await _freed_at_on(connection, who, one.limit, 1, now_ms))
            for one in windows
        ]
    )


async def _freed_at_on(
    connection: AsyncConnection, who: Who, limit: Limit, millicredits: int, now_ms: int
) -> int | None:
    """When so much of what is used now counts no more; None if less is used. What was released came back when it did,
    so it counts with its reservation and the sum never falls."""
    counted, amount = _counted(who, limit, now_ms)
    moment = ledger.c.counts_at_ms
    # Mostly the oldest few tell; else it is one pass over the window, and a server's month is many rows.
    oldest = select(moment, func.sum(amount)).where(counted).group_by(moment).order_by(moment).limit(OLDEST)
    rows = (await connection.execute(oldest)).all()
    missing = millicredits
    for counts_at_ms, freed in rows:
        missing -= int(freed)
        if missing <= 0:
            return int(counts_at_ms) + limit.window_ms
    if len(rows) < OLDEST:
        return None
    growing = select(moment, func.sum(amount).over(order_by=moment).label("freed")).where(counted).subquery()
    first = await connection.scalar(select(func.min(growing.c.counts_at_ms)).where(growing.c.freed >= millicredits))
    return None if first is None else int(first) + limit.window_ms


def _counted(who: Who, limit: Limit, now_ms: int) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """Which rows of the ledger count, and how much of each."""
    counted = ledger.c.counts_at_ms > now_ms - limit.window_ms
    if limit.guild_id is not None:
        counted &= ledger.c.guild_id == limit.guild_id
    if not limit.is_pool:
        counted &= ledger.c.user_id == who.user_id
    if limit.counts_bonus:
        return counted, ledger.c.millicredits
    return counted, ledger.c.millicredits - ledger.c.bonus_millicredits


async def _enough_of_plan_at(
    connection: AsyncConnection,
    who: Who,
    plan: Plan,
    rules: Rules,
    bonus: tuple[Bonus, ...],
    millicredits: int,
    now_ms: int,
) -> int | None:
    """Bonus only shrinks as it expires and the rest only grows: the first moment of each stretch between two expiries
    at which what is left of the cost is there, unless the stretch is over by then."""
    caps = (await _windows_on(connection, who, rules.caps, now_ms)).values()
    own = (await _windows_on(connection, who, plan.limits, now_ms)).values()
    begin = now_ms
    for nth in range(len(bonus) + 1):
        end = bonus[nth].expires_at_ms if nth < len(bonus) else None
        rest = millicredits - sum(one.left_millicredits for one in bonus[nth:])
        moments = [await _has_left_at_on(connection, who, window, millicredits, now_ms) for window in caps]
        moments += [await _has_left_at_on(connection, who, window, rest, now_ms) for window in own]
        known = [moment for moment in moments if moment is not None]
        if len(known) == len(moments):
            moment = max(begin, *known) if known else begin
            if end is None or moment < end:
                return moment
        if end is not None:
            begin = end
    return None


async def _has_left_at_on(
    connection: AsyncConnection, who: Who, window: Window, millicredits: int, now_ms: int
) -> int | None:
    """When the window leaves so much; None: it is more than its limit."""
    if millicredits > window.limit.millicredits:
        return None
    missing = millicredits - (window.limit.millicredits - window.used_millicredits)
    if millicredits <= 0 or missing <= 0:
        return now_ms
    return await _freed_at_on(connection, who, window.limit, missing, now_ms)


async def _count_on(connection: AsyncConnection, whose: ColumnElement[bool], *states: str) -> int:
    in_state = is_active(generations) & generations.c.state.in_([literal_column(state) for state in states])
    return int(await connection.scalar(select(func.count()).select_from(generations).where(whose, in_state)) or 0)
