"""Reports: pictures that members find wrong, each member once for each picture."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import reports


async def add(
    database: Database, generation_id: int, user_id: int, guild_id: int | None, reason: str, *, now_ms: int
) -> tuple[bool, int]:
    """(whether it is this member's first of that picture, how many members reported it)."""

    async def work(connection: AsyncConnection) -> tuple[bool, int]:
        new = insert(reports).values(
            generation_id=generation_id, user_id=user_id, guild_id=guild_id, reason=reason, made_at_ms=now_ms
        )
        is_new = (await connection.execute(new.on_conflict_do_nothing())).rowcount == 1
        count = await connection.scalar(select(func.count()).where(reports.c.generation_id == generation_id))
        return is_new, int(count or 0)

    return await database.write(work)


async def count_since(database: Database, guild_id: int, *, since_ms: int) -> int:
    statement = select(func.count()).where(reports.c.guild_id == guild_id, reports.c.made_at_ms >= since_ms)
    async with database.read() as connection:
        return int(await connection.scalar(statement) or 0)
