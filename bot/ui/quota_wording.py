"""What a person reads about credits, in English."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot import errors
from bot.services.quota import MILLICREDITS, Preview
from bot.ui.sanitise import quoted
from db import Balance
from db.grants import Grant
from db.limits import Limit, Source, Window
from db.policies import Allowance, Policy, operator_plan

BAR_CELLS = 10


def credits_text(millicredits: int) -> str:
    """2500 -> "2.5 credits"."""
    amount = millicredits / MILLICREDITS
    return f"{amount:.10g} credit{'' if amount == 1 else 's'}"


def span(seconds: int) -> str:
    """86400 -> "24 hours"; 600 -> "10 minutes"."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and (size != 86400 or seconds > 86400):
            amount = seconds // size
            return f"{amount} {name}{'' if amount == 1 else 's'}"
    return f"{seconds} seconds"


def moment(ms: int, style: str = "R") -> str:
    """Never before it is true: rounded up to the second."""
    return f"<t:{math.ceil(ms / 1000)}:{style}>"


def cost(millicredits: int, left_millicredits: int | None) -> str:
    left = "" if left_millicredits is None else f" · {credits_text(left_millicredits)} left"
    return f"costs {credits_text(millicredits)}{left}"


def refusal(error: errors.QuotaExceeded | errors.TooManyWaiting | errors.ServerLineFull) -> str:
    balance = error.balance
    match error:
        case errors.QuotaExceeded():
            return f"🪙 {_not_enough(balance, error.cost_millicredits, error.enough_at_ms)}"
        case errors.TooManyWaiting():
            return (
                f"⏳ You have {balance.waiting} pictures waiting already; at most {balance.max_waiting} at a time. "
                "Ask again when one of them is finished."
            )
        case errors.ServerLineFull():
            return (
                f"⏳ {balance.server_waiting} pictures wait in this server already; at most "
                f"{balance.max_server_waiting} may. Ask again when some of them are drawn. Nothing was charged."
            )


def _not_enough(balance: Balance, cost_millicredits: int, enough_at_ms: int | None) -> str:
    narrowest = balance.narrowest
    assert narrowest is not None, "an unlimited one is never refused"
    limit = narrowest.limit
    whole = f"{credits_text(limit.millicredits)} in {span(limit.window_ms // 1000)}"
    have = f"this server has {credits_text(narrowest.left_millicredits)} left"
    if not limit.is_pool:
        bonus = " with your bonus" if balance.bonus_millicredits and not limit.counts_bonus else ""
        have = f"you have {credits_text(balance.left_millicredits or 0)} left{bonus}"
    if enough_at_ms is not None:
        when = f"There is enough for it {moment(enough_at_ms)} ({moment(enough_at_ms, 'T')})."
    elif limit.millicredits:
        when = "It is more than is allowed at all: ask for fewer steps or a smaller size."
    else:
        when = "Without a bonus or a role that allows more, nothing can be drawn."
    return f"This picture costs {credits_text(cost_millicredits)} and {have} of {whole} ({origin(limit)}). {when}"


def origin(limit: Limit) -> str:
    """Where a limit comes from."""
    match limit.source:
        case Source.OPERATOR:
            return "set by this Lienzo's operator for everyone"
        case Source.CEILING:
            return "the most that this Lienzo's operator allows one member"
        case Source.OPERATOR_POOL:
            return "what this Lienzo's operator allows the whole server"
        case Source.MEMBER:
            return "set for this server's members"
        case Source.ROLE:
            return f"for your role <@&{limit.role_id}>"
        case Source.POOL:
            return "shared by this whole server"


def _bar(window: Window) -> str:
    share = window.left_millicredits / window.limit.millicredits if window.limit.millicredits else 0
    filled = round(BAR_CELLS * share)
    return "▰" * filled + "▱" * (BAR_CELLS - filled)


def _window(window: Window) -> str:
    limit = window.limit
    left, whole = credits_text(window.left_millicredits), credits_text(limit.millicredits)
    back = "" if window.returns_at_ms is None else f" · the next come back {moment(window.returns_at_ms)}"
    return f"{_bar(window)} **{left}** left of {whole} in {span(limit.window_ms // 1000)} · {origin(limit)}{back}"


def balance(balance: Balance, whose: str = "") -> str:
    """Everything that decides. ``whose``: of another member, as a mention."""
    lines = [f"Credits of {whose}:"] if whose else []
    if not balance.windows:
        role = f" for the role <@&{balance.plan.role_id}>" if balance.plan.role_id else ""
        lines.append(f"🪙 **Unlimited**{role}")
    lines += [f"🪙 {_window(window)}" for window in balance.windows]
    own = balance.allowance_millicredits
    for cap in balance.caps:
        # A ceiling is worth a word only where it is what holds.
        if cap.limit.is_pool or own is None or cap.left_millicredits < own + balance.bonus_millicredits:
            lines.append(f"{'🏠' if cap.limit.is_pool else '🔝'} {_window(cap)}")
    for bonus in balance.bonus:
        reason = f" · {quoted(bonus.reason, 80)}" if bonus.reason else ""
        shared = " for everybody here" if bonus.is_shared else ""
        left = credits_text(bonus.left_millicredits)
        lines.append(f"🎁 **{left}** of bonus{shared}, until {moment(bonus.expires_at_ms)}{reason}")
    if balance.waiting:
        lines.append(f"⏳ {balance.waiting} of at most {balance.max_waiting} waiting or being drawn.")
    return "\n".join(lines)[:2000]


def preview(preview: Preview) -> str:
    text = credits_text(preview.cost_millicredits)
    if preview.balance.pays_for(preview.cost_millicredits):
        left = preview.balance.left_millicredits
        have = "you have as many as you like" if left is None else f"you have {credits_text(left)}"
        return f"🪙 That costs **{text}**; {have}."
    return f"🪙 {_not_enough(preview.balance, preview.cost_millicredits, preview.enough_at_ms)}"


def granted(grant: Grant) -> str:
    until = moment(grant.expires_at_ms, "f")
    return f"🎁 <@{grant.user_id}> may use {credits_text(grant.millicredits)} more in this server until {until}."


def announced(grant: Grant) -> str:
    """In the channel; the reason is the member's own business and is in their `/quota show`."""
    until = moment(grant.expires_at_ms, "D")
    return (
        f"🎁 <@{grant.user_id}>, you were given **{credits_text(grant.millicredits)}** of bonus, until {until}. Enjoy!"
    )


def policy(policy: Policy, role: str | None = None) -> str:
    """One line. ``role``: its name instead of its mention, for a menu, where nothing is rendered."""
    role = role or f"<@&{policy.role_id}>"
    whose = {Source.MEMBER: "every member", Source.ROLE: role, Source.POOL: "the whole server"}[policy.scope]
    amount = "unlimited"
    if policy.millicredits is not None:
        amount = f"{credits_text(policy.millicredits)} in {span(policy.window_seconds)}"
    waiting = "" if policy.max_waiting is None else f", {policy.max_waiting} waiting at a time"
    return f"{whose}: {amount}{waiting}"


def policies(found: Sequence[Policy], operator: Allowance) -> str:
    """All that decides in a server, and where each comes from."""
    lines = ["**Set by this server's managers**"]
    for one in found:
        by = f" · by <@{one.set_by}> {moment(one.set_at_ms)}" if one.set_by else ""
        lines.append(f"• {policy(one)}{by}")
    if not found:
        lines.append("• nothing; the operator's defaults hold")
    lines.append("**Set by this Lienzo's operator**")
    for limit in operator_plan(operator).limits:
        note = " (where nothing above says otherwise)" if found else ""
        lines.append(f"• every member: {credits_text(limit.millicredits)} in {span(limit.window_ms // 1000)}{note}")
    lines.append(f"• {operator.max_waiting} pictures of one member waiting or being drawn at a time")
    if operator.ceiling_millicredits is not None:
        most = credits_text(operator.ceiling_millicredits)
        lines.append(f"• at most {most} in 24 hours for one member, whatever is set or granted here")
    if operator.server_millicredits is not None:
        lines.append(f"• at most {credits_text(operator.server_millicredits)} in 24 hours for the whole server")
    if operator.waiting_per_server is not None:
        lines.append(f"• at most {operator.waiting_per_server} pictures waiting in this server")
    lines.append("-# A member has whichever of the default and their roles leaves them the most.")
    return "\n".join(lines)[:2000]


def policy_set(changed: Policy) -> str:
    return f"✅ {policy(changed)}. `/settings quota show` shows everything."


QUOTA_DESCRIPTION = "Credits: what is left, what things cost, and giving more"
SHOW = "What you have left, where it comes from, and when more returns"
COST = "What a picture would cost, without drawing it"
OF = "What a member has left (for managers of this server)"
OF_MEMBER = "Whose"
GRANT = "Give a member bonus credits (for managers of this server)"
GRANT_OPTIONS = {
    "member": "Who gets them",
    "credits_": "How many; one is a picture of normal size and steps",
    "days": "For how long they can be used",
    "reason": "Shown to the member in /quota show",
}
SETTINGS_DESCRIPTION = "For managers of this server: how Lienzo works here"
SETTINGS_QUOTA = "How much members may draw here"
SETTINGS_SHOW = "What holds here, and where it comes from"
SETTINGS_MEMBERS = "What every member has here"
SETTINGS_ROLE = "What members of a role have, if it is more"
SETTINGS_SERVER = "What all members of this server have together"
SETTINGS_WHICH = "One of those that are set"
SETTINGS_REMOVE = "Take one of these back"
SETTING_OPTIONS = {
    "role": "Whose",
    "credits_": "How many in the window; one is a picture of normal size and steps",
    "unlimited": "As many as they like, up to what the operator allows",
    "window": "Over how long, for example 10 minutes, 24 hours or 7 days; 24 hours if left out",
    "waiting": "How many pictures one member may have waiting or being drawn at a time",
}
CREDITS_OR_UNLIMITED = "say how many, or set unlimited"
NOT_A_WINDOW = "write it like 10 minutes, 24 hours or 7 days, from 1 minute to 31 days"
REMOVED = "✅ Removed. `/settings quota show` shows what holds now."
NOT_SET = "choose one of those that `/settings quota show` lists"
