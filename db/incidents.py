"""What the gate stopped: recorded, never with the text itself."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import incidents
from db.records import Incident


async def record(database: Database, incident: Incident) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(
            incidents.insert().values(
                at_ms=incident.at_ms,
                user_id=incident.origin.user_id,
                guild_id=incident.origin.guild_id,
                channel_id=incident.origin.channel_id,
                generation_id=incident.generation_id,
                stage=incident.stage,
                category=incident.category,
                rule=incident.rule,
                fingerprint=incident.fingerprint,
                is_strike=int(incident.is_strike),
            )
        )

    await database.write(work)


async def strikes(database: Database, user_id: int, *, since_ms: int) -> list[int]:
    """When the member was stopped by their own doing, in milliseconds since 1970; oldest first."""
    statement = select(incidents.c.at_ms).where(
        incidents.c.user_id == user_id, incidents.c.at_ms >= since_ms, incidents.c.is_strike == 1
    )
    async with database.read() as connection:
        return [int(at_ms) for at_ms in await connection.scalars(statement.order_by(incidents.c.at_ms))]


async def of_prompt(database: Database, fingerprint: bytes, guild_id: int | None, *, since_ms: int) -> list[int]:
    """The members one by one (more than once where so) whose pictures of this prompt were stopped after drawing."""
    statement = select(incidents.c.user_id).where(
        incidents.c.guild_id == guild_id,
        incidents.c.at_ms >= since_ms,
        incidents.c.fingerprint == fingerprint,
        incidents.c.stage == "image",
        incidents.c.is_strike == 1,
    )
    async with database.read() as connection:
        return [int(user_id) for user_id in await connection.scalars(statement)]


async def counts(database: Database, guild_id: int, *, since_ms: int) -> dict[tuple[str, str], int]:
    """How many of each (stage, category) there were in the server."""
    statement = (
        select(incidents.c.stage, incidents.c.category, func.count())
        .where(incidents.c.guild_id == guild_id, incidents.c.at_ms >= since_ms)
        .group_by(incidents.c.stage, incidents.c.category)
    )
    async with database.read() as connection:
        return {(row[0], row[1]): int(row[2]) for row in (await connection.execute(statement)).all()}
