"""What a picture costs, what a member has left, and what a server's managers may give and set."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.errors import SettingRefused
from bot.services.clock import NowMs
from bot.services.house_rules import HouseRules
from bot.services.options import ImagineOptions, Wish, wish_for
from bot.services.requester import Requester, managed_server
from config import CheckpointSettings, QueueSettings, QuotaSettings, Settings
from db import Balance, Database, grants, policies, quota
from db.grants import Grant, TooLittleToGive, TooMuchGranted
from db.limits import DAY_SECONDS, MAX_WINDOW_SECONDS, MIN_WINDOW_SECONDS, Source
from db.policies import Allowance, Policy, Who

MILLICREDITS = 1000  # in a credit


def cost_millicredits(wish: Wish, checkpoints: Mapping[str, CheckpointSettings]) -> int:
    """1 credit for a picture of its checkpoint's native size and default steps; grows with pixels x steps, never below
    0.1 a picture."""
    cost = 0
    for request in wish.requests:
        checkpoint = checkpoints[request.checkpoint]
        width, height = checkpoint.native_size
        share = request.pixel_steps / (width * height * checkpoint.default_steps)
        cost += max(MILLICREDITS // 10, math.ceil(MILLICREDITS * share))
    return cost


def millicredits(credits_: float) -> int:
    return math.floor(credits_ * MILLICREDITS)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a picture would cost. ``enough_at_ms``: when it will be paid for; now if it is, None if it never will."""

    cost_millicredits: int
    balance: Balance
    enough_at_ms: int | None


class QuotaService:
    """What managers decide is refused with NotAManager to everybody else, in every place but their server."""

    def __init__(self, settings: QuotaSettings, queue: QueueSettings, database: Database, now_ms: NowMs) -> None:
        self._settings = settings
        self._database = database
        self._now_ms = now_ms
        ceiling = max(settings.ceiling_credits_per_day, settings.credits_per_day)
        self.allowance = Allowance(
            millicredits=millicredits(settings.credits_per_day),
            max_waiting=settings.max_waiting,
            windows=tuple((millicredits(window.credits), window.seconds) for window in settings.windows),
            ceiling_millicredits=millicredits(ceiling) if settings.ceiling_credits_per_day else None,
            server_millicredits=millicredits(settings.server_credits_per_day) or None,
            waiting_per_server=queue.waiting_per_server or None,
            ceiling_waiting=max(settings.ceiling_waiting, settings.max_waiting),
        )

    async def balance(self, requester: Requester) -> Balance:
        return await self.balance_of(_who(requester))

    async def balance_of(self, who: Who) -> Balance:
        return await quota.balance(self._database, who, self.allowance, now_ms=self._now_ms())

    async def left_millicredits(self, who: Who) -> int | None:
        """None: unlimited."""
        async with self._database.read() as connection:
            return (await quota.balance_on(connection, who, self.allowance, now_ms=self._now_ms())).left_millicredits

    async def enough_at(self, who: Who, cost_millicredits: int) -> int | None:
        """When it will be paid for if nothing else is asked for until then; None: never."""
        return await quota.enough_at(self._database, who, self.allowance, cost_millicredits, now_ms=self._now_ms())

    async def balance_for_manager(self, requester: Requester, who: Who) -> Balance:
        """Of another member. Raises NotAManager."""
        return await self.balance_of(replace(who, guild_id=managed_server(requester)))

    async def preview(
        self, requester: Requester, options: ImagineOptions, settings: Settings, rules: HouseRules
    ) -> Preview:
        """Spends nothing. Raises InvalidRequest."""
        wish = await asyncio.to_thread(wish_for, options, settings, rules)
        rules.check(wish.requests, requester.place, requester.role_ids)
        cost = cost_millicredits(wish, settings.checkpoints)
        who, now_ms = _who(requester), self._now_ms()
        balance = await quota.balance(self._database, who, self.allowance, now_ms=now_ms)
        enough_at_ms = await self.enough_at(who, cost)
        return Preview(cost, balance, enough_at_ms)

    async def grant(
        self, requester: Requester, grant_id: int, *, user_id: int, credits_: float, days: int, reason: str
    ) -> Grant:
        """Bonus credits for a member of the requester's server. Raises NotAManager, SettingRefused."""
        guild_id = managed_server(requester)
        amount = self._bonus(credits_)
        if not 1 <= days <= self._settings.grant_ceiling_days:
            raise SettingRefused("days", "from-to", least="1", most=str(self._settings.grant_ceiling_days))
        now_ms = self._now_ms()
        grant = Grant(
            id=grant_id,
            user_id=user_id,
            guild_id=guild_id,
            millicredits=amount,
            reason=reason,
            granted_by=requester.user_id,
            granted_at_ms=now_ms,
            expires_at_ms=now_ms + days * DAY_SECONDS * 1000,
        )
        with self._below_ceiling():
            await grants.give(self._database, grant, most_open_millicredits=self._most_bonus)
        return grant

    async def give_away(self, requester: Requester, gift_id: int, *, user_id: int, credits_: float) -> Grant:
        """Of the requester's own bonus credits, to another member of the server. What everybody is allowed anew each
        day cannot be given away: a second account would be a second share. Raises SettingRefused."""
        if requester.guild_id is None:
            raise SettingRefused("member", "gift-in-server")
        if user_id == requester.user_id:
            raise SettingRefused("member", "yourself")
        amount = self._bonus(credits_)
        try:
            with self._below_ceiling():
                return await grants.give_away(
                    self._database,
                    gift_id,
                    giver_id=requester.user_id,
                    user_id=user_id,
                    guild_id=requester.guild_id,
                    millicredits=amount,
                    now_ms=self._now_ms(),
                    most_open_millicredits=self._most_bonus,
                )
        except TooLittleToGive as error:
            left = f"{error.left_millicredits / MILLICREDITS:g}"
            raise SettingRefused("credits", "too-little-to-give", left=left) from None

    @property
    def _most_bonus(self) -> int:
        """That a member may hold unused, in millicredits."""
        return millicredits(self._settings.grant_ceiling_credits)

    def _bonus(self, credits_: float) -> int:
        """In millicredits. Raises SettingRefused."""
        if not self._most_bonus:
            raise SettingRefused("credits", "no-bonus")
        if (amount := millicredits(credits_)) <= 0:
            raise SettingRefused("credits", "more-than-nothing")
        return amount

    @contextmanager
    def _below_ceiling(self) -> Iterator[None]:
        try:
            yield
        except TooMuchGranted as error:
            held = f"{error.open_millicredits / MILLICREDITS:g}"
            ceiling = f"{self._settings.grant_ceiling_credits:g}"
            raise SettingRefused("credits", "bonus-ceiling", most=ceiling, held=held) from None

    async def policies(self, requester: Requester) -> list[Policy]:
        """What the managers of the requester's server set. Raises NotAManager."""
        return await policies.of_server(self._database, managed_server(requester))

    async def set_policy(
        self,
        requester: Requester,
        scope: Source,
        *,
        credits_: float | None,
        window_seconds: int = DAY_SECONDS,
        role_id: int | None = None,
        max_waiting: int | None = None,
    ) -> Policy:
        """``credits_`` None: unlimited, up to the operator's ceiling. Raises NotAManager, SettingRefused."""
        guild_id = managed_server(requester)
        if not MIN_WINDOW_SECONDS <= window_seconds <= MAX_WINDOW_SECONDS:
            raise SettingRefused("window", "not-a-window")
        self._check_below_ceiling(scope, credits_, window_seconds)
        most_waiting = max(self._settings.ceiling_waiting, self._settings.max_waiting)
        if max_waiting is not None and not 1 <= max_waiting <= most_waiting:
            raise SettingRefused("waiting", "from-to", least="1", most=str(most_waiting))
        policy = Policy(
            guild_id=guild_id,
            scope=scope,
            millicredits=None if credits_ is None else millicredits(credits_),
            window_seconds=window_seconds,
            role_id=role_id,
            max_waiting=max_waiting,
            set_by=requester.user_id,
            set_at_ms=self._now_ms(),
        )
        await policies.put(self._database, policy)
        return policy

    async def remove_policy(self, requester: Requester, policy: Policy) -> bool:
        """False if it was not there. Raises NotAManager."""
        seconds = 0 if policy.millicredits is None else policy.window_seconds
        removed = await policies.remove(
            self._database, managed_server(requester), policy.scope, role_id=policy.role_id, window_seconds=seconds
        )
        return removed > 0

    def _check_below_ceiling(self, scope: Source, credits_: float | None, window_seconds: int) -> None:
        """The ceiling holds by itself whenever something is asked for; this tells the manager in time."""
        is_pool = scope is Source.POOL
        most = self.allowance.server_millicredits if is_pool else self.allowance.ceiling_millicredits
        if most is None or credits_ is None:
            return
        days = max(1.0, window_seconds / DAY_SECONDS)
        if millicredits(credits_) > most * days:
            code = "above-server-ceiling" if is_pool else "above-ceiling"
            raise SettingRefused("credits", code, given=f"{credits_:g}", most=f"{most / MILLICREDITS:g}")


def _who(requester: Requester) -> Who:
    return Who(requester.user_id, requester.guild_id, requester.role_ids)
