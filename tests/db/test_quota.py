"""Quotas by member, role and server with bonus credits: exact under concurrency, and what each rule means."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from db import Database, GenerationState, forgetting, generations, grants, line, policies, quota
from db.generations import NotAccepted
from db.grants import TooLittleToGive, TooMuchGranted
from db.limits import DAY_SECONDS, Source
from db.policies import Allowance, Policy, Who
from db.records import NewGeneration
from tests.db.quotas import DAY_MS, GUILD, a_grant, asking, sums


async def put(database: Database, scope: Source, credits_: int | None, seconds: int = DAY_SECONDS, **more: int) -> None:
    amount = None if credits_ is None else credits_ * 1000
    await policies.put(
        database, Policy(guild_id=GUILD, scope=scope, millicredits=amount, window_seconds=seconds, **more)
    )


async def accepted(database: Database, new: NewGeneration, allowance: Allowance, now_ms: int = 5) -> bool:
    try:
        await generations.accept(database, new, allowance, now_ms=now_ms)
    except NotAccepted:
        return False
    return True


async def refusal_of(database: Database, new: NewGeneration, allowance: Allowance, now_ms: int) -> NotAccepted:
    with pytest.raises(NotAccepted) as caught:
        await generations.accept(database, new, allowance, now_ms=now_ms)
    return caught.value


async def test_64_members_with_10_jobs_each_never_get_one_too_many(database: Database) -> None:
    """By member, role and server at once, racing for what there is, some of it coming back on the way."""
    operator = Allowance(millicredits=50_000, max_waiting=1000)
    await put(database, Source.MEMBER, 4)
    await put(database, Source.ROLE, 7, role_id=70)
    await put(database, Source.ROLE, None, role_id=99)
    await put(database, Source.POOL, 300)
    await grants.give(database, a_grant(1, 2500, DAY_MS, user_id=1))

    def roles(user_id: int) -> tuple[int, ...]:
        return {0: (70,), 1: (99, 70)}.get(user_id % 8, ())

    async def member(user_id: int) -> int:
        got = 0
        for nth in range(10):
            got += await accepted(database, asking(user_id * 100 + nth, user_id, roles=roles(user_id)), operator)
            await asyncio.sleep(0)
        return got

    counts = await asyncio.gather(*(member(user_id) for user_id in range(64)))
    for user_id, count in enumerate(counts):
        most = {0: 7, 1: 10}.get(user_id % 8, 4) + (2 if user_id == 1 else 0)
        assert count <= most
    # 8 with 7, 8 with 10, 48 with 4: more than the pool has, so it is used up to the last one.
    assert sum(counts) == 300
    used, of_grants = await sums(database)
    assert {user_id: amount // 1000 for user_id, amount in used.items()} == {
        user_id: count for user_id, count in enumerate(counts) if count
    }
    assert of_grants.get(1, 0) <= 2500


async def test_each_members_own_limit_is_reached_exactly_when_the_pool_has_room(database: Database) -> None:
    operator = Allowance(millicredits=3000, max_waiting=1000)
    await put(database, Source.ROLE, 5, role_id=70)
    await put(database, Source.POOL, 10_000)
    jobs = [asking(user * 100 + nth, user, roles=(70,) if user % 2 else ()) for user in range(64) for nth in range(10)]
    random.Random(1).shuffle(jobs)
    results = await asyncio.gather(*(accepted(database, job, operator) for job in jobs))
    counts = Counter(job.origin.user_id for job, got in zip(jobs, results, strict=True) if got)
    assert counts == {user: 5 if user % 2 else 3 for user in range(64)}


async def test_the_line_of_a_server_is_full_at_its_limit(database: Database) -> None:
    operator = Allowance(millicredits=10**9, max_waiting=1000, waiting_per_server=5)
    results = await asyncio.gather(*(accepted(database, asking(nth, nth), operator) for nth in range(1, 21)))
    assert sum(results) == 5
    refusal = await refusal_of(database, asking(50, 50), operator, 6)
    assert refusal.balance.is_server_full
    assert not refusal.has_too_many_waiting
    assert await line.claim_next(database, now_ms=7) is not None
    assert await accepted(database, asking(51, 51), operator), "what is drawn waits no more"


async def test_a_member_has_the_best_of_their_roles_and_unlimited_beats_all(database: Database) -> None:
    operator = Allowance(millicredits=1000, max_waiting=100)
    await put(database, Source.MEMBER, 2)
    await put(database, Source.ROLE, 1, role_id=71)
    await put(database, Source.ROLE, 3, role_id=72, max_waiting=101)
    await put(database, Source.ROLE, None, role_id=73)
    lefts = [
        (await quota.balance(database, Who(7, GUILD, frozenset(roles)), operator, now_ms=5)).left_millicredits
        for roles in ((), (71,), (71, 72), (71, 72, 73), (999,))
    ]
    assert lefts == [2000, 2000, 3000, None, 2000]
    in_dm = await quota.balance(database, Who(7, None, frozenset()), operator, now_ms=5)
    assert (in_dm.left_millicredits, in_dm.plan.source) == (1000, Source.OPERATOR)
    assert (await quota.balance(database, Who(7, GUILD, frozenset({72})), operator, now_ms=5)).max_waiting == 101


async def test_a_burst_and_a_day_both_hold_and_the_refusal_says_which_and_until_when(database: Database) -> None:
    operator = Allowance(millicredits=3000, max_waiting=100, windows=((2000, 600),))
    assert await accepted(database, asking(1), operator, 1_000)
    assert await accepted(database, asking(2), operator, 61_000)
    burst = await refusal_of(database, asking(3), operator, 62_000)
    assert burst.balance.narrowest is not None
    assert burst.balance.narrowest.limit.window_ms == 600_000
    assert burst.enough_at_ms == 601_000
    assert not await accepted(database, asking(4), operator, 600_999)
    assert await accepted(database, asking(5), operator, 601_000)
    day = await refusal_of(database, asking(6), operator, 700_000)
    assert day.balance.narrowest is not None
    assert day.balance.narrowest.limit.window_ms == DAY_MS
    assert day.enough_at_ms == 1_000 + DAY_MS
    never = await refusal_of(database, asking(7, cost=2001), operator, 700_000)
    assert never.enough_at_ms is None


async def test_a_policy_replaces_windows_up_to_its_own_and_longer_ones_stay(database: Database) -> None:
    operator = Allowance(millicredits=50_000, max_waiting=100, windows=((5000, 600),))
    who = Who(7, GUILD, frozenset({70}))

    async def windows() -> list[tuple[int, int]]:
        balance = await quota.balance(database, who, operator, now_ms=5)
        return [(one.limit.millicredits // 1000, one.limit.window_ms // 1000) for one in balance.windows]

    assert sorted(await windows()) == [(5, 600), (50, DAY_SECONDS)]
    await put(database, Source.ROLE, 30, 600, role_id=70)
    assert await windows() == [(30, 600), (50, DAY_SECONDS)]
    await put(database, Source.ROLE, 300, 7 * DAY_SECONDS, role_id=70)
    await policies.remove(database, GUILD, Source.ROLE, role_id=70, window_seconds=600)
    assert await windows() == [(300, 7 * DAY_SECONDS)]
    await put(database, Source.ROLE, None, role_id=70)
    assert await windows() == []
    await put(database, Source.ROLE, 80, role_id=70)
    assert await windows() == [(80, DAY_SECONDS)], "what is limited again is not unlimited"


async def test_the_operators_ceiling_holds_whatever_managers_allow(database: Database) -> None:
    operator = Allowance(1000, 100, ceiling_millicredits=3000, server_millicredits=4000)
    await put(database, Source.ROLE, None, role_id=70)
    await grants.give(database, a_grant(1, 9000, DAY_MS))
    got = [await accepted(database, asking(nth, roles=(70,)), operator) for nth in range(1, 6)]
    assert got == [True, True, True, False, False]
    refusal = await refusal_of(database, asking(9, roles=(70,)), operator, 6)
    assert refusal.balance.narrowest is not None
    assert refusal.balance.narrowest.limit.source is Source.CEILING
    assert [await accepted(database, asking(20 + nth, 8, roles=(70,)), operator) for nth in range(2)] == [True, False]


async def test_the_window_is_used_first_then_the_grant_that_expires_first(database: Database) -> None:
    operator = Allowance(millicredits=1500, max_waiting=100)
    await grants.give(database, a_grant(1, 1000, 3 * DAY_MS))
    await grants.give(database, a_grant(2, 700, 2 * DAY_MS))
    await grants.give(database, a_grant(3, 5000, 2 * DAY_MS, guild_id=2))
    await grants.give(database, a_grant(4, 5000, 2 * DAY_MS, user_id=8))
    assert await accepted(database, asking(1), operator)
    assert await sums(database) == ({7: 1000}, {})
    assert await accepted(database, asking(2, cost=1600), operator)
    assert (await sums(database))[1] == {2: 700, 1: 400}
    # A release gives both back, each to where it came from; a settle neither.
    second = await generations.get(database, 2)
    assert second is not None
    assert await generations.end(database, second, GenerationState.CANCELLED, reason="test", gives_back=True, now_ms=9)
    assert await sums(database) == ({7: 1000}, {2: 0, 1: 0})
    balance = await quota.balance(database, Who(7, GUILD), operator, now_ms=10)
    assert (balance.allowance_millicredits, balance.bonus_millicredits) == (500, 1700)
    later = await quota.balance(database, Who(7, GUILD), operator, now_ms=2 * DAY_MS)
    assert (later.allowance_millicredits, later.bonus_millicredits) == (1500, 1000)


async def test_what_bonus_paid_is_not_taken_from_the_window_too(database: Database) -> None:
    operator = Allowance(millicredits=1000, max_waiting=100)
    await grants.give(database, a_grant(1, 5000, DAY_MS * 9))
    for nth in range(1, 4):
        assert await accepted(database, asking(nth), operator, nth)
    # Only the first one counts in the window, so a day after it the window is whole again.
    balance = await quota.balance(database, Who(7, GUILD), operator, now_ms=1 + DAY_MS)
    assert (balance.allowance_millicredits, balance.bonus_millicredits) == (1000, 3000)


async def test_a_crash_loses_and_doubles_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Allowance(millicredits=500, max_waiting=100)
    await grants.give(database, a_grant(1, 1000, DAY_MS))

    async def torn(*_: object, **__: object) -> None:
        raise RuntimeError("planted, after the grant was used and before the ledger knows")

    with monkeypatch.context() as patch:
        patch.setattr("db.quota.grants.take_on", _then(grants.take_on, torn))
        with pytest.raises(RuntimeError, match="planted"):
            await generations.accept(database, asking(1), operator, now_ms=5)
    assert await sums(database) == ({}, {})
    assert await generations.get(database, 1) is None
    await generations.accept(database, asking(1), operator, now_ms=5)
    assert await sums(database) == ({7: 1000}, {1: 500})
    # Interrupted too often: all of it comes back, once.
    assert await line.claim_next(database, now_ms=6)
    for _ in range(2):
        await generations.recover(database, max_attempts=1, now_ms=7)
    assert await sums(database) == ({7: 0}, {1: 0})


def _then(first: Any, second: Any) -> Any:
    async def both(*arguments: Any, **named: Any) -> None:
        await first(*arguments, **named)
        await second(*arguments, **named)

    return both


async def test_used_bonus_stays_used_when_the_history_is_forgotten(database: Database) -> None:
    operator = Allowance(millicredits=0, max_waiting=100)
    await grants.give(database, a_grant(1, 1000, 90 * DAY_MS))
    await generations.accept(database, asking(1), operator, now_ms=5)
    claimed = await line.claim_next(database, now_ms=6)
    assert claimed is not None
    await generations.end(database, claimed, GenerationState.BLOCKED, reason="x", gives_back=False, now_ms=7)
    assert (await forgetting.drop_rows(database, before_ms=50 * DAY_MS)).rows == 1
    assert not await accepted(database, asking(2), operator, 51 * DAY_MS)
    assert await forgetting.drop_grants(database, before_ms=89 * DAY_MS) == 0
    assert await forgetting.drop_grants(database, before_ms=91 * DAY_MS) == 1
    assert await sums(database) == ({}, {})


async def test_deleted_data_takes_the_reasons_and_not_what_counts(database: Database) -> None:
    operator = Allowance(millicredits=0, max_waiting=100)
    await grants.give(database, a_grant(1, 2000, DAY_MS))
    await put(database, Source.POOL, 50, set_by=13)
    assert await accepted(database, asking(1), operator)
    found = [(table, row) async for table, row in forgetting.everything_of(database, 7)]
    assert [table for table, _ in found] == ["generations", "ledger", "grants", "grant_uses"]
    await forgetting.forget_traces(database, 7)
    [bonus] = (await quota.balance(database, Who(7, GUILD), operator, now_ms=6)).bonus
    assert (bonus.left_millicredits, bonus.reason) == (1000, "")
    await forgetting.forget_traces(database, 13)
    assert [one.set_by for one in await policies.of_server(database, GUILD)] == [None]
    rows = [row async for table, row in forgetting.everything_of(database, 7) if table == "grants"]
    assert rows[0]["granted_by"] is None


async def test_a_grant_is_given_once_and_not_above_what_may_be_open(database: Database) -> None:
    assert await grants.give(database, a_grant(1, 600, DAY_MS), most_open_millicredits=1000)
    assert not await grants.give(database, a_grant(1, 600, DAY_MS), most_open_millicredits=1000)
    results = await asyncio.gather(
        *(grants.give(database, a_grant(nth, 100, DAY_MS), most_open_millicredits=1000) for nth in range(2, 20)),
        return_exceptions=True,
    )
    assert sum(result is True for result in results) == 4
    assert all(isinstance(result, TooMuchGranted) for result in results if result is not True)
    assert await grants.give(database, a_grant(50, 1000, DAY_MS, user_id=8), most_open_millicredits=1000)
    assert await grants.give(database, a_grant(51, 1000, DAY_MS, guild_id=2), most_open_millicredits=1000)


async def test_gifts_of_many_at_once_never_give_more_than_there_is(database: Database) -> None:
    """Ten give to each other what three of them have, while they draw with it: not a credit is made or lost."""
    operator = Allowance(millicredits=0, max_waiting=1000)
    for user_id in (1, 2, 3):
        await grants.give(database, a_grant(user_id, 5000, DAY_MS, user_id=user_id))

    async def give(gift_id: int) -> bool:
        values = {"giver_id": gift_id % 10 + 1, "user_id": (gift_id * 3) % 10 + 1, "guild_id": GUILD, "now_ms": 5}
        try:
            await grants.give_away(database, gift_id, **values, millicredits=700, most_open_millicredits=9000)
        except (TooLittleToGive, TooMuchGranted):
            return False
        return True

    given, drawn = [], []
    for round_ in range(4):
        tries = [give(1000 + round_ * 100 + nth) for nth in range(50)]
        asks = [
            accepted(database, asking(2000 + round_ * 10 + user, user, cost=900), operator) for user in range(1, 11)
        ]
        found = await asyncio.gather(*tries, *asks)
        given += found[:50]
        drawn += found[50:]
    assert any(given)
    assert not all(given)
    left = 0
    for user_id in range(1, 11):
        balance = await quota.balance(database, Who(user_id, GUILD), operator, now_ms=5)
        assert all(bonus.left_millicredits > 0 for bonus in balance.bonus)
        assert balance.bonus_millicredits <= 9000
        left += balance.bonus_millicredits
    assert left + 900 * sum(drawn) == 15_000


async def test_a_gift_is_whole_or_not_at_all(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await grants.give(database, a_grant(1, 1000, DAY_MS, user_id=1))
    await grants.give(database, a_grant(2, 1000, 2 * DAY_MS, user_id=1))
    await grants.give(database, a_grant(3, 500, DAY_MS, user_id=None))
    gift: dict[str, Any] = {"giver_id": 1, "user_id": 2, "guild_id": GUILD, "now_ms": 5, "most_open_millicredits": 3000}

    async def crash(*_: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(grants, "take_on", crash)
        with pytest.raises(RuntimeError):
            await grants.give_away(database, 10, millicredits=1000, **gift)

    async def own(user_id: int) -> int:
        bonus = (await quota.balance(database, Who(user_id, GUILD), Allowance(0, 9), now_ms=5)).bonus
        return sum(one.left_millicredits for one in bonus if not one.is_shared)

    assert (await own(1), await own(2)) == (2000, 0)
    with pytest.raises(TooLittleToGive) as caught:
        await grants.give_away(database, 10, millicredits=2100, **gift)
    assert caught.value.left_millicredits == 2000, "what is everybody's is not theirs to give"
    made = await grants.give_away(database, 10, millicredits=800, **gift)
    assert made.expires_at_ms == 2 * DAY_MS, "what lasts longest goes first"
    assert (await own(1), await own(2)) == (1200, 800)
    with pytest.raises(TooMuchGranted):
        await grants.give_away(database, 11, millicredits=1200, **gift | {"most_open_millicredits": 1999})
    made = await grants.give_away(database, 11, millicredits=1200, **gift)
    assert made.expires_at_ms == DAY_MS
    assert (await own(1), await own(2)) == (0, 2000)
