"""Phrases: what a server allows or refuses besides the rules of the gate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.moderation_tables import phrases


class PhraseKind(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    kind: PhraseKind


class TooManyPhrases(Exception):
    pass


async def put_on(
    connection: AsyncConnection, guild_id: int, phrase: Phrase, *, by: int, now_ms: int, most: int
) -> None:
    """Raises TooManyPhrases."""
    others = select(func.count()).where(phrases.c.guild_id == guild_id, phrases.c.text != phrase.text)
    if int(await connection.scalar(others) or 0) >= most:
        raise TooManyPhrases
    values = {"kind": phrase.kind.value, "made_by": by, "made_at_ms": now_ms}
    statement = insert(phrases).values(guild_id=guild_id, text=phrase.text, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["guild_id", "text"], set_=values))


async def remove_on(connection: AsyncConnection, guild_id: int, text: str) -> bool:
    there = (phrases.c.guild_id == guild_id) & (phrases.c.text == text)
    return (await connection.execute(delete(phrases).where(there))).rowcount == 1


async def of_server(database: Database, guild_id: int) -> list[Phrase]:
    statement = select(phrases).where(phrases.c.guild_id == guild_id).order_by(phrases.c.kind, phrases.c.text)
    async with database.read() as connection:
        return [Phrase(row.text, PhraseKind(row.kind)) for row in (await connection.execute(statement)).all()]
