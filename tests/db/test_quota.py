"""Quotas by member, role and server with bonus credits: exact under concurrency, and equal to a simple model."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from db import Database, GenerationState, forgetting, generations, grants, policies, quota
from db.generations import NotAccepted
from db.grants import Grant, TooMuchGranted
from db.limits import DAY_SECONDS, Source
from db.models import grant_uses, ledger
from db.policies import Allowance, Policy, Who
from db.records import NewGeneration
from tests.db.builders import a_new_generation

DAY_MS = DAY_SECONDS * 1000
GUILD = 1


def asking(generation_id: int, user_id: int = 7, *, roles: tuple[int, ...] = (), cost: int = 1000) -> NewGeneration:
    return replace(a_new_generation(generation_id, user_id=user_id, cost=cost), role_ids=frozenset(roles))


def a_grant(grant_id: int, millicredits: int, expires_at_ms: int, **values: object) -> Grant:
    fields: dict[str, object] = {"user_id": 7, "guild_id": GUILD, "granted_by": 13, "granted_at_ms": 0, "reason": "won"}
    return Grant(id=grant_id, millicredits=millicredits, expires_at_ms=expires_at_ms, **(fields | values))  # type: ignore[arg-type]


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


async def sums(database: Database) -> tuple[dict[int, int], dict[int, int]]:
    """Used by each member in all, and of each grant."""
    by_user = select(ledger.c.user_id, func.sum(ledger.c.millicredits)).group_by(ledger.c.user_id)
    by_grant = select(grant_uses.c.grant_id, func.sum(grant_uses.c.millicredits)).group_by(grant_uses.c.grant_id)
    async with database.read() as connection:
        return (
            {row[0]: int(row[1]) for row in (await connection.execute(by_user)).all()},
            {row[0]: int(row[1]) for row in (await connection.execute(by_grant)).all()},
        )


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
    assert await generations.claim_next(database, now_ms=7) is not None
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


async def test_used_bonus_stays_used_when_the_history_is_forgotten(database: Database) -> None:
    operator = Allowance(millicredits=0, max_waiting=100)
    await grants.give(database, a_grant(1, 1000, 90 * DAY_MS))
    await generations.accept(database, asking(1), operator, now_ms=5)
    claimed = await generations.claim_next(database, now_ms=6)
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
    await forgetting.forget_in_quotas(database, 7)
    [bonus] = (await quota.balance(database, Who(7, GUILD), operator, now_ms=6)).bonus
    assert (bonus.left_millicredits, bonus.reason) == (1000, "")
    await forgetting.forget_in_quotas(database, 13)
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


@dataclass
class Model:
    """The same rules written down naively: a list of charges, sums over all of it."""

    operator: Allowance
    plans: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # by role; 0: members
    pool: tuple[int, int] | None = None
    charges: dict[int, tuple[int, int, int, dict[int, int]]] = field(default_factory=dict)  # at, user, cost, by grant
    grants: dict[int, Grant] = field(default_factory=dict)

    def left_in(self, limit: tuple[int, int], user: int | None, now: int) -> int:
        amount, seconds = limit
        used = sum(
            cost - (sum(bonus.values()) if user is not None else 0)
            for at, who, cost, bonus in self.charges.values()
            if at > now - seconds * 1000 and user in (None, who)
        )
        return max(0, amount - used)

    def decide(self, user: int, roles: tuple[int, ...], cost: int, now: int) -> dict[int, int] | None:
        """What each grant pays, or None: refused."""
        base = self.plans.get(0, ((self.operator.millicredits, DAY_SECONDS),))
        if base and base[0][1] < DAY_SECONDS:
            base += ((self.operator.millicredits, DAY_SECONDS),)
        found = [base]
        for role in roles:
            if role in self.plans:
                mine = self.plans[role]
                found.append(mine + tuple(one for one in base if mine and one[1] > mine[0][1]))
        left = max(min((self.left_in(limit, user, now) for limit in plan), default=10**12) for plan in found)
        if self.pool is not None and self.left_in(self.pool, None, now) < cost:
            return None
        rest, taken = max(0, cost - left), {}
        for grant in sorted(self.grants.values(), key=lambda one: (one.expires_at_ms, one.id)):
            if grant.user_id == user and grant.expires_at_ms > now:
                part = min(
                    rest, grant.millicredits - sum(bonus.get(grant.id, 0) for *_, bonus in self.charges.values())
                )
                if part > 0:
                    taken[grant.id], rest = part, rest - part
        return taken if rest == 0 else None


LIMITS = st.tuples(st.sampled_from([0, 500, 1000, 2500]), st.sampled_from([600, DAY_SECONDS, 31 * DAY_SECONDS]))
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 3), st.sets(st.integers(71, 72)), st.sampled_from([100, 700, 1000, 1900])),
    st.tuples(st.just("end"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 400_000, 3_600_000, DAY_MS - 1, DAY_MS, 10 * DAY_MS])),
    st.tuples(st.just("grant"), st.integers(1, 3), st.sampled_from([300, 2000]), st.integers(1, 3 * DAY_MS)),
    st.tuples(st.just("policy"), st.sampled_from([0, 71, 72]), st.one_of(st.none(), LIMITS)),
    st.tuples(st.just("pool"), LIMITS),
    st.tuples(st.just("remove"), st.sampled_from([0, 71, 72])),
)


@hypothesis_settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
async def test_whatever_is_asked_granted_and_set_the_decision_is_the_models(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    file: Path = tmp_path_factory.mktemp("quota") / "lienzo.sqlite3"
    operator = Allowance(millicredits=2000, max_waiting=10**6)
    model = Model(operator)
    now = 100 * DAY_MS
    async with await Database.open(file, synchronous="NORMAL") as database:
        for number, (kind, *values) in enumerate(steps, start=1):
            await _do(database, model, number, kind, values, now)  # type: ignore[arg-type]
            now += values[0] if kind == "wait" else 0  # type: ignore[operator]
        used, of_grants = await sums(database)
    by_user: Counter[int] = Counter()
    by_grant: Counter[int] = Counter()
    for _, user, cost, bonus in model.charges.values():
        by_user[user] += cost
        by_grant.update(bonus)
    assert +Counter(used) == +by_user
    assert +Counter(of_grants) == +by_grant


async def _do(database: Database, model: Model, number: int, kind: str, values: list, now: int) -> None:
    match kind:
        case "ask":
            user, roles, cost = values
            expected = model.decide(user, tuple(roles), cost, now)
            new = asking(number, user, roles=tuple(roles), cost=cost)
            try:
                await generations.accept(database, new, model.operator, now_ms=now)
            except NotAccepted as refusal:
                assert expected is None
                await _is_the_first_moment(model, user, tuple(roles), cost, now, refusal.enough_at_ms)
            else:
                assert expected is not None
                model.charges[number] = (now, user, cost, expected)
        case "end":
            waiting = await generations.line(database, limit=1)
            if waiting:
                end = generations.end
                await end(database, waiting[0], GenerationState.FAILED, reason="x", gives_back=values[0], now_ms=now)
                if values[0]:
                    del model.charges[waiting[0].id]
        case "grant":
            user, amount, lasts = values
            grant = a_grant(number, amount, now + lasts, user_id=user, granted_at_ms=now)
            await grants.give(database, grant)
            model.grants[number] = grant
        case "policy" | "remove" | "pool":
            role = values[0] if kind != "pool" else 0
            scope = Source.POOL if kind == "pool" else Source.ROLE if role else Source.MEMBER
            await policies.remove(database, GUILD, scope, role_id=role or None)
            if kind == "remove":
                model.plans.pop(role, None)
                return
            limit = values[-1]
            if kind == "pool":
                model.pool = limit
            else:
                model.plans[role] = () if limit is None else (limit,)
            if kind == "policy" or limit is not None:
                amount, seconds = (None, DAY_SECONDS) if limit is None else limit
                policy = Policy(
                    guild_id=GUILD, scope=scope, millicredits=amount, window_seconds=seconds, role_id=role or None
                )
                await policies.put(database, policy)


async def _is_the_first_moment(
    model: Model, user: int, roles: tuple[int, ...], cost: int, now: int, enough_at_ms: int | None
) -> None:
    """The model agrees that it is refused until then and accepted at that moment."""
    windows = (600, DAY_SECONDS, 31 * DAY_SECONDS)
    ends = {at + seconds * 1000 for at, *_ in model.charges.values() for seconds in windows}
    moments = sorted(moment for moment in ends if moment > now)
    first = next((moment for moment in moments if model.decide(user, roles, cost, moment) is not None), None)
    assert first == enough_at_ms
