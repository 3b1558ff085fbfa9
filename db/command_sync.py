"""What Discord was last told about our commands, so that it is told again only when they changed."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import command_sync


async def known_payload(database: Database, application_id: int) -> bytes | None:
    """SHA-256 of the payload that was last synced for this application, or None."""
    async with database.read() as connection:
        value = await connection.scalar(
            select(command_sync.c.payload_sha256).where(command_sync.c.application_id == application_id)
        )
    return None if value is None else bytes(value)


async def remember_payload(database: Database, application_id: int, payload_sha256: bytes) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(delete(command_sync).where(command_sync.c.application_id == application_id))
        await connection.execute(
            command_sync.insert().values(application_id=application_id, payload_sha256=payload_sha256)
        )

    await database.write(work)
