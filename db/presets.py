"""Presets: prompts that a server keeps by name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import presets


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    guild_id: int
    name: str
    prompt: str
    negative_prompt: str = ""
    made_by: int | None = None
    made_at_ms: int = 0


async def add(database: Database, preset: Preset, *, most: int) -> bool:
    """False if its server has ``most`` of them already, or one of that name."""

    async def work(connection: AsyncConnection) -> bool:
        there = select(presets.c.name).where(presets.c.guild_id == preset.guild_id)
        names = set((await connection.execute(there)).scalars())
        if preset.name in names or len(names) >= most:
            return False
        await connection.execute(presets.insert().values(**asdict(preset)))
        return True

    return await database.write(work)


async def change(database: Database, preset: Preset) -> bool:
    """Its texts, whoever made it; False if there is none of that name."""

    async def work(connection: AsyncConnection) -> bool:
        texts = {"prompt": preset.prompt, "negative_prompt": preset.negative_prompt}
        changed = await connection.execute(update(presets).where(_is(preset.guild_id, preset.name)).values(**texts))
        return changed.rowcount == 1

    return await database.write(work)


async def remove(database: Database, guild_id: int, name: str) -> bool:
    """False if there was none of that name."""

    async def work(connection: AsyncConnection) -> bool:
        return (await connection.execute(delete(presets).where(_is(guild_id, name)))).rowcount == 1

    return await database.write(work)


async def get(database: Database, guild_id: int, name: str) -> Preset | None:
    async with database.read() as connection:
        row = (await connection.execute(select(presets).where(_is(guild_id, name)))).one_or_none()
    return None if row is None else _record(row)


async def of_server(database: Database, guild_id: int) -> list[Preset]:
    """By name."""
    statement = select(presets).where(presets.c.guild_id == guild_id).order_by(func.lower(presets.c.name))
    async with database.read() as connection:
        return [_record(row) for row in (await connection.execute(statement)).all()]


async def names(database: Database) -> list[tuple[int, str]]:
    """Of all servers: the server's id and the name."""
    async with database.read() as connection:
        rows = (await connection.execute(select(presets.c.guild_id, presets.c.name))).all()
    return [(row.guild_id, row.name) for row in rows]


def _is(guild_id: int, name: str) -> ColumnElement[bool]:
    return (presets.c.guild_id == guild_id) & (presets.c.name == name)


def _record(row: Row[Any]) -> Preset:
    return Preset(**row._mapping)
