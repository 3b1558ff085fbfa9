"""What a person reads about moderation and safety. The messages are in bot/ui/languages/."""

from __future__ import annotations

from collections.abc import Sequence

from bot import errors
from bot.safety import Action, Policy
from bot.services.moderation import HISTORY_DAYS, Record
from bot.services.notices import Report
from bot.services.safety_choices import Proposal
from bot.services.safety_overview import Overview, Transparency
from bot.ui.language import say
from bot.ui.message import fitted
from bot.ui.sanitise import quoted
from db.audit import Entry
from db.phrases import Phrase
from db.restrictions import Restriction
from db.reviews import Review

REDACTED_CHARACTERS = 900

_KNOWN_CATEGORIES = (
    "minors_sexual", "age_ambiguous", "sexual", "borderline", "upload_sexual", "real_person_sexual", "violence_gore",
    "disturbing", "hate", "self_harm", "harassment", "illegal", "public_figure", "unknown_language", "custom",
    "withheld_before", "taken_down",
)  # fmt: skip


def category(name: str) -> str:
    if name in _KNOWN_CATEGORIES:
        return say(f"category-{name}")
    return say("category-other", category=name.replace("_", " "))


def member(user_id: int | None) -> str:
    return say("lienzo-itself") if user_id is None else f"<@{user_id}>"


def _when(at_ms: int, style: str = "R") -> str:
    return f"<t:{at_ms // 1000}:{style}>"


def refusal(error: errors.Restricted | errors.CoolingDown | errors.CannotAppeal) -> str:
    match error:
        case errors.CoolingDown():
            return say("refused-cooling-down", when=_when(error.until_ms))
        case errors.CannotAppeal():
            return say(f"appeal-{error.why}")
        case errors.Restricted():
            held = error.restriction
            reason = quoted(held.reason, 200) if held.reason else say("no-reason")
            where = say("everywhere") if held.guild_id is None else say("in-this-server")
            if held.expires_at_ms is None:
                return say("refused-banned", where=where, reason=reason)
            return say("refused-paused", where=where, reason=reason, when=_when(held.expires_at_ms))


def restricted(held: Restriction) -> str:
    until = say("until-lifted") if held.expires_at_ms is None else say("until-when", when=_when(held.expires_at_ms))
    where = say("everywhere") if held.guild_id is None else say("in-this-server")
    return say(f"moderated-{held.kind.value}", member=member(held.user_id), until=until, where=where)


def review(review: Review) -> str:
    """For moderators. What was asked is behind a spoiler: who looks has to want to."""
    lines = [
        say("review-title", member=member(review.user_id), category=category(review.category)),
        say("review-facts", rule=review.rule, score=f"{review.score:.2f}", when=_when(review.expires_at_ms)),
        f"||{quoted(review.prompt, REDACTED_CHARACTERS).replace('|', '¦')}||",
    ]
    if review.negative_prompt:
        lines.append(say("without", what=f"||{quoted(review.negative_prompt, 300).replace('|', '¦')}||"))
    return fitted(lines)


def decided(review: Review, decision: str, by: int) -> str:
    return say(
        f"decided-{decision}", member=member(review.user_id), category=category(review.category), moderator=member(by)
    )


def report(report: Report) -> str:
    generation = report.generation
    lines = [
        say("report-title", member=member(generation.origin.user_id), count=report.reporters),
        say("report-where", channel=f"<#{generation.origin.channel_id}>", number=str(generation.id)),
    ]
    if report.reason:
        lines.append(say("report-reason", reason=quoted(report.reason, 300)))
    lines.append(say("report-hidden") if report.is_hidden else say("report-shown"))
    return fitted(lines)


def entry(one: Entry) -> str:
    """A line of the log."""
    text = say(f"audit-{one.action}", moderator=member(one.actor_id), member=member(one.user_id))
    if one.generation_id is not None:
        text += f" · `{one.generation_id}`"
    if one.detail:
        text += f" · {quoted(one.detail, 200)}"
    return f"{_when(one.at_ms, 'f')} {text}"


def record(of: Record) -> str:
    lines = [say("record-title", member=member(of.user_id), strikes=of.strikes, days=str(HISTORY_DAYS))]
    if of.holding is not None:
        lines.append(restricted(of.holding))
    lines += [f"- {entry(one)}" for one in of.entries] or [say("record-empty")]
    return fitted(lines)


def log(entries: Sequence[Entry]) -> str:
    return fitted(f"- {entry(one)}" for one in entries) or say("record-empty")


def actions(policy: Policy) -> list[str]:
    """A line for each action, the strictest first."""
    by_action: dict[Action, list[str]] = {}
    for name, action in policy.actions.items():
        by_action.setdefault(action, []).append(category(name))
    return [
        f"**{say(f'policy-{action.value}')}**: {', '.join(by_action[action])}"
        for action in sorted(by_action, key=lambda one: -one.severity)
    ]


def overview(of: Overview) -> str:
    """/safety show: what holds here and what it cannot do."""
    facts = [
        *actions(of.policy),
        say("safety-suspected"),
        say("safety-fixed"),
        say("safety-pictures-checked", checker=of.checker) if of.checker else say("safety-pictures-unchecked"),
        say("safety-uploads-on") if of.takes_uploads else say("safety-uploads-off"),
        say("safety-reviews") if of.has_reviews else say("safety-no-reviews"),
    ]
    small = (say("safety-kept", hours=f"{of.review_hours:g}"), say("safety-limits"))
    lines = [say("safety-title", preset=of.policy.name)]
    lines += [*(f"- {fact}" for fact in facts), *(f"-# {text}" for text in small)]
    return fitted(lines)


def proposal(of: Proposal) -> str:
    where = of.change.channel_id
    lines = [say("proposal-title-channel", channel=f"<#{where}>") if where else say("proposal-title")]
    changes = [
        say(
            "proposal-change",
            category=category(name),
            before=say(f"policy-{of.before.action(name).value}"),
            after=say(f"policy-{action.value}"),
        )
        for name, action in of.after.actions.items()
        if action is not of.before.action(name)
    ]
    lines += [f"- {change}" for change in changes] or [say("proposal-nothing")]
    if of.is_looser:
        lines.append(say("proposal-looser"))
    return fitted(lines)


def phrases(found: Sequence[Phrase]) -> str:
    lines = [f"- {say(f'phrase-is-{one.kind.value}')} {quoted(one.text, 100)}" for one in found]
    return fitted(lines) or say("phrases-none")


def transparency(of: Transparency) -> str:
    lines = [say("transparency-title", days=str(of.days), asked=str(of.asked))]
    lines += [
        say("transparency-refused", category=category(name), prompts=str(prompts), pictures=str(pictures_))
        for name, (prompts, pictures_) in of.refused.items()
    ]
    if not of.refused:
        lines.append(say("transparency-nothing"))
    lines.append(
        say(
            "transparency-people",
            reports=str(of.reports),
            removed=str(of.actions.get("takedown", 0)),
            paused=str(of.actions.get("pause", 0)),
            banned=str(of.actions.get("ban", 0)),
        )
    )
    lines.append(say("transparency-reviews", asked=str(of.reviews), approved=str(of.approved)))
    lines += [say("transparency-too-strict", category=category(name)) for name in of.too_strict]
    return fitted(lines)
