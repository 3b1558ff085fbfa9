"""What operators have switched, by name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import controls


async def read(database: Database, name: str) -> str | None:
    async with database.read() as connection:
        return await connection.scalar(select(controls.c.value).where(controls.c.name == name))


async def switch(database: Database, name: str, value: str, *, set_by: int | None, now_ms: int) -> None:
    values = {"value": value, "set_by": set_by, "set_at_ms": now_ms}
    statement = insert(controls).values(name=name, **values)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    await database.write(work)
