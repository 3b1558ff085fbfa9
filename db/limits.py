"""Limits: how much may be used over a window, what was, and what follows from it for one member at one moment.

    Plan   windows that must all hold. Of a member's plans (the server's or the operator's default, one for each role)
           the one that leaves the most counts: another role never takes anything away.
    Cap    a window over everything, bonus included, that holds whatever the plan is: the operator's ceiling, or a
           server's pool.

A reservation takes from the plan first, and the rest from bonus credits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIN_WINDOW_SECONDS = 60
DAY_SECONDS = 24 * 60 * 60
MAX_WINDOW_SECONDS = 31 * DAY_SECONDS


class Source(StrEnum):
    """Who set a limit, and for whom."""

    OPERATOR = "operator"  # the settings, for every member
    CEILING = "ceiling"  # the settings, for every member, whatever managers allow
    OPERATOR_POOL = "operator pool"  # the settings, for each server as a whole
    MEMBER = "member"  # a server's managers, for its members
    ROLE = "role"  # a server's managers, for one role
    POOL = "server"  # a server's managers, for the server as a whole


@dataclass(frozen=True, slots=True)
class Limit:
    """``guild_id``: only what is used there counts; None: what is used anywhere. ``role_id``: of a role's policy."""

    source: Source
    millicredits: int
    window_ms: int
    guild_id: int | None = None
    role_id: int | None = None

    @property
    def is_pool(self) -> bool:
        """It counts what everybody in the server uses together."""
        return self.source in (Source.POOL, Source.OPERATOR_POOL)

    @property
    def counts_bonus(self) -> bool:
        return self.is_pool or self.source is Source.CEILING


@dataclass(frozen=True, slots=True)
class Plan:
    """Limits that must all hold; none at all: unlimited."""

    source: Source
    limits: tuple[Limit, ...]
    role_id: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A limit at one moment. ``returns_at_ms``: when the next credits come back in it; None if none are out."""

    limit: Limit
    used_millicredits: int
    returns_at_ms: int | None = None

    @property
    def left_millicredits(self) -> int:
        return max(0, self.limit.millicredits - self.used_millicredits)


@dataclass(frozen=True, slots=True)
class Bonus:
    """What is left of a grant. ``is_shared``: with everybody in the server."""

    grant_id: int
    left_millicredits: int
    expires_at_ms: int
    reason: str
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A member's quota at one moment, in one place. ``windows``: of the plan that leaves the most; none: unlimited.

    ``bonus``: in the order in which it is used. ``server_waiting`` and its limit: None where there is no such limit.
    """

    plan: Plan
    windows: tuple[Window, ...]
    caps: tuple[Window, ...]
    bonus: tuple[Bonus, ...]
    waiting: int
    max_waiting: int
    server_waiting: int | None = None
    max_server_waiting: int | None = None

    @property
    def allowance_millicredits(self) -> int | None:
        """What the plan leaves; None: unlimited."""
        return min((window.left_millicredits for window in self.windows), default=None)

    @property
    def bonus_millicredits(self) -> int:
        return sum(bonus.left_millicredits for bonus in self.bonus)

    @property
    def left_millicredits(self) -> int | None:
        """The most that one picture may cost now; None: unlimited."""
        own = self.allowance_millicredits
        amounts = [cap.left_millicredits for cap in self.caps]
        if own is not None:
            amounts.append(own + self.bonus_millicredits)
        return min(amounts, default=None)

    @property
    def narrowest(self) -> Window | None:
        """The limit that leaves the least; None: unlimited."""
        windows = [*self.caps, *self.windows]
        bonus = self.bonus_millicredits

        def left(window: Window) -> tuple[int, bool]:
            # Of two that leave the same, the member's own explains it best.
            is_cap = window.limit.counts_bonus
            return window.left_millicredits + (0 if is_cap else bonus), is_cap

        return min(windows, key=left, default=None)

    @property
    def returns_at_ms(self) -> int | None:
        """When the next credits come back in the narrowest limit."""
        return None if self.narrowest is None else self.narrowest.returns_at_ms

    @property
    def has_too_many_waiting(self) -> bool:
        return self.waiting >= self.max_waiting

    @property
    def is_server_full(self) -> bool:
        """As many wait in the server as may."""
        if self.max_server_waiting is None or self.server_waiting is None:
            return False
        return self.server_waiting >= self.max_server_waiting

    def pays_for(self, millicredits: int) -> bool:
        left = self.left_millicredits
        return left is None or millicredits <= left

    def from_bonus(self, millicredits: int) -> int:
        """How much of this cost the plan does not pay."""
        own = self.allowance_millicredits
        return 0 if own is None else max(0, millicredits - own)
