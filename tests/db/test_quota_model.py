"""Whatever is asked, granted, set and forgotten at invented times: the decisions are those of a simple model."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from db import Database, GenerationState, generations, grants, line, policies
from db.generations import NotAccepted
from db.grants import Grant, TooLittleToGive
from db.limits import DAY_SECONDS, Source
from db.policies import Allowance, Policy
from tests.db.quotas import DAY_MS, GUILD, a_grant, asking, sums


@dataclass
class Model:
    """The same rules written down naively: a list of charges, sums over all of it."""

    operator: Allowance
    plans: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)  # by role; 0: members
    pool: tuple[int, int] | None = None
    charges: dict[int, tuple[int, int, int, dict[int, int]]] = field(default_factory=dict)  # at, user, cost, by grant
    grants: dict[int, Grant] = field(default_factory=dict)
    given_away: Counter[int] = field(default_factory=Counter)  # of each grant

    def left_of(self, grant: Grant) -> int:
        used = sum(bonus.get(grant.id, 0) for *_, bonus in self.charges.values())
        return grant.millicredits - used - self.given_away[grant.id]

    def give_away(self, number: int, giver: int, user: int, amount: int, now: int) -> Grant | None:
        """None: there is not so much."""
        own = [one for one in self.grants.values() if one.user_id == giver and one.expires_at_ms > now]
        parts, rest = {}, amount
        for grant in sorted(own, key=lambda one: (-one.expires_at_ms, -one.id)):
            if part := min(rest, self.left_of(grant)):
                parts[grant.id], rest = part, rest - part
        if rest:
            return None
        self.given_away.update(parts)
        until = min(self.grants[id_].expires_at_ms for id_ in parts)
        return a_grant(number, amount, until, user_id=user, granted_by=giver, granted_at_ms=now, reason="")

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
                part = min(rest, self.left_of(grant))
                if part > 0:
                    taken[grant.id], rest = part, rest - part
        return taken if rest == 0 else None


LIMITS = st.tuples(st.sampled_from([0, 500, 1000, 2500]), st.sampled_from([600, DAY_SECONDS, 31 * DAY_SECONDS]))
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(1, 3), st.sets(st.integers(71, 72)), st.sampled_from([100, 700, 1000, 1900])),
    st.tuples(st.just("end"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 400_000, 3_600_000, DAY_MS - 1, DAY_MS, 10 * DAY_MS])),
    st.tuples(st.just("grant"), st.integers(1, 3), st.sampled_from([300, 2000]), st.integers(1, 3 * DAY_MS)),
    st.tuples(st.just("gift"), st.integers(1, 3), st.integers(1, 3), st.sampled_from([100, 300, 1500])),
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
    by_grant.update(model.given_away)
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
            waiting = await line.waiting(database, limit=1)
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
        case "gift":
            giver, user, amount = values
            expected_gift = model.give_away(number, giver, user, amount, now)
            gift = {"giver_id": giver, "user_id": user, "guild_id": GUILD, "millicredits": amount, "now_ms": now}
            if expected_gift is None:
                with pytest.raises(TooLittleToGive):
                    await grants.give_away(database, number, **gift, most_open_millicredits=10**9)
            else:
                for _ in range(2):  # Discord may deliver it twice
                    made = await grants.give_away(database, number, **gift, most_open_millicredits=10**9)
                    assert made == expected_gift
                model.grants[number] = expected_gift
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
