"""Whose favourites they are."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import favourites


async def toggle(database: Database, user_id: int, generation_id: int, *, now_ms: int) -> bool:
    """Whether it is one now."""

    async def work(connection: AsyncConnection) -> bool:
        mine = (favourites.c.user_id == user_id) & (favourites.c.generation_id == generation_id)
        if (await connection.execute(delete(favourites).where(mine))).rowcount:
            return False
        await connection.execute(
            favourites.insert().values(user_id=user_id, generation_id=generation_id, made_at_ms=now_ms)
        )
        return True

    return await database.write(work)


async def count(database: Database, generation_id: int, *, but_of: int | None = None) -> int:
    """How many members have it, one of them not counted."""
    statement = select(func.count()).where(favourites.c.generation_id == generation_id)
    if but_of is not None:
        statement = statement.where(favourites.c.user_id != but_of)
    async with database.read() as connection:
        return int(await connection.scalar(statement) or 0)
