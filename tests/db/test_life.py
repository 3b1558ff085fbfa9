"""The life of Generations, driven at random on a real database against a model of a few lines.

Whoever moves one may hold what it was long ago: the model says which of them still may. After every step each row and
its part of the ledger are what the model says, so that each ends once and is paid for once.
"""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from db import Database, Generation, GenerationState, generations, line
from db.models import ledger
from db.records import MOVES
from tests.db.builders import PLENTY, a_new_generation

T = TypeVar("T")
S = GenerationState
COST = 1000
MAX_ATTEMPTS = 3
ENDS = [S.FAILED, S.CANCELLED, S.BLOCKED, S.EXPIRED]


@dataclass(frozen=True)
class Life:
    """``closed``: what closed its reservation, and with how much."""

    state: GenerationState = S.QUEUED
    attempt: int = 0
    interruptions: int = 0
    picture: bytes | None = None
    message_id: int | None = None
    has_token: bool = True
    closed: tuple[str, int] | None = None

    def moved(self, state: GenerationState, **changes: Any) -> "Life":
        assert state in MOVES[self.state]
        return replace(self, state=state, **changes)

    def ledger(self) -> dict[str, int]:
        return {"reserve": COST} | (dict([self.closed]) if self.closed else {})


@cache
def an_empty_database() -> Path:
    """A migrated one, to be copied: each example begins with it."""
    file = Path(tempfile.mkdtemp(prefix="lienzo-life-")) / "lienzo.sqlite3"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)

    async def make() -> None:
        async with await Database.open(file):
            pass

    asyncio.run(make())
    return file


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="lienzo-life-"))
        self.model: dict[int, Life] = {}
        self.seen: list[Generation] = []  # what anybody ever read, stale or not
        self.now = 0

    @initialize()
    def open(self) -> None:
        file = self.folder / "lienzo.sqlite3"
        if not file.exists():
            shutil.copy(an_empty_database(), file)
        self.database = self.run(Database.open(self.folder / "lienzo.sqlite3", synchronous="NORMAL"))

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.runner.run(waited())

    def tick(self) -> int:
        self.now += 1
        return self.now

    def holder(self, data: st.DataObject, *states: GenerationState) -> Generation:
        """Somebody's knowledge of a Generation: mostly of one in one of these states, and often no longer true."""
        knows = [one for one in self.seen if one.state in states]
        anything = not knows or data.draw(st.integers(0, 7)) == 0
        return data.draw(st.sampled_from(self.seen if anything else knows))

    def may(self, held: Generation, state: GenerationState) -> bool:
        life = self.model[held.id]
        return (life.state, life.attempt) == (held.state, held.attempt) and state in MOVES[held.state]

    @rule(key=st.integers(1, 3), member=st.integers(1, 2))
    def accept(self, key: int, member: int) -> None:
        new = a_new_generation(key, user_id=member, cost=COST)
        accepted = self.run(generations.accept(self.database, new, PLENTY, now_ms=self.tick()))
        self.model.setdefault(key, Life())
        assert accepted.state is self.model[key].state
        self.seen.append(accepted)

    @rule()
    def claim(self) -> None:
        claimed = self.run(line.claim_next(self.database, now_ms=self.tick()))
        queued = {key for key, life in self.model.items() if life.state is S.QUEUED}
        if claimed is None:
            assert not queued
            return
        assert claimed.id in queued
        life = self.model[claimed.id]
        self.model[claimed.id] = life.moved(S.RUNNING, attempt=life.attempt + 1)
        self.seen.append(claimed)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        found = self.run(generations.get(self.database, self.holder(data).id))
        assert found is not None
        self.seen.append(found)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def hand_back(self, data: st.DataObject) -> None:
        held = self.holder(data, S.RUNNING)
        may = self.may(held, S.QUEUED)
        assert self.run(generations.hand_back(self.database, held, now_ms=self.tick())) == may
        if may:
            self.model[held.id] = self.model[held.id].moved(S.QUEUED)

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), state=st.sampled_from(ENDS), gives_back=st.booleans())
    def end(self, data: st.DataObject, state: GenerationState, gives_back: bool) -> None:
        held = self.holder(data, S.QUEUED, S.RUNNING, S.POSTING)
        may = self.may(held, state)
        done = self.run(
            generations.end(self.database, held, state, reason="chance", gives_back=gives_back, now_ms=self.tick())
        )
        assert done == may
        if may:
            closed = ("release", -COST) if gives_back else ("settle", 0)
            life = self.model[held.id]
            self.model[held.id] = life.moved(state, closed=life.closed or closed)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def begin_posting(self, data: st.DataObject) -> None:
        held, picture = self.holder(data, S.RUNNING), bytes([self.now % 256])
        may = self.may(held, S.POSTING)
        done = self.run(
            generations.begin_posting(
                self.database,
                held,
                image_sha256=picture,
                image_extension="png",
                image_bytes=9,
                draw_seconds=0.1,
                now_ms=self.tick(),
            )
        )
        assert done == may
        if may:
            life = self.model[held.id]
            self.model[held.id] = life.moved(S.POSTING, picture=picture, closed=("settle", 0))

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def make_smaller(self, data: st.DataObject) -> None:
        held, picture = self.holder(data, S.POSTING), bytes([self.tick() % 256])
        life = self.model[held.id]
        may = (life.state, life.attempt) == (S.POSTING, held.attempt)
        done = self.run(
            generations.replace_picture(
                self.database, held, image_sha256=picture, image_extension="webp", image_bytes=5
            )
        )
        assert done == may
        if may:
            self.model[held.id] = replace(life, picture=picture)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def finish_posting(self, data: st.DataObject) -> None:
        held, message_id = self.holder(data, S.POSTING), self.tick()
        may = self.may(held, S.DONE)
        done = self.run(generations.finish_posting(self.database, held, message_id=message_id, now_ms=self.tick()))
        assert done == may
        if may:
            life = self.model[held.id]
            self.model[held.id] = life.moved(S.DONE, message_id=message_id, has_token=False)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def record_message(self, data: st.DataObject) -> None:
        held, message_id = self.holder(data), self.tick()
        self.run(generations.record_message(self.database, held.id, message_id))
        life = self.model[held.id]
        self.model[held.id] = replace(life, message_id=life.message_id or message_id)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def told(self, data: st.DataObject) -> None:
        held = self.holder(data)
        self.run(generations.told(self.database, held.id))
        life = self.model[held.id]
        if life.state.is_final:
            self.model[held.id] = replace(life, has_token=False)

    @rule()
    def crash(self) -> None:
        """The process is gone in the middle of whatever it did; the next one recovers."""
        self.run(self.database.close())
        self.open()
        ended = self.run(generations.recover(self.database, max_attempts=MAX_ATTEMPTS, now_ms=self.tick()))
        gave_up = set()
        for key, life in self.model.items():
            if life.state is S.RUNNING and life.interruptions + 1 < MAX_ATTEMPTS:
                self.model[key] = life.moved(S.QUEUED, interruptions=life.interruptions + 1)
            elif life.state is S.RUNNING:
                self.model[key] = life.moved(S.FAILED, closed=("release", -COST))
                gave_up.add(key)
        assert {one.id for one in ended} == gave_up
        untold = self.run(generations.untold(self.database, since_id=0))
        assert [one.id for one in untold] == sorted(
            key for key, life in self.model.items() if life.state.is_final and life.has_token
        )

    @rule()
    def expire(self) -> None:
        """Everything that waits has waited too long."""
        expired = self.run(line.expire(self.database, before_ms=self.now + 1, now_ms=self.tick()))
        waited = {key for key, life in self.model.items() if life.state is S.QUEUED}
        assert {one.id for one in expired} == waited
        for key in waited:
            self.model[key] = self.model[key].moved(S.EXPIRED, closed=("release", -COST))

    @invariant()
    def rows_and_ledger_are_what_the_model_says(self) -> None:
        for key, life in self.model.items():
            row = self.run(generations.get(self.database, key))
            assert row is not None
            assert (
                Life(
                    row.state,
                    row.attempt,
                    row.interruptions,
                    row.image_sha256,
                    row.message_id,
                    row.origin.interaction_token is not None,
                    life.closed,
                )
                == life
            )
        assert self.run(self.entries()) == {key: life.ledger() for key, life in self.model.items()}

    async def entries(self) -> dict[int, dict[str, int]]:
        found: dict[int, dict[str, int]] = {}
        async with self.database.read() as connection:
            for row in (await connection.execute(select(ledger))).all():
                found.setdefault(row.generation_id, {})[row.kind] = row.millicredits
        return found


Lives.TestCase.settings = hypothesis_settings(max_examples=25, stateful_step_count=40, deadline=None)
TestLives = Lives.TestCase
