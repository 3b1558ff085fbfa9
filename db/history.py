"""What was drawn: pages of it, newest first, all of it or what is looked for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, case, column, func, literal_column, select, table

from db.database import Database
from db.generations import record_of
from db.models import favourites, generations
from db.records import Generation, Kind, first_id_since

# The full-text index over the prompts, whose rowid is the generation's id: see the migration that makes it.
_prompts = table("prompts", column("rowid", Integer))
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a page is made of. words: every one of them begins a word of the prompt or the negative prompt.
    favourites_of: only what this member likes. with_hidden: also what was taken away."""

    user_id: int | None = None
    guild_id: int | None = None
    words: str = ""
    checkpoint: str | None = None
    kind: Kind | None = None
    favourites_of: int | None = None
    with_hidden: bool = False


EVERYTHING = Search()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was asked for in a server, and how often. loras: names. preset: its name at that time."""

    guild_id: int | None
    checkpoint: str
    width: int
    height: int
    loras: tuple[str, ...]
    preset: str | None
    times: int


async def page(
    database: Database, search: Search = EVERYTHING, *, before_id: int | None = None, limit: int = 10
) -> list[Generation]:
    """Newest first; ``before_id`` is the last id of the page before."""
    statement = select(generations).where(*_conditions(search)).order_by(generations.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(generations.c.id < before_id)
    async with database.read() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    return [record_of(row) for row in rows]


async def of_message(database: Database, message_id: int) -> Generation | None:
    """Which generation's message it is."""
    statement = select(generations).where(generations.c.message_id == message_id, generations.c.message_id.is_not(None))
    async with database.read() as connection:
        row = (await connection.execute(statement.limit(1))).one_or_none()
    return None if row is None else record_of(row)


async def children(database: Database, generation_id: int, *, limit: int) -> list[Generation]:
    """What came of it, oldest first."""
    statement = select(generations).where(
        generations.c.parent_id == generation_id, generations.c.parent_id.is_not(None)
    )
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(generations.c.id).limit(limit))).all()
    return [record_of(row) for row in rows]


async def uses(database: Database, *, since_ms: int) -> list[Use]:
    """What was asked for in each server since then, and how often."""
    asked = (generations.c.guild_id, generations.c.checkpoint, generations.c.width, generations.c.height)
    loras, preset = _option("loras", "$.loras"), _option("preset", "$.preset[0]")
    statement = (
        select(*asked, loras.label("loras"), preset.label("preset"), func.count().label("times"))
        .where(generations.c.id >= first_id_since(since_ms))
        .group_by(*asked, loras, preset)
    )
    async with database.read() as connection:
        rows = (await connection.execute(statement)).all()
    return [
        Use(
            guild_id=row.guild_id,
            checkpoint=row.checkpoint,
            width=row.width,
            height=row.height,
            loras=tuple(name for name, _ in json.loads(row.loras or "[]")),
            preset=row.preset,
            times=int(row.times),
        )
        for row in rows
    ]


def _option(name: str, path: str) -> ColumnElement[Any]:
    """NULL where there is none; most rows have none, and then nothing is parsed."""
    options = generations.c.options
    return case((options.contains(f'"{name}"'), func.json_extract(options, path)))


@dataclass(frozen=True, slots=True)
class Day:
    """``day``: counted from 1970-01-01 in UTC."""

    day: int
    pictures: int

    @property
    def date(self) -> str:
        """Like 11-28."""
        return f"{datetime.fromtimestamp(self.day * 86_400, UTC):%m-%d}"


@dataclass(frozen=True, slots=True)
class Summary:
    """Of what was finished in a server. checkpoints: the most used first, with how many pictures; seconds_each: of a
    generation on average, None if there is none."""

    days: tuple[Day, ...]
    members: int
    favourites: int
    seconds_each: float | None
    checkpoints: tuple[tuple[str, int], ...]


async def summary(database: Database, guild_id: int, *, since_ms: int) -> Summary:
    there = and_(
        generations.c.id >= first_id_since(since_ms),
        generations.c.guild_id == guild_id,
        generations.c.state == "done",
    )
    day = (generations.c.created_at_ms / 86_400_000).cast(Integer)
    pictures = func.sum(generations.c.count)
    liked = select(func.count()).select_from(favourites.join(generations)).where(there)
    of_all = select(func.count(generations.c.user_id.distinct()), func.avg(generations.c.draw_seconds)).where(there)
    async with database.read() as connection:
        days = (await connection.execute(select(day, pictures).where(there).group_by(day).order_by(day))).all()
        by_checkpoint = select(generations.c.checkpoint, pictures).where(there).group_by(generations.c.checkpoint)
        used = (await connection.execute(by_checkpoint.order_by(pictures.desc()))).all()
        members, seconds = (await connection.execute(of_all)).one()
        return Summary(
            days=tuple(Day(int(one), int(count)) for one, count in days),
            members=int(members),
            favourites=int(await connection.scalar(liked) or 0),
            seconds_each=seconds,
            checkpoints=tuple((name, int(count)) for name, count in used),
        )


async def count(database: Database, guild_id: int, *, since_ms: int) -> int:
    """How many generations were asked for in the server since then."""
    statement = select(func.count()).where(
        generations.c.id >= first_id_since(since_ms), generations.c.guild_id == guild_id
    )
    async with database.read() as connection:
        return int(await connection.scalar(statement) or 0)


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.user_id is not None:
        found.append(generations.c.user_id == search.user_id)
    if search.guild_id is not None:
        found.append(generations.c.guild_id == search.guild_id)
    if search.checkpoint is not None:
        found.append(generations.c.checkpoint == search.checkpoint)
    if search.kind is not None:
        found.append(generations.c.kind == search.kind.value)
    if not search.with_hidden:
        found.append(generations.c.hidden_at_ms.is_(None))
    if search.favourites_of is not None:
        liked = select(favourites.c.generation_id).where(favourites.c.user_id == search.favourites_of)
        found.append(generations.c.id.in_(liked))
    if words := _WORD.findall(search.words):
        # Each in quotes, so that nothing of it is taken for the query language of FTS5; the star finds what begins so.
        query = " ".join(f'"{word}"*' for word in words[:20])
        matching = select(_prompts.c.rowid).where(literal_column("prompts").op("MATCH")(query))
        found.append(generations.c.id.in_(matching))
    return [and_(*found)] if found else []
