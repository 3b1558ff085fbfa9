"""Member defaults: what a member set for themselves, for every place, where nothing is typed.

They say what is asked for, not what may be: a default that is not allowed in a place, or does not go with what was
typed, is passed over there, and what is usual there holds. All are held in memory and written through, so that asking
never waits for the database.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from bot.errors import SettingRefused
from bot.safety import PromptTexts
from bot.services.admission import Admission
from bot.services.clock import NowMs
from bot.services.house import House
from bot.services.house_rules import HouseRules
from bot.services.options import ImagineOptions
from bot.services.requester import Requester
from config import CheckpointSettings, Settings
from config.additions import fitting
from config.settings import parse_size
from db import Database, Origin, member_defaults
from inference.request import MAX_GUIDANCE
from inference.samplers import SAMPLERS


class Default(StrEnum):
    """What a member may set. Its value, as it is kept, is in the comment."""

    CHECKPOINT = "checkpoint"  # name
    SIZE = "size"  # like 512x512
    NEGATIVE_PROMPT = "negative_prompt"  # text
    STEPS = "steps"  # number
    GUIDANCE = "guidance"  # number
    SAMPLER = "sampler"  # key
    PRIVATE = "private"  # whether only the member sees it


def known_default(name: str | None) -> Default | None:
    return next((default for default in Default if default.value == name), None)


class MemberDefaults:
    def __init__(
        self, settings: Settings, database: Database, house: House, admission: Admission, now_ms: NowMs
    ) -> None:
        self._settings = settings
        self._database = database
        self._house = house
        self._admission = admission
        self._now_ms = now_ms
        self._of: dict[int, dict[Default, Any]] = defaultdict(dict)
        self._writing = asyncio.Lock()  # so that memory and database change in the same order

    async def open(self) -> None:
        for user_id, name, value in await member_defaults.everything(self._database):
            if default := known_default(name):
                self._of[user_id][default] = value

    def of(self, user_id: int) -> Mapping[Default, Any]:
        return self._of.get(user_id, {})

    def filled(self, options: ImagineOptions, requester: Requester) -> ImagineOptions:
        """With the member's own where nothing was typed, as far as the place and the rest of it allow."""
        if not self.of(requester.user_id):
            return options
        return _with_own(options, self.possible(requester, options))

    def possible(self, requester: Requester, options: ImagineOptions | None = None) -> dict[Default, Any]:
        """Those that count in this place, beside what was typed."""
        typed = options or ImagineOptions(prompt="")
        rules = self._house.rules(requester.place)
        own = dict(self.of(requester.user_id))
        if not self._is_possible_checkpoint(own.get(Default.CHECKPOINT), typed, rules):
            own.pop(Default.CHECKPOINT, None)
        name = typed.checkpoint or own.get(Default.CHECKPOINT, rules.checkpoint)
        checkpoint = self._settings.checkpoints.get(name)
        if checkpoint is None:
            return own  # it will be refused
        compares_checkpoints = typed.comparison is not None and typed.comparison.parameter == "checkpoint"
        if compares_checkpoints or not _is_possible_size(own.get(Default.SIZE), checkpoint, rules):
            own.pop(Default.SIZE, None)
        most_steps = min(checkpoint.max_steps, rules.most_steps or checkpoint.max_steps)
        if compares_checkpoints or own.get(Default.STEPS, 0) > most_steps:
            own.pop(Default.STEPS, None)
        if own.get(Default.SAMPLER) not in SAMPLERS:
            own.pop(Default.SAMPLER, None)
        return own

    async def set(self, requester: Requester, origin: Origin, values: Mapping[Default, Any]) -> None:
        """For every place, whatever is possible in this one. Raises SettingRefused, PromptBlocked."""
        if not values:
            raise SettingRefused("defaults", "nothing-given")
        checked = {default: self._checked(default, value, requester) for default, value in values.items()}
        if text := checked.get(Default.NEGATIVE_PROMPT):
            await self._admission.check_texts(PromptTexts("", text), origin, requester.place)
        async with self._writing:
            named = {default.value: value for default, value in checked.items()}
            await member_defaults.put(self._database, requester.user_id, named, now_ms=self._now_ms())
            self._of[requester.user_id] |= checked

    async def reset(self, user_id: int, default: Default | None = None) -> None:
        """One of them, or (None) all."""
        async with self._writing:
            await member_defaults.remove(self._database, user_id, default and default.value)
            if default is not None:
                self._of[user_id].pop(default, None)
            if default is None or not self._of[user_id]:
                self._of.pop(user_id, None)

    def _checked(self, default: Default, value: Any, requester: Requester) -> Any:
        match default:
            case Default.CHECKPOINT:
                return _known(
                    default, value, self._settings.checkpoints, self._house.rules(requester.place).checkpoints
                )
            case Default.SAMPLER:
                return _known(default, value, SAMPLERS, SAMPLERS)
            case Default.SIZE:
                return self._house.read_size(value)
            case Default.NEGATIVE_PROMPT:
                text, most = value.strip(), self._settings.imagine.max_prompt_characters
                if not text or len(text) > most:
                    raise SettingRefused(default.value, "too-long", count=str(len(text)), most=str(most))
                return text
            case Default.STEPS:
                return _between(default, value, 1, self._house.ceiling_steps)
            case Default.GUIDANCE:
                return _between(default, value, 0, MAX_GUIDANCE)
            case Default.PRIVATE:
                return bool(value)

    def _is_possible_checkpoint(self, name: str | None, typed: ImagineOptions, rules: HouseRules) -> bool:
        """Whether it is there and can do what was typed."""
        if name not in rules.checkpoints:
            return False
        checkpoint = self._settings.checkpoints[name]
        has_loras = all(lora in fitting(self._settings.loras, name) for lora in typed.loras)
        has_steps = typed.steps is None or typed.steps <= checkpoint.max_steps
        return has_loras and has_steps and (typed.size is None or _pixels(typed.size) <= checkpoint.max_pixels)


def _with_own(options: ImagineOptions, own: Mapping[Default, Any]) -> ImagineOptions:
    chosen: dict[str, Any] = {
        name: own[Default(name)]
        for name in ("checkpoint", "size", "steps", "guidance", "sampler")
        if getattr(options, name) is None and Default(name) in own
    }
    if not options.negative_prompt.strip() and Default.NEGATIVE_PROMPT in own:
        chosen["negative_prompt"] = own[Default.NEGATIVE_PROMPT]
    if options.is_private is None and Default.PRIVATE in own:
        chosen["is_private"] = own[Default.PRIVATE]
    return replace(options, **chosen)


def _is_possible_size(size: str | None, checkpoint: CheckpointSettings, rules: HouseRules) -> bool:
    if size is None or _pixels(size) > checkpoint.max_pixels:
        return False
    return rules.sizes is None or size in rules.sizes


def _pixels(size: str) -> int:
    """What is no size is refused by whoever reads it next."""
    try:
        width, height = parse_size(size)
    except ValueError:
        return 0
    return width * height


def _known(default: Default, name: str, there: Mapping[str, Any], shown: Any) -> str:
    if name not in there:
        raise SettingRefused(default.value, "not-there", name=name, known=", ".join(shown) or "-")
    return name


def _between(default: Default, number: float, least: int, most: float) -> float:
    if not least <= number <= most:
        raise SettingRefused(default.value, "from-to", least=str(least), most=f"{most:g}")
    return number
