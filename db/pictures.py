"""The files of a generation beside the one that is posted: what was handed in, and each of several pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import files
from db.parameters import StoredImage


class Role(StrEnum):
    SOURCE = "source"
    MASK = "mask"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class File:
    """nth: of several pictures. Of sources the first is what was started from, the second guided a
    ControlNet, the others were blended."""

    role: Role
    nth: int
    image: StoredImage
    size_bytes: int


async def of(database: Database, generation_id: int, role: Role = Role.PICTURE) -> list[File]:
    """In their order; no pictures if there is but the one that was posted."""
    statement = select(files).where(files.c.generation_id == generation_id, files.c.role == role.value)
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(files.c.nth))).all()
    return [File(role, row.nth, StoredImage(row.sha256, row.extension), row.bytes) for row in rows]


async def add_on(connection: AsyncConnection, generation_id: int, added: Iterable[File]) -> None:
    for file in added:
        await connection.execute(
            files.insert().values(
                generation_id=generation_id,
                role=file.role.value,
                nth=file.nth,
                sha256=file.image.sha256,
                extension=file.image.extension,
                bytes=file.size_bytes,
            )
        )
