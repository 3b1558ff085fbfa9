"""Member defaults: what a member wants where they type nothing, in every place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import member_defaults


async def everything(database: Database) -> list[tuple[int, str, Any]]:
    """Of all members, as (user id, name, value): a few rows for each that has any."""
    async with database.read() as connection:
        rows = (await connection.execute(select(member_defaults))).all()
    return [(row.user_id, row.name, json.loads(row.value)) for row in rows]


async def put(database: Database, user_id: int, values: Mapping[str, Any], *, now_ms: int) -> None:
    """In place of what the member has under these names. ``values``: what JSON can hold."""

    async def work(connection: AsyncConnection) -> None:
        of_member = member_defaults.c.user_id == user_id
        await connection.execute(delete(member_defaults).where(of_member, member_defaults.c.name.in_(list(values))))
        await connection.execute(
            member_defaults.insert(),
            [
                {"user_id": user_id, "name": name, "value": json.dumps(value), "set_at_ms": now_ms}
                for name, value in values.items()
            ],
        )

    await database.write(work)


async def remove(database: Database, user_id: int, name: str | None = None) -> None:
    """One of the member's, or (None) all of them."""
    chosen = member_defaults.c.user_id == user_id
    if name is not None:
        chosen &= member_defaults.c.name == name

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(member_defaults).where(chosen))

    await database.write(work)
