"""Generations: accept, claim, move, list. Each function is one short transaction.

Every move names the state and the attempt it moves from and says whether it happened: who was overtaken (by a cancel,
by a restart) learns so from the False and must not go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import pictures, quota
from db.database import Database
from db.limits import Balance
from db.models import generations, is_active
from db.parameters import StoredImage, take_from_columns, to_columns
from db.records import MOVES, Generation, GenerationState, Kind, NewGeneration, Origin

_ORIGIN = [field.name for field in fields(Origin)]
# Those that the partial index of what is active holds.
_ACTIVE = (GenerationState.QUEUED, GenerationState.RUNNING, GenerationState.POSTING)
_FINAL = [state.value for state in GenerationState if state.is_final]


class NotAccepted(Exception):
    """The quota does not allow it; ``balance`` says how things stand, ``enough_at_ms`` when it will be paid for if
    nothing else is asked for until then (None: never)."""

    def __init__(self, balance: Balance) -> None:
        super().__init__("the quota does not allow it")
        self.balance = balance
        self.enough_at_ms: int | None = None

    @property
    def has_too_many_waiting(self) -> bool:
        return self.balance.has_too_many_waiting


async def accept(database: Database, new: NewGeneration, allowance: quota.Allowance, *, now_ms: int) -> Generation:
    """Reserve the cost and record the Generation as queued, in one transaction. Raises NotAccepted.

    The same id again is answered with what is there and charged nothing: Discord may deliver an interaction twice.
    """

    who = quota.Who(new.origin.user_id, new.origin.guild_id, new.role_ids)

    async def work(connection: AsyncConnection) -> Generation:
        known = await get_on(connection, new.id)
        if known is not None:
            return known
        balance = await quota.balance_on(connection, who, allowance, now_ms=now_ms)
        is_crowded = balance.has_too_many_waiting or balance.is_server_full
        if is_crowded or not balance.pays_for(new.cost_millicredits):
            raise NotAccepted(balance)
        await connection.execute(
            generations.insert().values(
                id=new.id,
                **asdict(new.origin),
                **to_columns(new.parameters),
                **_descent(new),
                count=new.count,
                is_private=int(new.is_private),
                locale=new.locale,
                is_age_restricted=int(new.is_age_restricted),
                cost_millicredits=new.cost_millicredits,
                state=GenerationState.QUEUED.value,
                attempt=0,
                interruptions=0,
                created_at_ms=now_ms,
                changed_at_ms=now_ms,
            )
        )
        await pictures.add_on(connection, new.id, _sources(new))
        await quota.reserve_on(connection, new.id, who, new.cost_millicredits, balance, now_ms=now_ms)
        accepted = await get_on(connection, new.id)
        assert accepted is not None
        return accepted

    try:
        return await database.write(work)
    except NotAccepted as refusal:
        if not refusal.balance.pays_for(new.cost_millicredits):
            # Nobody else has to wait while this is worked out.
            cost = new.cost_millicredits
            refusal.enough_at_ms = await quota.enough_at(database, who, allowance, cost, now_ms=now_ms)
        raise


async def record_message(database: Database, generation_id: int, message_id: int) -> None:
    """Remember the message that will carry the picture; one that is known already stays."""

    async def work(connection: AsyncConnection) -> None:
        # Late news of the first answer must not hide a message that carries the picture by now.
        await connection.execute(
            update(generations)
            .where(generations.c.id == generation_id, generations.c.message_id.is_(None))
            .values(message_id=message_id)
        )

    await database.write(work)


async def hand_back(database: Database, generation: Generation, *, now_ms: int) -> bool:
    """running -> queued: the process stops before it is finished; its place is kept."""

    async def work(connection: AsyncConnection) -> bool:
        return await move_on(connection, generation, GenerationState.QUEUED, now_ms)

    return await database.write(work)


async def begin_posting(
    database: Database,
    generation: Generation,
    *,
    image_sha256: bytes,
    image_extension: str,
    image_bytes: int,
    draw_seconds: float,
    now_ms: int,
    parts: Sequence[pictures.File] = (),
) -> bool:
    """running -> posting: the picture is stored, the quota is spent, what is left is to deliver. ``parts``: where the
    picture is a sheet of several, each of them."""

    async def work(connection: AsyncConnection) -> bool:
        moved = await move_on(
            connection,
            generation,
            GenerationState.POSTING,
            now_ms,
            image_sha256=image_sha256,
            image_extension=image_extension,
            image_bytes=image_bytes,
            draw_seconds=draw_seconds,
        )
        if moved:
            await pictures.add_on(connection, generation.id, parts)
            await quota.settle_on(connection, generation.id, now_ms=now_ms)
        return moved

    return await database.write(work)


async def replace_picture(
    database: Database, generation: Generation, *, image_sha256: bytes, image_extension: str, image_bytes: int
) -> bool:
    """While posting: another form of the same picture is what is posted, so it is what is kept."""

    async def work(connection: AsyncConnection) -> bool:
        result = await connection.execute(
            update(generations)
            .where(
                generations.c.id == generation.id,
                generations.c.state == "posting",
                generations.c.attempt == generation.attempt,
            )
            .values(image_sha256=image_sha256, image_extension=image_extension, image_bytes=image_bytes)
        )
        return result.rowcount == 1

    return await database.write(work)


async def finish_posting(database: Database, generation: Generation, *, message_id: int, now_ms: int) -> bool:
    """posting -> done. The interaction's token is of no use any more and is forgotten."""

    async def work(connection: AsyncConnection) -> bool:
        return await move_on(
            connection,
            generation,
            GenerationState.DONE,
            now_ms,
            message_id=message_id,
            interaction_token=None,
        )

    return await database.write(work)


async def end(
    database: Database,
    generation: Generation,
    state: GenerationState,
    *,
    reason: str,
    gives_back: bool,
    now_ms: int,
) -> bool:
    """queued or running -> failed, cancelled, blocked or expired; the reservation is released or settled with it.

    A picture that was drawn and could not be delivered at all ends here too, from posting; it was settled already.
    """

    async def work(connection: AsyncConnection) -> bool:
        moved = await move_on(connection, generation, state, now_ms, reason=reason)
        if moved and generation.state is not GenerationState.POSTING:
            close = quota.release_on if gives_back else quota.settle_on
            await close(connection, generation.id, now_ms=now_ms)
        return moved

    return await database.write(work)


async def recover(database: Database, *, max_attempts: int, now_ms: int) -> list[Generation]:
    """After a crash: what was running waits again, unless it was interrupted too often; that ends and is given back.

    Returns those that ended. To be called before anything is claimed, by the only process there is.
    """

    async def work(connection: AsyncConnection) -> list[Generation]:
        rows = (await connection.execute(select(generations).where(is_in(generations, GenerationState.RUNNING)))).all()
        ended = []
        for generation in map(record_of, rows):
            interruptions = generation.interruptions + 1
            if interruptions < max_attempts:
                await move_on(connection, generation, GenerationState.QUEUED, now_ms, interruptions=interruptions)
                continue
            reason = f"interrupted {interruptions} times"
            await move_on(connection, generation, GenerationState.FAILED, now_ms, reason=reason)
            await quota.release_on(connection, generation.id, now_ms=now_ms)
            ended.append(generation)
        return ended

    return await database.write(work)


async def told(database: Database, generation_id: int) -> None:
    """Its end has been shown: the interaction's token is of no use any more and is forgotten."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(
            update(generations)
            .where(generations.c.id == generation_id, generations.c.state.in_(_FINAL))
            .values(interaction_token=None)
        )

    await database.write(work)


async def untold(database: Database, *, since_id: int) -> list[Generation]:
    """Those that ended and whose members may not have been shown it, for a process that died in between."""
    statement = select(generations).where(
        generations.c.id >= since_id, generations.c.state.in_(_FINAL), generations.c.interaction_token.is_not(None)
    )
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(generations.c.id))).all()
    return [record_of(row) for row in rows]


async def hide(database: Database, generation_id: int, *, now_ms: int | None) -> None:
    """Taken away by its member or by a moderator: no list shows it any more. None: it is there again."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(
            update(generations).where(generations.c.id == generation_id).values(hidden_at_ms=now_ms)
        )

    await database.write(work)


async def get(database: Database, generation_id: int) -> Generation | None:
    async with database.read() as connection:
        return await get_on(connection, generation_id)


async def in_state(database: Database, state: GenerationState) -> list[Generation]:
    """All of them, oldest first. Meant for the active states, which are few."""
    async with database.read() as connection:
        rows = (
            await connection.execute(select(generations).where(is_in(generations, state)).order_by(generations.c.id))
        ).all()
    return [record_of(row) for row in rows]


async def active_of(database: Database, user_id: int) -> list[Generation]:
    """The member's generations that have not ended, oldest first."""
    statement = select(generations).where(generations.c.user_id == user_id, is_active(generations))
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(generations.c.id))).all()
    return [record_of(row) for row in rows]


async def count_active(database: Database) -> dict[str, int]:
    """How many there are in each state that is not final, by the state's name."""
    statement = select(generations.c.state, func.count()).where(is_active(generations)).group_by(generations.c.state)
    async with database.read() as connection:
        return {state: int(count) for state, count in (await connection.execute(statement)).all()}


def is_in(table: FromClause, state: GenerationState) -> ColumnElement[bool]:
    """In so many words and not as a parameter: only so does SQLite see that a partial index holds all such rows."""
    same = table.c.state == literal_column(f"'{state.value}'")
    return same if state is GenerationState.QUEUED or state not in _ACTIVE else and_(is_active(table), same)


async def get_on(connection: AsyncConnection, generation_id: int) -> Generation | None:
    row = (await connection.execute(select(generations).where(generations.c.id == generation_id))).one_or_none()
    return None if row is None else record_of(row)


async def move_on(
    connection: AsyncConnection, generation: Generation, state: GenerationState, now_ms: int, **values: Any
) -> bool:
    """The one UPDATE by which a Generation changes its state: guarded by the state and the attempt it was read in."""
    if state not in MOVES[generation.state]:
        return False
    result = await connection.execute(
        update(generations)
        .where(
            generations.c.id == generation.id,
            generations.c.state == generation.state.value,
            generations.c.attempt == generation.attempt,
        )
        .values(state=state.value, changed_at_ms=now_ms, **values)
    )
    return result.rowcount == 1


def record_of(row: Row[Any]) -> Generation:
    columns = dict(row._mapping)
    return Generation(
        origin=Origin(**{name: columns.pop(name) for name in _ORIGIN}),
        parameters=take_from_columns(columns),
        kind=Kind(columns.pop("kind")),
        is_private=bool(columns.pop("is_private")),
        is_age_restricted=bool(columns.pop("is_age_restricted")),
        state=GenerationState(columns.pop("state")),
        **columns,
    )


def _descent(new: NewGeneration) -> dict[str, Any]:
    came = new.descent
    if came is None:
        return {"kind": Kind.IMAGINE.value}
    return {"kind": came.kind.value, "parent_id": came.parent_id, "parent_nth": came.parent_nth}


def _sources(new: NewGeneration) -> list[pictures.File]:
    asked = new.parameters
    prompts = () if asked.image_prompt is None else asked.image_prompt.images
    handed_in = (
        (pictures.Role.SOURCE, 0, asked.image),
        (pictures.Role.MASK, 0, asked.mask),
        (pictures.Role.SOURCE, 1, None if asked.control is None else asked.control.image),
        *((pictures.Role.SOURCE, nth, image) for nth, image in enumerate(prompts, start=2)),
    )
    return [
        pictures.File(role, nth, image, new.source_bytes.get(image.sha256, 0))
        for role, nth, image in handed_in
        if isinstance(image, StoredImage)
    ]
