"""Everything a person reads, in English. One place, so that one failure has one wording."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from bot import errors
from bot.safety.verdict import BROKEN_PICTURE, UNAVAILABLE, UNCHECKED, Verdict
from bot.services.shelf import Family
from bot.ui import quota_wording
from bot.ui.sanitise import plain_lines, quoted
from db import Generation, GenerationState
from db.forgetting import Holdings
from db.records import Kind

BAR_CELLS = 10

_CATEGORIES = {
    "minors_sexual": "sexual content and minors",
    "sexual": "sexual content",
    "violence_gore": "graphic violence",
    "hate": "hateful content",
    "self_harm": "self-harm",
}

_OUR_FAULT = {
    UNAVAILABLE: "The safety check is unavailable right now, so nothing is shown. It cost nothing; please try later.",
    BROKEN_PICTURE: "The picture came out broken. It cost nothing; please try again with another seed.",
    UNCHECKED: (
        "This server's operator has not set up an image check, so the picture is not shown. It cost nothing. "
        "(Operator: run `lienzo doctor`.)"
    ),
}


def soon(seconds: float | None) -> str:
    """A countdown that Discord keeps current by itself."""
    return "" if seconds is None else f" · ready <t:{math.ceil(time.time() + seconds)}:R>"


def waiting(generation: Generation, place: int, eta_seconds: float | None, *, is_paused: bool = False) -> str:
    where = "You are **next** in line" if place == 1 else f"You are **number {place}** in line"
    rest = " · paused by the operator, your place is kept" if is_paused else soon(eta_seconds)
    return f"{quoted(generation.parameters.prompt)}\n⏳ {where}{rest}"


def accepted(generation: Generation, place: int, eta_seconds: float | None, left_millicredits: int | None) -> str:
    """The first answer: as ``waiting``, with what it costs and what the member has left."""
    cost = quota_wording.cost(generation.cost_millicredits, left_millicredits)
    return f"{waiting(generation, place, eta_seconds)}\n-# {cost}"


def stopping(generation: Generation) -> str:
    return (
        f"{quoted(generation.parameters.prompt)}\n⏸️ Lienzo is being updated. Your place is kept; it goes on by itself."
    )


def drawing(generation: Generation, step: int, steps: int, remaining_seconds: float | None) -> str:
    filled = round(BAR_CELLS * step / steps)
    bar = "▰" * filled + "▱" * (BAR_CELLS - filled)
    almost = " · almost there" if step >= steps else soon(remaining_seconds)
    return f"{quoted(generation.parameters.prompt)}\n🎨 Drawing {bar} {step}/{steps}{almost}"


def finished(generation: Generation, unknown_words: Sequence[str] = ()) -> str:
    asked = generation.parameters
    lines = [quoted(asked.prompt)]
    if asked.negative_prompt:
        lines.append(f"-# without {quoted(asked.negative_prompt, 120)}")
    facts = [
        f"seed **{asked.seed}**",
        "{}×{}".format(*asked.final_size),
        f"{asked.steps} steps",
        f"guidance {asked.guidance:g}",
        asked.checkpoint,
        *_special(generation),
    ]
    if generation.draw_seconds is not None:
        facts.append(f"{generation.draw_seconds:.1f} s")
    lines.append("-# " + " · ".join(facts))
    if unknown_words:
        lines.append(
            f"-# This small demonstration model does not know {quoted(', '.join(unknown_words), 60)}. "
            "It draws simple things; for everything else, give Lienzo a real checkpoint (see the README)."
        )
    return "\n".join(lines)


def _special(generation: Generation) -> list[str]:
    """What few pictures have."""
    asked = generation.parameters
    facts = [f"variation {sum(turn.strength for turn in asked.variations):.0%}"] if asked.variations else []
    if asked.strength is not None:
        facts.append(f"from a picture, {asked.strength:.0%} repainted" + (" inside a mask" if asked.mask else ""))
    if asked.hires is not None:
        facts.append(f"upscaled {asked.hires.width / asked.width:.2g}×")
    facts += [f"{lora.name} {lora.scale:g}" for lora in asked.loras]
    return facts


def info(generation: Generation, family: Family) -> str:
    """For whoever asks about a picture."""
    asked = generation.parameters
    seeds = f"seed **{asked.seed}**"
    if generation.count > 1:
        seeds = f"seeds **{asked.seed}** to **{asked.seed + generation.count - 1}**"
    facts = [
        seeds,
        "{}×{}".format(*asked.final_size),
        f"{asked.steps} steps",
        f"guidance {asked.guidance:g}",
        asked.sampler,
        asked.checkpoint,
        *_special(generation),
    ]
    lines = [f"🖼️ **Prompt** {quoted(asked.prompt, 800)}"]
    if asked.negative_prompt:
        lines.append(f"**Without** {quoted(asked.negative_prompt, 400)}")
    lines.append(" · ".join(facts))
    asked_at = f"<t:{generation.created_at_ms // 1000}:f>"
    lines.append(f"asked by <@{generation.origin.user_id}> {asked_at} · number `{generation.id}`")
    if generation.draw_seconds is not None:
        lines.append(f"drawn in {generation.draw_seconds:.1f} s")
    if family.liked_by:
        lines.append(f"⭐ {family.liked_by}")
    if family.ancestors:
        lines.append("**Made from** " + " ← ".join(f"`{one.id}` ({KINDS[one.kind]})" for one in family.ancestors))
    if family.children:
        lines.append("**Made of it** " + ", ".join(f"`{one.id}` ({KINDS[one.kind]})" for one in family.children))
    return "\n".join(lines)[:2000]


def file_info(texts: Sequence[str]) -> str:
    if not texts:
        return "Nothing is known about this picture: I did not draw it, and it carries no parameters."
    return "\n".join(f"The file says:\n```\n{plain_lines(text)}\n```" for text in texts)[:2000]


def finished_late(generation: Generation, content: str) -> str:
    """A fresh message, because the first one cannot be reached any more."""
    return f"<@{generation.origin.user_id}>, your picture is ready:\n{content}"


def alt_text(generation: Generation) -> str:
    asked = generation.parameters
    return f"Picture drawn by {asked.checkpoint} from the prompt: {asked.prompt}"[:1000]


def ended(generation: Generation, state: GenerationState, why: Exception | None) -> str:
    """``why``: None if it is not known any more, as after a restart."""
    prompt = quoted(generation.parameters.prompt)
    if isinstance(why, errors.PromptBlocked | errors.PictureBlocked):
        # What was refused is not repeated in public.
        return f"🛡️ {blocked(why.verdict)}"
    match state:
        case GenerationState.CANCELLED:
            return f"{prompt}\n✖️ Cancelled. It cost nothing."
        case GenerationState.EXPIRED:
            return f"{prompt}\n⌛ It waited too long and was taken out of the line. It cost nothing."
        case GenerationState.BLOCKED:
            return "🛡️ This picture was withheld by the safety filter. Try a different prompt."
        case _ if generation.image_sha256 is not None:
            return (
                f"{prompt}\n⚠️ This picture was drawn, but it cannot be posted here. "
                "It is in your `/history`, in any channel where Lienzo may answer you."
            )
        case _:
            return f"{prompt}\n⚠️ This picture could not be drawn. It cost nothing; please try again."


def blocked(verdict: Verdict) -> str:
    if verdict.category in _OUR_FAULT:
        return _OUR_FAULT[verdict.category]
    what = _CATEGORIES.get(verdict.category, verdict.category.replace("_", " "))
    if verdict.stage == "image":
        return f"The picture was withheld by the safety filter: {what}. Try a different prompt."
    return f"This prompt was refused by the safety filter: {what}. Nothing was charged."


def refusal(error: errors.UserFacingError) -> str:
    """What only the person who asked is told."""
    match error:
        case errors.InvalidRequest():
            option = error.field.replace("_", " ")
            return f"⚠️ **{option.capitalize()}**: {error.message}. Nothing was charged."
        case errors.PromptBlocked() | errors.PictureBlocked():
            return f"🛡️ {blocked(error.verdict)}"
        case errors.QuotaExceeded() | errors.TooManyWaiting() | errors.ServerLineFull():
            return quota_wording.refusal(error)
        case errors.SettingRefused():
            return f"⚠️ **{error.option.replace('_', ' ').capitalize()}**: {error.message}. Nothing was changed."
        case errors.NotAManager():
            return "Only members who may manage this server can do that (the permission is called Manage Server)."
        case errors.NotAnOperator():
            return "Only whoever runs this Lienzo can do that (`[queue] operators` in its settings)."
        case errors.NotYoursButRemix():
            return (
                "This picture is somebody else's. To make your own of it: right-click the message (or press it for "
                "long), then **Apps**, then **Remix**."
            )
        case errors.NotYours():
            return "Only the person who asked for this picture can do that."
        case errors.NotFound():
            return "I know nothing about this picture any more."
        case errors.AlreadyOver():
            return (
                f"Too late: this picture is {'finished' if error.state.value == 'done' else error.state.value} already."
            )
        case errors.Closing():
            return "Lienzo is being restarted; please ask again in a minute. Nothing was charged."
        case _:
            return unexpected("")


def unexpected(reference: str) -> str:
    where = f" If you tell the operator about it, say `{reference}`." if reference else ""
    return f"⚠️ Something went wrong on our side.{where}"


def history_line(number: int, generation: Generation) -> str:
    asked = generation.parameters
    when = f"<t:{generation.created_at_ms // 1000}:R>"
    state = "" if generation.state is GenerationState.DONE else f" · {generation.state.value}"
    facts = f"seed {asked.seed} · {asked.width}×{asked.height} · {when}{state}"
    return f"**{number}.** {quoted(asked.prompt, 150)}\n-# {facts}"


def shown(generation: Generation, *, is_there: bool) -> str:
    return finished(generation) + ("" if is_there else "\n-# Its file is not kept any more.")


def nothing_found(words: str) -> str:
    return f"Nothing with {quoted(words)} in its prompt."


def holdings(kept: Holdings) -> str:
    if kept.since_ms is None and not kept.incidents:
        return "🗂️ Nothing is kept of you."
    since = "" if kept.since_ms is None else f", the first from <t:{kept.since_ms // 1000}:D>"
    return (
        f"🗂️ Of you Lienzo keeps **{kept.generations}** generations{since}: what you asked for, the settings, when, "
        f"where and what became of it; **{kept.pictures}** pictures ({kept.picture_bytes / 2**20:.1f} MiB); and "
        f"**{kept.incidents}** notes that the safety filter stopped something, without its text.\n"
        "-# `/privacy export` gives you all of it as a file, `/privacy delete` deletes it. Nothing leaves the computer "
        "that this bot runs on, but what is posted here is on Discord."
    )


def exported(left_out: int) -> str:
    rest = f" {left_out} older pictures did not fit; ask the operator for them." if left_out else ""
    return f"🗂️ All that is kept of you.{rest}"


def forgotten(gone: int) -> str:
    return (
        f"🗑️ Deleted: {gone} generations with their prompts and pictures. Two things stay: how many credits you used in "
        "the last weeks (so that quotas stay fair; it goes when it no longer counts), and notes of what the safety "
        "filter stopped (without the text). Messages with pictures that were posted are Discord's: delete them there."
    )


def queue(
    running: Sequence[Generation],
    posting: Sequence[Generation],
    line: Sequence[Generation],
    *,
    shown: int,
    is_paused: bool,
) -> str:
    """For operators: ids to act on, and how long each has been there; no prompts."""
    state = " · **paused**" if is_paused else ""
    lines = [f"🗂️ {len(running)} being drawn, {len(posting)} being posted, {len(line)} waiting{state}"]
    for title, found in (("drawing", running), ("posting", posting), ("waiting", line)):
        lines += [
            f"`{one.id}` {title} · <@{one.origin.user_id}> · since <t:{one.created_at_ms // 1000}:R>"
            f" · {one.parameters.steps} steps, {one.parameters.width}×{one.parameters.height}"
            for one in found[:shown]
        ]
        if len(found) > shown:
            lines.append(f"… and {len(found) - shown} more {title}")
    return "\n".join(lines)[:2000]


NO_HISTORY = "You have not drawn anything yet. Try `/imagine`!"
NO_FAVOURITES = "You have no favourites yet: the button ⭐ under a picture makes it one."
NO_OLDER = "That was the oldest one."

IMAGINE_DESCRIPTION = "Draw a picture of what you describe"
HISTORY_DESCRIPTION = "Your own pictures, newest first"
FAVOURITES_DESCRIPTION = "Your favourites, newest first, whoever drew them"
SEARCH_OPTION = "Words of the prompt, or their beginnings"
SHOW_DESCRIPTION = "One picture, large, with all that can be done with it"
SHOW_OPTION = "Its number, as the button Info tells it"
OPTIONS = {
    "prompt": "What to draw",
    "negative_prompt": "What to keep out of the picture",
    "seed": "The same seed and settings give the same picture; leave it out for a surprise",
    "size": "Width x height; the first is what the model is best at",
    "steps": "More steps take longer and cost more",
    "guidance": "How closely to follow the prompt",
    "count": "How many pictures, with seeds one after the other",
    "checkpoint": "Which model draws it",
    "image": "A picture to start from",
    "strength": "How much of that picture is painted over, 0 to 1",
    "mask": "White where the picture is repainted, black where it is kept; as large as the picture",
    "lora": "A style to add",
    "lora_strength": "How strongly the style acts; 1 is as it was made",
    "private": "Only you see it",
}
QUEUE_DESCRIPTION = "For whoever runs this Lienzo: what waits and runs, and holding it"
QUEUE_LIST = "What waits and what is being drawn"
QUEUE_PAUSE = "Draw nothing more until resumed; who waits keeps their place, also over a restart"
QUEUE_RESUME = "Go on after a pause"
QUEUE_DRAIN = "Pause, and say when nothing is being drawn any more"
QUEUE_CANCEL = "End one generation; it costs nothing"
QUEUE_CANCEL_WHICH = "The number that /queue list shows"
QUEUE_PAUSED = "⏸️ Paused. What is being drawn is finished; who waits is told, and keeps their place."
QUEUE_RESUMED = "▶️ It goes on."
QUEUE_DRAINING = "⏳ Paused; waiting for what is being drawn and posted…"
QUEUE_DRAINED = "✅ Nothing is being drawn or posted any more. You can stop Lienzo now; `/queue resume` goes on."
QUEUE_NOT_DRAINED = "⌛ Paused, but something still runs or cannot be posted: see `/queue list`."
QUEUE_CANCELLED = "✖️ Cancelled."
PRIVACY_DESCRIPTION = "What Lienzo keeps of you, and your say over it"
PRIVACY_SHOW = "What is kept of you"
PRIVACY_EXPORT = "All that is kept of you, as a file"
PRIVACY_DELETE = "Delete what is kept of you"
FORGET_QUESTION = (
    "Delete every prompt, setting and picture of yours that Lienzo keeps? What is waiting or being drawn is cancelled. "
    "This cannot be undone."
)
FORGETTING = "🗑️ Deleting…"
FORGET = "Delete everything"
ACTIONS = {
    "reroll": "Reroll",
    "vary": "Vary",
    "upscale": "Upscale",
    "edit": "Edit",
    "favourite": "Favourite",
    "info": "Info",
    "delete": "Delete",
}
SHORT_ACTIONS = {"vary": "V", "upscale": "U"}
KINDS = {
    Kind.IMAGINE: "imagined",
    Kind.REROLL: "rerolled",
    Kind.VARIATION: "varied",
    Kind.UPSCALE: "upscaled",
    Kind.EDIT: "edited",
    Kind.REMIX: "remixed",
}
FIELDS = {
    "prompt": "What to draw",
    "negative_prompt": "What to keep out of it",
    "seed": "Seed (empty: a new one)",
    "steps": "Steps",
    "guidance": "Guidance: how closely to follow the prompt",
}
EDIT_TITLE = "Edit this picture"
REMIX_TITLE = "Make your own of it"
FAVOURED = "⭐ It is one of your favourites now: `/favourites` shows them."
NOT_FAVOURED = "It is no favourite of yours any more."
DELETED = "🗑️ Deleted. It is in nobody's history any more."
TAKEN_AWAY = "🗑️ Deleted."
REMIX_MENU = "Remix"
UPSCALE_MENU = "Upscale"
INFO_MENU = "Image info"
CANCEL = "Cancel"
OLDER = "Older"
NEWEST = "Newest"
