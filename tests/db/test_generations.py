"""Generations and the quota on a real SQLite file: exact under concurrency, moved once, closed once."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from db import Database, GenerationState, generations, history, line, quota
from db.generations import NotAccepted
from db.history import Search
from db.line import RunningCaps
from db.models import ledger
from db.quota import WINDOW_MS, Allowance
from tests.db.builders import PLENTY, a_new_generation


async def used(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(func.coalesce(func.sum(ledger.c.millicredits), 0))) or 0)


async def test_64_tasks_racing_for_100_credits_issue_exactly_100(database: Database) -> None:
    allowance = Allowance(millicredits=100_000, max_waiting=1000)

    async def race(task: int) -> int:
        accepted = 0
        for nth in range(10):
            try:
                await generations.accept(database, a_new_generation(task * 100 + nth + 1), allowance, now_ms=5)
                accepted += 1
            except NotAccepted as refusal:
                assert refusal.balance.left_millicredits == 0
        return accepted

    assert sum(await asyncio.gather(*(race(task) for task in range(64)))) == 100
    assert await used(database) == 100_000


async def test_the_cap_on_waiting_is_exact_too(database: Database) -> None:
    allowance = Allowance(millicredits=1_000_000, max_waiting=3)
    results = await asyncio.gather(
        *(generations.accept(database, a_new_generation(nth), allowance, now_ms=5) for nth in range(1, 21)),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 3
    refusals = [result for result in results if isinstance(result, NotAccepted)]
    assert len(refusals) == 17
    assert all(refusal.has_too_many_waiting for refusal in refusals)


async def test_the_same_interaction_twice_is_one_generation_and_one_charge(database: Database) -> None:
    first = await generations.accept(database, a_new_generation(9), PLENTY, now_ms=5)
    second = await generations.accept(database, a_new_generation(9, cost=5000), PLENTY, now_ms=6)
    assert first == second
    assert await used(database) == 1000


async def test_a_picture_that_is_drawn_is_spent_and_the_token_forgotten(database: Database) -> None:
    await generations.accept(database, a_new_generation(), PLENTY, now_ms=5)
    claimed = await line.claim_next(database, now_ms=6)
    assert claimed is not None
    assert (claimed.state, claimed.attempt) == (GenerationState.RUNNING, 1)
    assert await generations.begin_posting(
        database, claimed, image_sha256=b"x" * 32, image_extension="png", image_bytes=9, draw_seconds=1.0, now_ms=7
    )
    posting = await generations.get(database, 1)
    assert posting is not None
    assert await generations.finish_posting(database, posting, message_id=77, now_ms=8)
    done = await generations.get(database, 1)
    assert done is not None
    assert (done.state, done.message_id, done.origin.interaction_token) == (GenerationState.DONE, 77, None)
    assert await used(database) == 1000


@pytest.mark.parametrize(("gives_back", "expected"), [(True, 0), (False, 1000)])
async def test_an_end_closes_the_reservation_once(database: Database, gives_back: bool, expected: int) -> None:
    accepted = await generations.accept(database, a_new_generation(), PLENTY, now_ms=5)
    ends = [
        await generations.end(
            database, accepted, GenerationState.CANCELLED, reason="test", gives_back=gives_back, now_ms=6
        )
        for _ in range(2)
    ]
    assert ends == [True, False]
    assert await used(database) == expected


async def test_who_was_overtaken_cannot_move_it(database: Database) -> None:
    accepted = await generations.accept(database, a_new_generation(), PLENTY, now_ms=5)
    claimed = await line.claim_next(database, now_ms=6)
    assert claimed is not None
    assert await generations.hand_back(database, claimed, now_ms=7)
    again = await line.claim_next(database, now_ms=8)
    assert again is not None
    assert again.attempt == 2
    for stale in (accepted, claimed):
        assert not await generations.end(
            database, stale, GenerationState.FAILED, reason="stale", gives_back=True, now_ms=9
        )
    assert await used(database) == 1000


async def test_members_take_turns(database: Database) -> None:
    for nth in range(1, 5):
        await generations.accept(database, a_new_generation(nth, user_id=1), PLENTY, now_ms=nth)
    for nth in range(5, 7):
        await generations.accept(database, a_new_generation(nth, user_id=2), PLENTY, now_ms=nth)
    await generations.accept(database, a_new_generation(7, user_id=3), PLENTY, now_ms=7)
    assert [waiting.id for waiting in await line.waiting(database)] == [1, 5, 7, 2, 6, 3, 4]
    assert [await line.place_of(database, nth) for nth in (1, 7, 4)] == [1, 3, 7]
    order = []
    while claimed := await line.claim_next(database, now_ms=9):
        order.append(claimed.id)
    assert order == [1, 5, 7, 2, 6, 3, 4]


async def test_caps_hold_back_whoever_has_enough_running(database: Database) -> None:
    for nth in range(1, 7):
        new = a_new_generation(nth, user_id=1 + nth % 2)
        await generations.accept(database, new, PLENTY, now_ms=nth)
    order = []
    while claimed := await line.claim_next(database, now_ms=9, caps=RunningCaps(member=2)):
        order.append(claimed.id)
    assert sorted(order) == [1, 2, 3, 4]
    assert await line.claim_next(database, now_ms=9, caps=RunningCaps(server=4)) is None
    assert await line.claim_next(database, now_ms=9, caps=RunningCaps(member=3)) is not None


async def test_who_has_waited_too_long_is_let_go_and_pays_nothing(database: Database) -> None:
    for nth in range(1, 5):
        await generations.accept(database, a_new_generation(nth), PLENTY, now_ms=nth * 1000)
    claimed = await line.claim_next(database, now_ms=5000)
    assert claimed is not None
    expired = await line.expire(database, before_ms=3500, now_ms=9000)
    assert [one.id for one in expired] == [2, 3]
    assert await used(database) == 2000
    assert await line.expire(database, before_ms=3500, now_ms=9000) == []
    row = await generations.get(database, 2)
    assert row is not None
    assert row.state is GenerationState.EXPIRED


async def test_64_claimers_never_take_the_same_one(database: Database) -> None:
    for nth in range(1, 101):
        await generations.accept(database, a_new_generation(nth, user_id=nth % 9), PLENTY, now_ms=nth)

    async def claimer() -> list[int]:
        mine = []
        while claimed := await line.claim_next(database, now_ms=200):
            mine.append(claimed.id)
        return mine

    claims = await asyncio.gather(*(claimer() for _ in range(64)))
    assert sorted(nth for mine in claims for nth in mine) == list(range(1, 101))


async def test_recovery_gives_three_attempts_and_then_the_credits_back(database: Database) -> None:
    await generations.accept(database, a_new_generation(), PLENTY, now_ms=5)
    for _ in range(2):
        assert await line.claim_next(database, now_ms=6)
        assert await generations.recover(database, max_attempts=3, now_ms=7) == []
    assert await line.claim_next(database, now_ms=8)
    ended = await generations.recover(database, max_attempts=3, now_ms=9)
    assert [generation.id for generation in ended] == [1]
    assert await used(database) == 0


async def test_handing_back_on_a_planned_stop_costs_no_attempt(database: Database) -> None:
    await generations.accept(database, a_new_generation(), PLENTY, now_ms=5)
    for _ in range(10):
        claimed = await line.claim_next(database, now_ms=6)
        assert claimed is not None
        assert await generations.hand_back(database, claimed, now_ms=7)
    assert await generations.recover(database, max_attempts=3, now_ms=8) == []


async def test_the_window_rolls_and_says_when_credits_return(database: Database) -> None:
    allowance = Allowance(millicredits=2000, max_waiting=9)
    await generations.accept(database, a_new_generation(1), allowance, now_ms=1000)
    await generations.accept(database, a_new_generation(2), allowance, now_ms=5000)
    balance = await quota.balance(database, 7, allowance, now_ms=6000)
    assert (balance.left_millicredits, balance.returns_at_ms) == (0, 1000 + WINDOW_MS)
    balance = await quota.balance(database, 7, allowance, now_ms=1000 + WINDOW_MS)
    assert (balance.left_millicredits, balance.returns_at_ms) == (1000, 5000 + WINDOW_MS)
    # What comes back late still counts when it was reserved: it cannot make room twice.
    first = await generations.get(database, 1)
    assert first is not None
    await generations.end(
        database, first, GenerationState.FAILED, reason="late", gives_back=True, now_ms=1000 + WINDOW_MS
    )
    assert (await quota.balance(database, 7, allowance, now_ms=1000 + WINDOW_MS)).left_millicredits == 1000


async def test_pages_are_newest_first_and_one_members_own(database: Database) -> None:
    for nth in range(1, 8):
        await generations.accept(database, a_new_generation(nth, user_id=nth % 2), PLENTY, now_ms=nth)
    first = await history.page(database, Search(user_id=1), limit=3)
    assert [generation.id for generation in first] == [7, 5, 3]
    rest = await history.page(database, Search(user_id=1), before_id=3, limit=3)
    assert [generation.id for generation in rest] == [1]


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_whatever_happens_the_ledger_adds_up(database: Database, seed: int) -> None:
    """Random moves by several owners of stale knowledge: one reservation, closed at most once, nothing else."""
    chance = random.Random(seed)
    base = seed * 1000 + 1
    allowance = Allowance(millicredits=10**12, max_waiting=10**6)
    seen = [
        await generations.accept(database, a_new_generation(base + nth, user_id=base), allowance, now_ms=1)
        for nth in range(4)
    ]
    for _ in range(30):
        known = chance.choice(seen)
        match chance.randrange(5):
            case 0:
                claimed = await line.claim_next(database, now_ms=2)
                seen += [claimed] if claimed else []
            case 1:
                await generations.hand_back(database, known, now_ms=3)
            case 2 if known.state is GenerationState.RUNNING:
                await generations.begin_posting(
                    database, known, image_sha256=b"i", image_extension="png", image_bytes=9, draw_seconds=0.1, now_ms=4
                )
            case 3:
                await generations.end(
                    database,
                    known,
                    GenerationState.FAILED,
                    reason="chance",
                    gives_back=chance.random() < 0.5,
                    now_ms=5,
                )
            case _:
                current = await generations.get(database, known.id)
                seen += [current] if current else []
    async with database.read() as connection:
        rows = (await connection.execute(select(ledger).where(ledger.c.user_id == base))).all()
    for nth in range(4):
        mine = [row for row in rows if row.generation_id == base + nth]
        current = await generations.get(database, base + nth)
        assert current is not None
        closed = [row for row in mine if row.kind != "reserve"]
        assert len(mine) - len(closed) == 1
        is_closed = current.state.is_final or current.state is GenerationState.POSTING
        assert len(closed) == (1 if is_closed else 0)
        assert sum(row.millicredits for row in mine) in (0, 1000)
