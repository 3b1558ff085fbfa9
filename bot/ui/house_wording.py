"""What a person reads about the house rules. The messages are in bot/ui/languages/."""

from __future__ import annotations

from collections.abc import Iterable

from bot.services.house_rules import EVERYONE, NOBODY, OF_SERVER_ONLY, ON, HouseRules, HouseSetting
from bot.ui.language import say
from bot.ui.message import fitted
from bot.ui.quota_wording import credits_number
from bot.ui.sanitise import quoted

SHOWN = 5  # of a list; the rest is counted


def rules(found: HouseRules, channel_id: int | None, own_channels: Iterable[int], *, said: str = "") -> str:
    """One screen: what holds, and who decided it. ``channel_id``: of one channel; None: of the whole server."""
    title = say("rules-of-server") if channel_id is None else say("rules-of-channel", channel=f"<#{channel_id}>")
    lines = [said, title] if said else [title]
    for setting in settings(channel_id):
        source = say(f"source-{found.sources[setting].value}")
        lines.append(f"**{say(f'rule-{setting.value}')}** {value(setting, found)} · {source}")
    if channel_id is None and (others := list(own_channels)):
        lines.append(f"-# {say('rules-of-others', channels=_shortened(f'<#{id_}>' for id_ in others))}")
    return fitted(lines)


def settings(channel_id: int | None) -> list[HouseSetting]:
    """Those that can be set there."""
    return [setting for setting in HouseSetting if channel_id is None or setting not in OF_SERVER_ONLY]


def one(setting: HouseSetting, found: HouseRules, channel_id: int | None) -> str:
    """A setting that is about to be chosen."""
    where = say("rules-of-server") if channel_id is None else say("rules-of-channel", channel=f"<#{channel_id}>")
    source = say(f"source-{found.sources[setting].value}")
    return "\n".join(
        [
            where,
            f"**{say(f'rule-{setting.value}')}** {value(setting, found)} · {source}",
            f"-# {say(f'rule-what-{setting.value}')}",
        ]
    )


def value(setting: HouseSetting, found: HouseRules) -> str:
    match setting:
        case HouseSetting.CHANNELS:
            channels = found.channels
            return say("value-every-channel") if channels is None else _shortened(f"<#{id_}>" for id_ in channels)
        case HouseSetting.CHECKPOINTS:
            return _names(found.checkpoints)
        case HouseSetting.LORAS:
            return _names(found.loras)
        case HouseSetting.SIZES:
            return say("value-as-model") if found.sizes is None else _names(found.sizes)
        case HouseSetting.MOST_PICTURES:
            return str(found.most_pictures)
        case HouseSetting.MOST_STEPS:
            return say("value-as-model") if found.most_steps is None else str(found.most_steps)
        case HouseSetting.CHECKPOINT:
            return quoted(found.checkpoint, 60)
        case HouseSetting.SIZE:
            return say("value-as-model") if found.size is None else found.size
        case HouseSetting.NEGATIVE_PROMPT:
            return quoted(found.negative_prompt, 90) if found.negative_prompt else say("value-none")
        case HouseSetting.UPLOADS:
            return uploads(found.uploads)
        case HouseSetting.CONFIRM_ABOVE:
            above = found.confirm_above_credits
            return say("value-never") if above is None else say("value-above", credits=credits_number(above))
        case HouseSetting.LANGUAGE:
            return say("value-language-of-server") if found.language is None else language(found.language)
        case HouseSetting.PREVIEWS:
            return say("value-on") if found.has_previews else say("value-off")
        case HouseSetting.THREADS:
            return say("value-on") if found.has_threads else say("value-off")
        case HouseSetting.GALLERY | HouseSetting.REVIEWS | HouseSetting.LOG:
            channel_id: int | None = getattr(found, setting.value)
            return say("value-none") if channel_id is None else f"<#{channel_id}>"
        case HouseSetting.STARS:
            return f"⭐ {found.stars}"


def uploads(who: str | int) -> str:
    return {EVERYONE: say("value-everyone"), NOBODY: say("value-nobody")}.get(str(who), f"<@&{who}>")


def language(code: str) -> str:
    return say(f"language-{code}")


def choice(setting: HouseSetting, name: str) -> str:
    """One of what can be chosen among, as a menu shows it."""
    match setting:
        case HouseSetting.UPLOADS:
            return uploads(name)
        case HouseSetting.LANGUAGE:
            return language(name)
        case HouseSetting.PREVIEWS | HouseSetting.THREADS:
            return say("value-on") if name == ON else say("value-off")
        case _:
            return name


def _names(names: Iterable[str]) -> str:
    return _shortened(quoted(name, 40) for name in names)


def _shortened(shown: Iterable[str]) -> str:
    every = list(shown)
    text = ", ".join(every[:SHOWN]) or say("value-none")
    return text if len(every) <= SHOWN else f"{text} +{len(every) - SHOWN}"
