"""Grants: bonus credits with an end, and exactly what was used of each.

A use is a row ``reserve`` for each grant that pays a part of a reservation; if that is released, a row ``release``
takes it back. What is left of a grant is its amount less the sum of its uses. Whoever gives bonus credits away uses
theirs for another's grant: the rows ``reserve`` name that grant in place of a generation, and are never released.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.limits import Bonus
from db.models import grant_uses, grants
from db.policies import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """``user_id`` None: for everybody in the server. ``guild_id`` None: to be used anywhere."""

    id: int
    user_id: int | None
    guild_id: int | None
    millicredits: int
    reason: str
    granted_by: int | None
    granted_at_ms: int
    expires_at_ms: int


class TooMuchGranted(Exception):
    """``open_millicredits``: what the same subject has left of earlier ones."""

    def __init__(self, open_millicredits: int) -> None:
        super().__init__("more than may be granted")
        self.open_millicredits = open_millicredits


class TooLittleToGive(Exception):
    """``left_millicredits``: what the member has of bonus credits of their own."""

    def __init__(self, left_millicredits: int) -> None:
        super().__init__("more than there is to give")
        self.left_millicredits = left_millicredits


async def give(database: Database, grant: Grant, *, most_open_millicredits: int | None = None) -> bool:
    """False if this id is known: Discord may deliver an interaction twice.

    Raises TooMuchGranted if what is open of the same subject and place would come to more than that.
    """

    async def work(connection: AsyncConnection) -> bool:
        if await connection.scalar(select(grants.c.id).where(grants.c.id == grant.id)) is not None:
            return False
        await _give_on(connection, grant, most_open_millicredits)
        return True

    return await database.write(work)


async def give_away(
    database: Database,
    gift_id: int,
    *,
    giver_id: int,
    user_id: int,
    guild_id: int,
    millicredits: int,
    now_ms: int,
    most_open_millicredits: int,
) -> Grant:
    """Of the giver's own bonus credits: what lasts longest first, and the gift ends with the first of it that does.

    If the gift's id is known already, nothing more is given. Raises TooLittleToGive, TooMuchGranted.
    """

    async def work(connection: AsyncConnection) -> Grant:
        known = (await connection.execute(select(grants).where(grants.c.id == gift_id))).one_or_none()
        if known is not None:
            return Grant(**known._mapping)
        there = await open_on(connection, Who(giver_id, guild_id), now_ms=now_ms)
        own = [bonus for bonus in reversed(there) if not bonus.is_shared]
        left = sum(bonus.left_millicredits for bonus in own)
        if left < millicredits:
            raise TooLittleToGive(left)
        used: list[Bonus] = []
        missing = millicredits
        while missing > 0:
            used.append(own[len(used)])
            missing -= used[-1].left_millicredits
        gift = Grant(
            id=gift_id,
            user_id=user_id,
            guild_id=guild_id,
            millicredits=millicredits,
            reason="",
            granted_by=giver_id,
            granted_at_ms=now_ms,
            expires_at_ms=used[-1].expires_at_ms,
        )
        await _give_on(connection, gift, most_open_millicredits)
        await take_on(connection, gift_id, tuple(used), millicredits)
        return gift

    return await database.write(work)


async def _give_on(connection: AsyncConnection, grant: Grant, most_open_millicredits: int | None) -> None:
    """Raises TooMuchGranted."""
    if most_open_millicredits is not None:
        who = Who(grant.user_id or 0, grant.guild_id)
        there = await open_on(connection, who, now_ms=grant.granted_at_ms, exactly=True)
        open_now = sum(bonus.left_millicredits for bonus in there if bonus.is_shared == (grant.user_id is None))
        if open_now + grant.millicredits > most_open_millicredits:
            raise TooMuchGranted(open_now)
    await connection.execute(
        grants.insert().values(
            id=grant.id,
            user_id=grant.user_id,
            guild_id=grant.guild_id,
            millicredits=grant.millicredits,
            reason=grant.reason,
            granted_by=grant.granted_by,
            granted_at_ms=grant.granted_at_ms,
            expires_at_ms=grant.expires_at_ms,
        )
    )


async def open_on(connection: AsyncConnection, who: Who, *, now_ms: int, exactly: bool = False) -> tuple[Bonus, ...]:
    """What the member may use there, the next to expire first. ``exactly``: only grants for that place."""
    used = select(func.coalesce(func.sum(grant_uses.c.millicredits), 0)).where(grant_uses.c.grant_id == grants.c.id)
    left = (grants.c.millicredits - used.correlate(grants).scalar_subquery()).label("left")
    there = grants.c.guild_id == who.guild_id  # IS NULL for None
    statement = (
        select(grants.c.id, grants.c.expires_at_ms, grants.c.reason, grants.c.user_id, left)
        .where(
            or_(grants.c.user_id == who.user_id, grants.c.user_id.is_(None)),
            there if exactly else or_(there, grants.c.guild_id.is_(None)),
            grants.c.expires_at_ms > now_ms,
        )
        .order_by(grants.c.expires_at_ms, grants.c.id)
    )
    return tuple(
        Bonus(row.id, int(row.left), row.expires_at_ms, row.reason, row.user_id is None)
        for row in (await connection.execute(statement)).all()
        if row.left > 0
    )


async def take_on(connection: AsyncConnection, generation_id: int, bonus: tuple[Bonus, ...], millicredits: int) -> None:
    """From the first of them on; together they must have as much."""
    for one in bonus:
        part = min(millicredits, one.left_millicredits)
        if part:
            await _use_on(connection, generation_id, "reserve", one.grant_id, part)
            millicredits -= part
    assert millicredits == 0, "the bonus was counted in the same transaction"


async def give_back_on(connection: AsyncConnection, generation_id: int) -> None:
    reserved = select(grant_uses.c.grant_id, grant_uses.c.millicredits).where(
        grant_uses.c.generation_id == generation_id, grant_uses.c.kind == "reserve"
    )
    for row in (await connection.execute(reserved)).all():
        await _use_on(connection, generation_id, "release", row.grant_id, -row.millicredits)


async def _use_on(connection: AsyncConnection, generation_id: int, kind: str, grant_id: int, amount: int) -> None:
    await connection.execute(
        grant_uses.insert().values(generation_id=generation_id, kind=kind, grant_id=grant_id, millicredits=amount)
    )
