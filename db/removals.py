"""Removals: pictures that were taken down, by the recipe that draws them and by how they look."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import holds_in, removals


@dataclass(frozen=True, slots=True)
class Removal:
    """``recipe``: SHA-256 of everything that decides what is drawn. ``look``: a perceptual hash, 64 bits; None: its
    file was gone already."""

    recipe: bytes
    look: int | None


async def add_on(
    connection: AsyncConnection, guild_id: int | None, found: list[Removal], *, by: int | None, now_ms: int
) -> None:
    for one in found:
        look = None if one.look is None else _signed(one.look)
        await connection.execute(
            removals.insert().values(guild_id=guild_id, recipe=one.recipe, look=look, made_by=by, made_at_ms=now_ms)
        )


async def has_recipe(database: Database, guild_id: int | None, recipe: bytes) -> bool:
    there = holds_in(removals, guild_id)
    async with database.read() as connection:
        return await connection.scalar(select(removals.c.id).where(there, removals.c.recipe == recipe)) is not None


async def looks(database: Database, guild_id: int | None) -> list[int]:
    """Of all that were taken down there or everywhere."""
    there = holds_in(removals, guild_id)
    async with database.read() as connection:
        found = await connection.scalars(select(removals.c.look).where(there, removals.c.look.is_not(None)).distinct())
        return [look % 2**64 for look in found]


def _signed(look: int) -> int:
    """SQLite's integers have a sign."""
    return look - 2**64 if look >= 2**63 else look
