"""What tests of quotas ask, grant and add up."""

from dataclasses import replace

from sqlalchemy import func, select

from db import Database
from db.grants import Grant
from db.limits import DAY_SECONDS
from db.models import grant_uses, ledger
from db.records import NewGeneration
from tests.db.builders import a_new_generation

DAY_MS = DAY_SECONDS * 1000
GUILD = 1


def asking(generation_id: int, user_id: int = 7, *, roles: tuple[int, ...] = (), cost: int = 1000) -> NewGeneration:
    return replace(a_new_generation(generation_id, user_id=user_id, cost=cost), role_ids=frozenset(roles))


def a_grant(grant_id: int, millicredits: int, expires_at_ms: int, **values: object) -> Grant:
    fields: dict[str, object] = {"user_id": 7, "guild_id": GUILD, "granted_by": 13, "granted_at_ms": 0, "reason": "won"}
    return Grant(id=grant_id, millicredits=millicredits, expires_at_ms=expires_at_ms, **(fields | values))  # type: ignore[arg-type]


async def sums(database: Database) -> tuple[dict[int, int], dict[int, int]]:
    """Used by each member in all, and of each grant."""
    by_user = select(ledger.c.user_id, func.sum(ledger.c.millicredits)).group_by(ledger.c.user_id)
    by_grant = select(grant_uses.c.grant_id, func.sum(grant_uses.c.millicredits)).group_by(grant_uses.c.grant_id)
    async with database.read() as connection:
        return (
            {row[0]: int(row[1]) for row in (await connection.execute(by_user)).all()},
            {row[0]: int(row[1]) for row in (await connection.execute(by_grant)).all()},
        )
