"""What a person reads about pictures: which messages make up a text. The messages are in bot/ui/languages/."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from bot import errors
from bot.safety.verdict import BROKEN_PICTURE, UNAVAILABLE, UNCHECKED, Action, Verdict
from bot.services.comparing import label
from bot.services.questions import Question
from bot.services.shelf import Family
from bot.ui import moderation_wording, quota_wording
from bot.ui.language import say
from bot.ui.message import fitted
from bot.ui.sanitise import plain, plain_lines, quoted
from db import Generation, GenerationState
from db.forgetting import Holdings
from db.presets import Preset

BAR_CELLS = 10
THREAD_NAME_CHARACTERS = 100

_OUR_FAULT = (UNAVAILABLE, BROKEN_PICTURE, UNCHECKED)


def _soon(seconds: float | None) -> str:
    """A countdown that Discord keeps current by itself."""
    return "" if seconds is None else " · " + say("ready-soon", when=f"<t:{math.ceil(time.time() + seconds)}:R>")


def waiting(generation: Generation, place: int, eta_seconds: float | None, *, is_paused: bool = False) -> str:
    where = say("next-in-line") if place == 1 else say("number-in-line", place=str(place))
    rest = " · " + say("paused-in-line") if is_paused else _soon(eta_seconds)
    return f"{quoted(generation.parameters.typed_prompt)}\n⏳ {where}{rest}\n-# {quota_wording.cost(generation, None)}"


def accepted(generation: Generation, place: int, eta_seconds: float | None, left_millicredits: int | None) -> str:
    """The first answer: as ``waiting``, with what the member has left."""
    *lines, _ = waiting(generation, place, eta_seconds).split("\n")
    return "\n".join([*lines, f"-# {quota_wording.cost(generation, left_millicredits)}"])


def question(asked: Question) -> str:
    """Before many credits are spent."""
    cost, left = quota_wording.credits_text(asked.cost_millicredits), asked.left_millicredits
    if left is None:
        text = say("that-costs-unlimited", credits=cost)
    else:
        text = say("that-costs", credits=cost, left=quota_wording.credits_text(left))
    prompt = quoted(asked.wish.parameters.typed_prompt)
    return f"{prompt}\n{text}{_soon(asked.eta_seconds)}\n{say('draw-it')}"


def stopping(generation: Generation) -> str:
    return f"{quoted(generation.parameters.typed_prompt)}\n{say('updating')}"


def drawing(generation: Generation, step: int, steps: int, remaining_seconds: float | None) -> str:
    filled = round(BAR_CELLS * step / steps)
    bar = "▰" * filled + "▱" * (BAR_CELLS - filled)
    almost = " · " + say("almost-there") if step >= steps else _soon(remaining_seconds)
    return f"{quoted(generation.parameters.typed_prompt)}\n🎨 {say('drawing')} {bar} {step}/{steps}{almost}"


def finished(generation: Generation, unknown_words: Sequence[str] = ()) -> str:
    asked = generation.parameters
    lines = [quoted(asked.typed_prompt)]
    if asked.typed_negative_prompt:
        lines.append(f"-# {say('without', what=quoted(asked.typed_negative_prompt, 120))}")
    facts = [say("fact-seed", seed=str(asked.seed)), *_facts(generation)]
    if generation.draw_seconds is not None:
        facts.append(f"{generation.draw_seconds:.1f} s")
    facts.append(say("ai-generated"))
    lines.append("-# " + " · ".join(facts))
    if unknown_words:
        lines.append("-# " + say("unknown-words", words=quoted(", ".join(unknown_words), 60)))
    return "\n".join(lines)


def _facts(generation: Generation) -> list[str]:
    """Everything but the seed; last what few pictures have."""
    asked = generation.parameters
    width, height = asked.final_size
    facts = [
        f"{width}×{height}",
        say("fact-steps", steps=str(asked.steps)),
        say("fact-guidance", guidance=f"{asked.guidance:g}"),
        asked.checkpoint,
    ]
    if asked.preset is not None:
        facts.append(say("fact-preset", name=asked.preset.name))
    if asked.comparison is not None:
        values = " · ".join(label(asked.comparison, nth) for nth in range(generation.count))
        facts.append(say("fact-comparison", values=values))
    if asked.variations:
        facts.append(say("fact-variation", percent=f"{100 * sum(turn.strength for turn in asked.variations):.0f}"))
    if asked.strength is not None:
        key = "fact-mask" if asked.mask else "fact-image"
        facts.append(say(key, percent=f"{100 * asked.strength:.0f}"))
    if asked.hires is not None:
        facts.append(say("fact-upscaled", times=f"{asked.hires.width / asked.width:.2g}"))
    if asked.control is not None:
        percent = f"{100 * asked.control.scale:.0f}"
        facts.append(say("fact-control", name=asked.control.name, percent=percent))
    if asked.image_prompt is not None:
        percent, count = f"{100 * asked.image_prompt.scale:.0f}", len(asked.image_prompt.images)
        facts.append(say("fact-blended", count=count, percent=percent))
    return facts + [f"{lora.name} {lora.scale:g}" for lora in asked.loras]


def finished_late(generation: Generation, content: str) -> str:
    """A fresh message, because the first one cannot be reached any more."""
    return f"{say('ready-late', member=f'<@{generation.origin.user_id}>')}\n{content}"


def exhibit(generation: Generation, stars: int) -> str:
    """In a gallery: whose it is, and where it was drawn."""
    where = generation.origin
    link = f"https://discord.com/channels/{where.guild_id}/{where.channel_id}/{generation.message_id}"
    by = say("exhibit", stars=str(stars), member=f"<@{where.user_id}>", link=link)
    made = f"-# {generation.parameters.checkpoint} · {say('ai-generated')}"
    return "\n".join([by, quoted(generation.parameters.typed_prompt), made])


def alt_text(generation: Generation) -> str:
    asked = generation.parameters
    return say("alt-text", checkpoint=asked.checkpoint, prompt=plain(asked.prompt))[:1000]


def preview_alt_text(generation: Generation) -> str:
    asked = generation.parameters
    return say("preview-alt-text", checkpoint=asked.checkpoint, prompt=plain(asked.prompt))[:1000]


def thread_name(generation: Generation | None) -> str:
    """At most as long as Discord takes. None: of a picture that is gone."""
    asked = "" if generation is None else plain(generation.parameters.typed_prompt)
    if not asked:
        return say("thread-name")
    return asked if len(asked) <= THREAD_NAME_CHARACTERS else f"{asked[: THREAD_NAME_CHARACTERS - 1].rstrip()}…"


def cut_out(words: str) -> str:
    return f"{say('cut-out', words=quoted(words))}\n-# {say('cut-out-note')}"


def cut_out_alt(words: str) -> str:
    return say("cut-out-alt", words=plain(words))


def info(generation: Generation, family: Family) -> str:
    """For whoever asks about a picture."""
    asked = generation.parameters
    seeds = say("fact-seed", seed=str(asked.seed))
    if generation.count > 1 and asked.comparison is None:
        seeds = say("fact-seeds", first=str(asked.seed), last=str(asked.seed + generation.count - 1))
    lines = [say("info-prompt", prompt=quoted(asked.typed_prompt, 800))]
    if asked.typed_negative_prompt:
        lines.append(say("info-without", prompt=quoted(asked.typed_negative_prompt, 400)))
    if asked.preset is not None:
        lines.append(say("info-preset", name=quoted(asked.preset.name), prompt=quoted(asked.prompt, 400)))
    lines.append(" · ".join([seeds, *_facts(generation), asked.sampler]))
    when = f"<t:{generation.created_at_ms // 1000}:f>"
    member = f"<@{generation.origin.user_id}>"
    lines.append(say("info-asked", member=member, when=when, number=str(generation.id)))
    if generation.draw_seconds is not None:
        lines.append(say("info-drawn", seconds=f"{generation.draw_seconds:.1f}"))
    if family.liked_by:
        lines.append(f"⭐ {family.liked_by}")
    if family.ancestors:
        lines.append(say("info-ancestors", list=" ← ".join(map(_relative, family.ancestors))))
    if family.children:
        lines.append(say("info-children", list=", ".join(map(_relative, family.children))))
    return fitted(lines)


def _relative(generation: Generation) -> str:
    return f"`{generation.id}` ({say(f'kind-{generation.kind.value}')})"


def file_info(texts: Sequence[str]) -> str:
    """What posted files say of themselves."""
    if not texts:
        return say("file-says-nothing")
    return fitted(f"{say('file-says')}\n```\n{plain_lines(text)}\n```" for text in texts)


def shown(generation: Generation, *, is_there: bool) -> str:
    return finished(generation) + ("" if is_there else f"\n-# {say('file-not-kept')}")


def ended(generation: Generation, state: GenerationState, why: Exception | None) -> str:
    """``why``: None if it is not known any more, as after a restart."""
    prompt = quoted(generation.parameters.typed_prompt)
    if isinstance(why, errors.PromptBlocked | errors.PictureBlocked):
        # What was refused is not repeated in public.
        return f"🛡️ {blocked(why.verdict)}"
    if isinstance(why, errors.Restricted):
        return say("ended-restricted")
    match state:
        case GenerationState.CANCELLED | GenerationState.EXPIRED:
            return f"{prompt}\n{say(f'ended-{state.value}')}"
        case GenerationState.BLOCKED:
            return say("ended-blocked")
        case _ if generation.image_sha256 is not None:
            return f"{prompt}\n{say('ended-not-posted')}"
        case _:
            return f"{prompt}\n{say('ended-failed')}"


def blocked(verdict: Verdict) -> str:
    if verdict.category in _OUR_FAULT:
        return say(f"blocked-{verdict.category}")
    what = moderation_wording.category(verdict.category)
    if verdict.action is Action.REVIEW:
        return say("blocked-review", what=what)
    return say("blocked-image" if verdict.stage == "image" else "blocked-prompt", what=what)


def refusal(error: errors.UserFacingError) -> str:
    """What only the person who asked is told."""
    match error:
        case errors.InvalidRequest():
            return say("refused-request", option=option(error.field), why=why(error))
        case errors.PromptBlocked() | errors.PictureBlocked():
            return f"🛡️ {blocked(error.verdict)}"
        case errors.QuotaExceeded() | errors.TooManyWaiting() | errors.ServerLineFull():
            return quota_wording.refusal(error)
        case errors.SettingRefused():
            why_not = say(f"setting-{error.code}", **_shown(error.values))
            return say("refused-setting", option=option(error.option), why=why_not)
        case errors.Restricted() | errors.CoolingDown() | errors.CannotAppeal():
            return moderation_wording.refusal(error)
        case errors.NotAModerator():
            return say("refused-not-moderator")
        case errors.NotRestricted():
            return say("refused-not-restricted")
        case errors.AlreadyDecided():
            return say("refused-decided")
        case errors.NotAManager():
            return say("refused-not-manager")
        case errors.NotAnOperator():
            return say("refused-not-operator")
        case errors.NotYoursButRemix():
            return say("refused-not-yours-but-remix", menu=say("menu-remix"))
        case errors.NotYours():
            return say("refused-not-yours")
        case errors.NotFound():
            return say("refused-not-found")
        case errors.AlreadyOver(state=GenerationState.DONE):
            return say("refused-finished")
        case errors.AlreadyOver():
            return say("refused-over", state=say(f"state-{error.state.value}"))
        case errors.ModelsBusy():
            return say("refused-models-busy")
        case errors.NothingSelected(is_everything=True):
            return say("refused-all-selected", words=quoted(error.words))
        case errors.NothingSelected():
            return say("refused-nothing-selected", words=quoted(error.words))
        case errors.NothingToSay():
            return say("refused-nothing-to-say")
        case errors.Closing():
            return say("refused-closing")
        case _:
            return say("unexpected")


def why(error: errors.InvalidRequest) -> str:
    """Without the option that it is about."""
    return say(f"invalid-{error.code}", **_shown(error.values))


def option(name: str) -> str:
    """As Discord shows its name; what is no option of a command, by its own name."""
    try:
        known = say(f"name-{name}")
    except KeyError:
        known = name
    return known.replace("_", " ").capitalize()


def _shown(values: Mapping[str, str]) -> dict[str, str]:
    """What people typed among them cannot ping or format anything."""
    return {name: plain(value) for name, value in values.items()}


def unexpected(reference: str) -> str:
    return say("unexpected-reference", reference=reference)


def history_line(number: int, generation: Generation) -> str:
    asked = generation.parameters
    when = f"<t:{generation.created_at_ms // 1000}:R>"
    state = "" if generation.state is GenerationState.DONE else f" · {say(f'state-{generation.state.value}')}"
    seed = say("fact-seed", seed=str(asked.seed)).replace("**", "")
    return f"**{number}.** {quoted(asked.typed_prompt, 150)}\n-# {seed} · {asked.width}×{asked.height} · {when}{state}"


def searched(words: str) -> str:
    return say("searched", words=quoted(words))


def nothing_found(words: str) -> str:
    return say("nothing-found", words=quoted(words))


def holdings(kept: Holdings) -> str:
    if kept.since_ms is None and not kept.incidents:
        return say("holdings-none")
    since = "" if kept.since_ms is None else say("holdings-since", when=f"<t:{kept.since_ms // 1000}:D>")
    text = say(
        "holdings",
        generations=str(kept.generations),
        since=since,
        pictures=str(kept.pictures),
        mebibytes=f"{kept.picture_bytes / 2**20:.1f}",
        incidents=str(kept.incidents),
    )
    return f"{text}\n-# {say('holdings-more')}"


def exported(left_out: int) -> str:
    return say("exported-not-all", count=str(left_out)) if left_out else say("exported")


def forgotten(gone: int) -> str:
    return say("forgotten", count=str(gone))


def queue(
    running: Sequence[Generation],
    posting: Sequence[Generation],
    line: Sequence[Generation],
    *,
    shown: int,
    is_paused: bool,
) -> str:
    """For operators: ids to act on, and how long each has been there; no prompts."""
    state = f" · {say('queue-paused-mark')}" if is_paused else ""
    counts = {"running": str(len(running)), "posting": str(len(posting)), "waiting": str(len(line))}
    lines = [say("queue", **counts) + state]
    for title, found in (("drawing", running), ("posting", posting), ("waiting", line)):
        name = say(f"queue-{title}")
        for one in found[:shown]:
            entry = say(
                "queue-entry",
                title=name,
                member=f"<@{one.origin.user_id}>",
                when=f"<t:{one.created_at_ms // 1000}:R>",
                steps=str(one.parameters.steps),
                size=f"{one.parameters.width}×{one.parameters.height}",
            )
            lines.append(f"`{one.id}` {entry}")
        if len(found) > shown:
            lines.append(say("queue-more", count=str(len(found) - shown), title=name))
    return fitted(lines)


def presets(found: Sequence[Preset]) -> str:
    if not found:
        return say("presets-none")
    lines = [say("presets-here", count=str(len(found)))]
    for nth, one in enumerate(found):
        line = f"**{one.name}** {quoted(one.prompt or one.negative_prompt, 60)}"
        if sum(map(len, lines)) + len(line) > 1800:
            lines.append(say("presets-more", count=str(len(found) - nth)))
            break
        lines.append(line)
    return "\n".join(lines)


def preset(one: Preset) -> str:
    lines = [f"**{one.name}**", quoted(one.prompt, 900)]
    if one.negative_prompt:
        lines.append(say("info-without", prompt=quoted(one.negative_prompt, 900)))
    return "\n".join(lines)
