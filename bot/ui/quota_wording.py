"""What a person reads about credits. The messages are in bot/ui/languages/."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bot import errors
from bot.services.quota import MILLICREDITS, Preview
from bot.ui.language import say
from bot.ui.message import fitted
from bot.ui.sanitise import quoted
from db import Balance, Generation
from db.grants import Grant
from db.limits import Limit, Source, Window
from db.policies import Allowance, Policy, operator_plan

BAR_CELLS = 10


def credits_text(millicredits: int) -> str:
    """2500 -> "2.5 credits"."""
    return credits_number(millicredits / MILLICREDITS)


def credits_number(amount: float) -> str:
    return say("credits", amount=f"{amount:.10g}", count=amount)


def span(seconds: int) -> str:
    """86400 -> "24 hours"; 600 -> "10 minutes"."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds % size == 0 and (size != 86400 or seconds > 86400):
            return say(f"span-{name}", count=seconds // size)
    return say("span-seconds", count=seconds)


def moment(ms: int, style: str = "R") -> str:
    """Never before it is true: rounded up to the second."""
    return f"<t:{math.ceil(ms / 1000)}:{style}>"


def cost(generation: Generation, left_millicredits: int | None) -> str:
    """``left_millicredits``: of its member; None: not worth a word."""
    text = credits_text(generation.cost_millicredits)
    if left_millicredits is None:
        return say("costs", credits=text)
    return say("costs-and-left", credits=text, left=credits_text(left_millicredits))


def refusal(error: errors.QuotaExceeded | errors.TooManyWaiting | errors.ServerLineFull) -> str:
    balance = error.balance
    match error:
        case errors.QuotaExceeded():
            return _not_enough(balance, error.cost_millicredits, error.enough_at_ms)
        case errors.TooManyWaiting():
            return say("too-many-waiting", waiting=str(balance.waiting), most=str(balance.max_waiting))
        case errors.ServerLineFull():
            return say("server-line-full", waiting=str(balance.server_waiting), most=str(balance.max_server_waiting))


def _not_enough(balance: Balance, cost_millicredits: int, enough_at_ms: int | None) -> str:
    narrowest = balance.narrowest
    assert narrowest is not None, "an unlimited one is never refused"
    limit = narrowest.limit
    have = say("server-has-left", credits=credits_text(narrowest.left_millicredits))
    if not limit.is_pool:
        has_bonus = balance.bonus_millicredits and not limit.counts_bonus
        key = "you-have-left-with-bonus" if has_bonus else "you-have-left"
        have = say(key, credits=credits_text(balance.left_millicredits or 0))
    if enough_at_ms is not None:
        when = say("enough-at", **{"in": moment(enough_at_ms), "at": moment(enough_at_ms, "T")})
    else:
        when = say("enough-never" if limit.millicredits else "enough-not-without-more")
    return say(
        "not-enough",
        cost=credits_text(cost_millicredits),
        have=have,
        whole=in_window(limit.millicredits, limit.window_ms // 1000),
        origin=origin(limit),
        when=when,
    )


def in_window(millicredits: int, seconds: int) -> str:
    return say("in-window", credits=credits_text(millicredits), span=span(seconds))


def origin(limit: Limit) -> str:
    """Where a limit comes from."""
    match limit.source:
        case Source.OPERATOR:
            return say("origin-operator")
        case Source.CEILING:
            return say("origin-ceiling")
        case Source.OPERATOR_POOL:
            return say("origin-operator-pool")
        case Source.MEMBER:
            return say("origin-member")
        case Source.ROLE:
            return say("origin-role", role=f"<@&{limit.role_id}>")
        case Source.POOL:
            return say("origin-pool")


def _bar(window: Window) -> str:
    share = window.left_millicredits / window.limit.millicredits if window.limit.millicredits else 0
    filled = round(BAR_CELLS * share)
    return "▰" * filled + "▱" * (BAR_CELLS - filled)


def _window(window: Window) -> str:
    limit = window.limit
    text = say(
        "window",
        left=credits_text(window.left_millicredits),
        whole=credits_text(limit.millicredits),
        span=span(limit.window_ms // 1000),
        origin=origin(limit),
    )
    back = "" if window.returns_at_ms is None else " · " + say("window-returns", when=moment(window.returns_at_ms))
    return f"{_bar(window)} {text}{back}"


def balance(balance: Balance, whose: str = "") -> str:
    """Everything that decides. ``whose``: of another member, as a mention."""
    lines = [say("credits-of", member=whose)] if whose else []
    if not balance.windows:
        role_id = balance.plan.role_id
        lines.append(say("unlimited-for-role", role=f"<@&{role_id}>") if role_id else say("unlimited"))
    lines += [f"🪙 {_window(window)}" for window in balance.windows]
    own = balance.allowance_millicredits
    for cap in balance.caps:
        # A ceiling is worth a word only where it is what holds.
        if cap.limit.is_pool or own is None or cap.left_millicredits < own + balance.bonus_millicredits:
            lines.append(f"{'🏠' if cap.limit.is_pool else '🔝'} {_window(cap)}")
    for bonus in balance.bonus:
        reason = f" · {quoted(bonus.reason, 80)}" if bonus.reason else ""
        key = "bonus-for-everybody" if bonus.is_shared else "bonus"
        left = credits_text(bonus.left_millicredits)
        lines.append(say(key, credits=left, until=moment(bonus.expires_at_ms)) + reason)
    if balance.waiting:
        lines.append(say("waiting-of", waiting=str(balance.waiting), most=str(balance.max_waiting)))
    return fitted(lines)


def preview(preview: Preview) -> str:
    text = credits_text(preview.cost_millicredits)
    if preview.balance.pays_for(preview.cost_millicredits):
        left = preview.balance.left_millicredits
        if left is None:
            return say("that-costs-unlimited", credits=text)
        return say("that-costs", credits=text, left=credits_text(left))
    return _not_enough(preview.balance, preview.cost_millicredits, preview.enough_at_ms)


def granted(grant: Grant) -> str:
    until = moment(grant.expires_at_ms, "f")
    return say("granted", member=f"<@{grant.user_id}>", credits=credits_text(grant.millicredits), until=until)


def announced(grant: Grant, *, is_gift: bool) -> str:
    """In the channel; the reason is the member's own business and is in their `/quota show`."""
    until = moment(grant.expires_at_ms, "D")
    if is_gift:
        amount = credits_text(grant.millicredits)
        return say(
            "gift-announced", member=f"<@{grant.user_id}>", giver=f"<@{grant.granted_by}>", credits=amount, until=until
        )
    return say("grant-announced", member=f"<@{grant.user_id}>", credits=credits_text(grant.millicredits), until=until)


def policy(policy: Policy, role: str | None = None) -> str:
    """One line. ``role``: its name instead of its mention, for a menu, where nothing is rendered."""
    role = role or f"<@&{policy.role_id}>"
    whose = {Source.MEMBER: say("every-member"), Source.ROLE: role, Source.POOL: say("the-whole-server")}[policy.scope]
    amount = say("policy-unlimited")
    if policy.millicredits is not None:
        amount = in_window(policy.millicredits, policy.window_seconds)
    waiting = "" if policy.max_waiting is None else ", " + say("policy-waiting", most=str(policy.max_waiting))
    return f"{whose}: {amount}{waiting}"


def policies(found: Sequence[Policy], operator: Allowance) -> str:
    """All that decides in a server, and where each comes from."""
    lines = [say("set-by-managers")]
    for one in found:
        by = ""
        if one.set_by:
            by = " · " + say("set-by-whom", member=f"<@{one.set_by}>", when=moment(one.set_at_ms))
        lines.append(f"• {policy(one)}{by}")
    if not found:
        lines.append(f"• {say('set-by-nobody')}")
    lines += [say("set-by-operator"), *(f"• {text}" for text in _of_operator(operator, is_alone=not found))]
    lines.append(f"-# {say('best-of-all')}")
    return fitted(lines)


def _of_operator(operator: Allowance, *, is_alone: bool) -> Iterator[str]:
    for limit in operator_plan(operator).limits:
        key = "operator-default" if is_alone else "operator-default-else"
        yield say(key, credits=credits_text(limit.millicredits), span=span(limit.window_ms // 1000))
    yield say("operator-waiting", most=str(operator.max_waiting))
    if operator.ceiling_millicredits is not None:
        yield say("operator-ceiling", credits=credits_text(operator.ceiling_millicredits))
    if operator.server_millicredits is not None:
        yield say("operator-server", credits=credits_text(operator.server_millicredits))
    if operator.waiting_per_server is not None:
        yield say("operator-server-waiting", most=str(operator.waiting_per_server))


def policy_set(changed: Policy) -> str:
    return say("policy-set", policy=policy(changed))
