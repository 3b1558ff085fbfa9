"""Safety policies: what a server's managers chose for it or for a channel. Every version stays; the last one counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import safety_policies

WHOLE_SERVER = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``preset`` empty: this place chooses nothing. ``actions``: category -> action where it is not the preset's."""

    guild_id: int
    channel_id: int = WHOLE_SERVER
    version: int = 0
    preset: str
    actions: Mapping[str, str] = field(default_factory=dict)
    made_by: int | None
    made_at_ms: int


async def put_on(connection: AsyncConnection, choice: Choice) -> int:
    """Its version: one more than the last of that place."""
    there = (safety_policies.c.guild_id == choice.guild_id) & (safety_policies.c.channel_id == choice.channel_id)
    version = int(await connection.scalar(select(func.max(safety_policies.c.version)).where(there)) or 0) + 1
    await connection.execute(
        safety_policies.insert().values(
            guild_id=choice.guild_id,
            channel_id=choice.channel_id,
            version=version,
            preset=choice.preset,
            actions=json.dumps(dict(choice.actions), sort_keys=True),
            made_by=choice.made_by,
            made_at_ms=choice.made_at_ms,
        )
    )
    return version


async def of_server(database: Database, guild_id: int) -> dict[int, Choice]:
    """What counts now, by channel (0: the whole server); those taken back are left out."""
    newest = (
        select(safety_policies.c.channel_id, func.max(safety_policies.c.version).label("version"))
        .where(safety_policies.c.guild_id == guild_id)
        .group_by(safety_policies.c.channel_id)
        .subquery()
    )
    statement = select(safety_policies).join(
        newest,
        (safety_policies.c.channel_id == newest.c.channel_id) & (safety_policies.c.version == newest.c.version),
    )
    async with database.read() as connection:
        rows = (await connection.execute(statement.where(safety_policies.c.guild_id == guild_id))).all()
    return {row.channel_id: _record(row) for row in rows if row.preset}


def _record(row: Row[Any]) -> Choice:
    columns = dict(row._mapping)
    return Choice(actions=json.loads(columns.pop("actions")), **columns)
