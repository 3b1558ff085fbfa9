"""Generations: accept, claim, move, list. Each function is one short transaction.

Every move names the state and the attempt it moves from and says whether it happened: who was overtaken (by a cancel,
by a restart) learns so from the False and must not go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db import quota
from db.database import Database
from db.limits import Balance
from db.models import generations
from db.records import MOVES, Generation, GenerationState, NewGeneration, Origin, Parameters

_ORIGIN = [field.name for field in fields(Origin)]
# As in the partial index of what is active, word by word.
_ACTIVE = (GenerationState.QUEUED, GenerationState.RUNNING, GenerationState.POSTING)
_PARAMETERS = [field.name for field in fields(Parameters)]
_FINAL = [state.value for state in GenerationState if state.is_final]


@dataclass(frozen=True, slots=True)
class RunningCaps:
    """How many may be drawn at a time for one member and for one server; None: any number."""

    member: int | None = None
    server: int | None = None


NO_CAPS = RunningCaps()


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
        known = await _get_on(connection, new.id)
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
                **asdict(new.parameters),
                cost_millicredits=new.cost_millicredits,
                state=GenerationState.QUEUED.value,
                attempt=0,
                interruptions=0,
                created_at_ms=now_ms,
                changed_at_ms=now_ms,
            )
        )
        await quota.reserve_on(connection, new.id, who, new.cost_millicredits, balance, now_ms=now_ms)
        accepted = await _get_on(connection, new.id)
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


async def claim_next(database: Database, *, now_ms: int, caps: RunningCaps = NO_CAPS) -> Generation | None:
    """Move the next Generation in the fair order from queued to running, under a new attempt."""

    async def work(connection: AsyncConnection) -> Generation | None:
        order = _fair_order().subquery()
        next_one = select(order.c.id).order_by(order.c.place).limit(1)
        if caps != NO_CAPS:
            next_one = next_one.join(generations, generations.c.id == order.c.id).where(*_below(caps))
        next_id = await connection.scalar(next_one)
        if next_id is None:
            return None
        await connection.execute(
            update(generations)
            .where(generations.c.id == next_id, generations.c.state == "queued")
            .values(state="running", attempt=generations.c.attempt + 1, changed_at_ms=now_ms)
        )
        return await _get_on(connection, next_id)

    return await database.write(work)


async def place_in_line(database: Database, generation_id: int) -> int | None:
    """1 for the next one to be drawn; None when it does not wait."""
    order = _fair_order().subquery()
    async with database.read() as connection:
        place = await connection.scalar(select(order.c.place).where(order.c.id == generation_id))
    return None if place is None else int(place)


async def line(database: Database, *, limit: int | None = None) -> list[Generation]:
    """The waiting line in its order, the next one first."""
    order = _fair_order().subquery()
    statement = select(generations).join(order, order.c.id == generations.c.id).order_by(order.c.place).limit(limit)
    async with database.read() as connection:
        return [_record(row) for row in (await connection.execute(statement)).all()]


async def expire(database: Database, *, before_ms: int, now_ms: int) -> list[Generation]:
    """queued -> expired for what has waited since before that, with its credits back; returns those, 100 at most."""

    async def work(connection: AsyncConnection) -> list[Generation]:
        old = (
            select(generations)
            .where(_is(generations, GenerationState.QUEUED), generations.c.created_at_ms < before_ms)
            .order_by(generations.c.id)
            .limit(100)
        )
        expired = []
        for generation in map(_record, (await connection.execute(old)).all()):
            if await _move_on(connection, generation, GenerationState.EXPIRED, now_ms, reason="waited too long"):
                await quota.release_on(connection, generation.id, now_ms=now_ms)
                expired.append(generation)
        return expired

    return await database.write(work)


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
        return await _move_on(connection, generation, GenerationState.QUEUED, now_ms)

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
) -> bool:
    """running -> posting: the picture is stored, the quota is spent, what is left is to deliver."""

    async def work(connection: AsyncConnection) -> bool:
        moved = await _move_on(
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
        return await _move_on(
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
        moved = await _move_on(connection, generation, state, now_ms, reason=reason)
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
        rows = (await connection.execute(select(generations).where(_is(generations, GenerationState.RUNNING)))).all()
        ended = []
        for generation in map(_record, rows):
            interruptions = generation.interruptions + 1
            if interruptions < max_attempts:
                await _move_on(connection, generation, GenerationState.QUEUED, now_ms, interruptions=interruptions)
                continue
            reason = f"interrupted {interruptions} times"
            await _move_on(connection, generation, GenerationState.FAILED, now_ms, reason=reason)
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
    return [_record(row) for row in rows]


async def get(database: Database, generation_id: int) -> Generation | None:
    async with database.read() as connection:
        return await _get_on(connection, generation_id)


async def in_state(database: Database, state: GenerationState) -> list[Generation]:
    """All of them, oldest first. Meant for the active states, which are few."""
    async with database.read() as connection:
        rows = (
            await connection.execute(select(generations).where(_is(generations, state)).order_by(generations.c.id))
        ).all()
    return [_record(row) for row in rows]


async def active_of(database: Database, user_id: int) -> list[Generation]:
    """The member's generations that have not ended, oldest first."""
    statement = select(generations).where(generations.c.user_id == user_id, _is_active(generations))
    async with database.read() as connection:
        rows = (await connection.execute(statement.order_by(generations.c.id))).all()
    return [_record(row) for row in rows]


async def count_active(database: Database) -> dict[str, int]:
    """How many there are in each state that is not final, by the state's name."""
    statement = select(generations.c.state, func.count()).where(_is_active(generations)).group_by(generations.c.state)
    async with database.read() as connection:
        return {state: int(count) for state, count in (await connection.execute(statement)).all()}


async def page(
    database: Database, *, user_id: int | None = None, before_id: int | None = None, limit: int = 10
) -> list[Generation]:
    """Newest first; ``before_id`` is the last id of the page before. Without a user: everybody's."""
    statement = select(generations).order_by(generations.c.id.desc()).limit(limit)
    if user_id is not None:
        statement = statement.where(generations.c.user_id == user_id)
    if before_id is not None:
        statement = statement.where(generations.c.id < before_id)
    async with database.read() as connection:
        rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
    return [_record(row) for row in rows]


def _below(caps: RunningCaps) -> Iterator[ColumnElement[bool]]:
    """Whoever asked has fewer running than the caps allow."""
    for cap, same in ((caps.member, "user_id"), (caps.server, "guild_id")):
        if cap is None:
            continue
        other = generations.alias()
        running = (
            select(func.count())
            .where(other.c[same] == generations.c[same], _is(other, GenerationState.RUNNING))
            .correlate(generations)
            .scalar_subquery()
        )
        yield running < cap


def _fair_order() -> Select[Any]:
    """id, place: members take turns, oldest request first; who has something running waits a turn for each of them."""
    # By itself first: asked for the window at once, SQLite walks all members' history in the window's order instead of
    # the few rows that wait.
    waiting = (
        select(generations.c.id, generations.c.user_id)
        .where(_is(generations, GenerationState.QUEUED))
        .cte("waiting")
        .prefix_with("MATERIALIZED", dialect="sqlite")
    )
    nth = func.row_number().over(partition_by=waiting.c.user_id, order_by=waiting.c.id)
    running = generations.alias("running")
    busy = (
        select(func.count())
        .where(running.c.user_id == waiting.c.user_id, _is(running, GenerationState.RUNNING))
        .correlate(waiting)
        .scalar_subquery()
    )
    turns = select(waiting.c.id, (nth + busy).label("turn")).subquery()
    place = func.row_number().over(order_by=(turns.c.turn, turns.c.id)).label("place")
    return select(turns.c.id, place)


def _is(table: FromClause, state: GenerationState) -> ColumnElement[bool]:
    """In so many words and not as a parameter: only so does SQLite see that a partial index holds all such rows."""
    same = table.c.state == literal_column(f"'{state.value}'")
    return same if state is GenerationState.QUEUED or state not in _ACTIVE else and_(_is_active(table), same)


def _is_active(table: FromClause) -> ColumnElement[bool]:
    return table.c.state.in_([literal_column(f"'{state.value}'") for state in _ACTIVE])


async def _get_on(connection: AsyncConnection, generation_id: int) -> Generation | None:
    row = (await connection.execute(select(generations).where(generations.c.id == generation_id))).one_or_none()
    return None if row is None else _record(row)


async def _move_on(
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


def _record(row: Row[Any]) -> Generation:
    columns = dict(row._mapping)
    return Generation(
        origin=Origin(**{name: columns.pop(name) for name in _ORIGIN}),
        parameters=Parameters(**{name: columns.pop(name) for name in _PARAMETERS}),
        state=GenerationState(columns.pop("state")),
        **columns,
    )
