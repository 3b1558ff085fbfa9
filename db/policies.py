"""Policies: what the managers of a server set, and which plans and caps follow from them for one member.

A server's policy for members takes the place of the operator's default there; one for a role is another plan to choose
from. Either replaces the default's windows up to its own longest, and longer ones stay: "30 in 10 minutes" raises a
burst and not the day, "300 in 7 days" is all there is. One for the server is a pool that everybody there shares. What
the operator sets as ceiling holds beside them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.limits import DAY_SECONDS, Limit, Plan, Source
from db.models import policies

SCOPES = (Source.MEMBER, Source.ROLE, Source.POOL)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the operator allows. ``millicredits``: a member's in 24 hours, with ``windows`` (millicredits, seconds)
    beside it; ``ceiling_millicredits``: the most that one member may use in 24 hours, whatever a server's managers
    set or grant; ``server_millicredits``: the same for all of a server together; ``ceiling_waiting``: the most that
    managers may set in place of ``max_waiting``. None: as much as there is."""

    millicredits: int
    max_waiting: int
    windows: tuple[tuple[int, int], ...] = ()
    ceiling_millicredits: int | None = None
    server_millicredits: int | None = None
    waiting_per_server: int | None = None
    ceiling_waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """A member in a place. ``role_ids``: theirs in that server, as Discord says with each interaction."""

    user_id: int
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``millicredits`` None: unlimited, and the window is of no account. ``role_id``: only of a role's policy."""

    guild_id: int
    scope: Source
    millicredits: int | None
    window_seconds: int = DAY_SECONDS
    role_id: int | None = None
    max_waiting: int | None = None
    set_by: int | None = None
    set_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one member: any of the plans, all of the caps."""

    plans: tuple[Plan, ...]
    caps: tuple[Limit, ...]
    max_waiting: int


async def put(database: Database, policy: Policy) -> None:
    """Set it in place of the one for the same subject and window; an unlimited one in place of all of its subject."""
    subject = _subject(policy.guild_id, policy.scope, policy.role_id)
    seconds = 0 if policy.millicredits is None else policy.window_seconds
    replaced = subject if policy.millicredits is None else subject & policies.c.window_seconds.in_((0, seconds))

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(policies).where(replaced))
        await connection.execute(
            policies.insert().values(
                guild_id=policy.guild_id,
                scope=policy.scope.value,
                subject_id=policy.role_id or 0,
                window_seconds=seconds,
                millicredits=policy.millicredits,
                max_waiting=policy.max_waiting,
                set_by=policy.set_by,
                set_at_ms=policy.set_at_ms,
            )
        )

    await database.write(work)


async def remove(
    database: Database, guild_id: int, scope: Source, *, role_id: int | None = None, window_seconds: int | None = None
) -> int:
    """Of one subject, for one window or (None) all of it; returns how many there were."""
    chosen = _subject(guild_id, scope, role_id)
    if window_seconds is not None:
        chosen = chosen & (policies.c.window_seconds == window_seconds)

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(delete(policies).where(chosen))).rowcount

    return await database.write(work)


async def of_server(database: Database, guild_id: int) -> list[Policy]:
    """All of them: members first, then the roles, then the pool; by window."""
    async with database.read() as connection:
        found = await _of_server_on(connection, guild_id)
    return sorted(found, key=lambda one: (SCOPES.index(one.scope), one.role_id or 0, one.window_seconds))


async def rules_on(connection: AsyncConnection, who: Who, operator: Allowance) -> Rules:
    found = [] if who.guild_id is None else await _of_server_on(connection, who.guild_id)
    of_role: dict[int, list[Policy]] = defaultdict(list)
    for one in found:
        if one.role_id is not None and one.role_id in who.role_ids:
            of_role[one.role_id].append(one)
    of_members = [one for one in found if one.scope is Source.MEMBER]
    default = operator_plan(operator)
    if of_members:
        default = _plan(Source.MEMBER, of_members, default)
    plans = [default]
    plans += [_plan(Source.ROLE, theirs, default, role_id) for role_id, theirs in sorted(of_role.items())]
    caps = list(_operator_caps(operator, who.guild_id))
    caps += [limit for one in found if one.scope is Source.POOL and (limit := _limit(one))]
    own = [one.max_waiting for one in of_members if one.max_waiting is not None]
    waiting = [max(own) if own else operator.max_waiting]
    waiting += [one.max_waiting for theirs in of_role.values() for one in theirs if one.max_waiting is not None]
    most = max(waiting) if operator.ceiling_waiting is None else min(max(waiting), operator.ceiling_waiting)
    return Rules(tuple(plans), tuple(caps), most)


def operator_plan(operator: Allowance) -> Plan:
    windows = ((operator.millicredits, DAY_SECONDS), *operator.windows)
    return Plan(Source.OPERATOR, tuple(Limit(Source.OPERATOR, amount, seconds * 1000) for amount, seconds in windows))


def _operator_caps(operator: Allowance, guild_id: int | None) -> Sequence[Limit]:
    caps = []
    if operator.ceiling_millicredits is not None:
        caps.append(Limit(Source.CEILING, operator.ceiling_millicredits, DAY_SECONDS * 1000))
    if operator.server_millicredits is not None and guild_id is not None:
        caps.append(Limit(Source.OPERATOR_POOL, operator.server_millicredits, DAY_SECONDS * 1000, guild_id))
    return caps


def _plan(source: Source, found: Sequence[Policy], default: Plan, role_id: int | None = None) -> Plan:
    limits = [limit for one in found if (limit := _limit(one))]
    longest = max((limit.window_ms for limit in limits), default=None)
    if longest is not None:
        limits += [limit for limit in default.limits if limit.window_ms > longest]
    return Plan(source, tuple(sorted(limits, key=lambda limit: limit.window_ms)), role_id)


def _limit(policy: Policy) -> Limit | None:
    """None: it does not limit anything."""
    if policy.millicredits is None:
        return None
    return Limit(policy.scope, policy.millicredits, policy.window_seconds * 1000, policy.guild_id, policy.role_id)


def _subject(guild_id: int, scope: Source, role_id: int | None) -> ColumnElement[bool]:
    return (
        (policies.c.guild_id == guild_id)
        & (policies.c.scope == scope.value)
        & (policies.c.subject_id == (role_id or 0))
    )


async def _of_server_on(connection: AsyncConnection, guild_id: int) -> list[Policy]:
    rows = (await connection.execute(select(policies).where(policies.c.guild_id == guild_id))).all()
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Policy:
    return Policy(
        guild_id=row.guild_id,
        scope=Source(row.scope),
        millicredits=row.millicredits,
        window_seconds=row.window_seconds,
        role_id=row.subject_id or None,
        max_waiting=row.max_waiting,
        set_by=row.set_by,
        set_at_ms=row.set_at_ms,
    )
