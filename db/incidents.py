"""What the gate stopped: recorded, never with the text itself."""

from __future__ import annotations

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
            )
        )

    await database.write(work)
