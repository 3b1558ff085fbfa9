"""House: what each server's managers chose, held in memory, and the house rules that follow from it in a place.

Everything is read once, at start, and written through: asking what holds somewhere never waits for the database, so
that it can be asked for every letter that somebody types.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import SettingRefused
from bot.services.clock import NowMs
from bot.services.house_rules import (
    EVERYONE,
    MAX_COUNT,
    NOBODY,
    OF_SERVER_ONLY,
    OFF,
    ON,
    HouseRules,
    HouseSetting,
    Place,
    known_setting,
    resolve,
)
from bot.services.requester import Requester, managed_server
from config import Settings
from config.settings import parse_size
from db import Database, Generation, server_settings
from db.server_settings import ServerSetting
from inference.request import SIZE_MULTIPLE

MOST_LISTED = 25  # Discord's limit of what is chosen in one menu
MOST_STARS = 1000
MOST_CONFIRM_CREDITS = 1_000_000
MOST_RESOLVED = 1000  # places
# Beside the settings: its managers have been shown how things are done; the server has been greeted.
GUIDED, GREETED = "guided", "greeted"


class House:
    """What managers decide is refused with NotAManager to everybody else, in every place but their server."""

    def __init__(self, settings: Settings, database: Database, languages: Sequence[str], now_ms: NowMs) -> None:
        self._settings = settings
        self._database = database
        self._languages = languages
        self._now_ms = now_ms
        # Server -> channel (None: the whole server) -> what was chosen.
        self._chosen: dict[int, dict[int | None, dict[HouseSetting, Any]]] = defaultdict(lambda: defaultdict(dict))
        self._known: dict[str, set[int]] = {GUIDED: set(), GREETED: set()}
        self._resolved: dict[Place, HouseRules] = {}  # what was worked out, until something is chosen anew
        self._writing = asyncio.Lock()  # so that memory and database change in the same order
        self._readers: Mapping[HouseSetting, Callable[[Sequence[str]], Any]] = {
            HouseSetting.CHANNELS: _ids,
            HouseSetting.CHECKPOINTS: lambda typed: self._names(typed, self._settings.checkpoints),
            HouseSetting.LORAS: lambda typed: self._names(typed, self._settings.loras),
            HouseSetting.SIZES: lambda typed: [self.read_size(one) for one in _separated(typed)],
            HouseSetting.MOST_PICTURES: lambda typed: _number(typed, 1, MAX_COUNT),
            HouseSetting.MOST_STEPS: lambda typed: _number(typed, 1, self.ceiling_steps),
            HouseSetting.CHECKPOINT: lambda typed: self._names(typed, self._settings.checkpoints)[0],
            HouseSetting.SIZE: lambda typed: self.read_size(typed[0]),
            HouseSetting.NEGATIVE_PROMPT: self._text,
            HouseSetting.UPLOADS: _uploads,
            HouseSetting.CONFIRM_ABOVE: _credits,
            HouseSetting.LANGUAGE: self._language,
            HouseSetting.PREVIEWS: _switch,
            HouseSetting.THREADS: _switch,
            HouseSetting.GALLERY: lambda typed: _ids(typed)[0],
            HouseSetting.REVIEWS: lambda typed: _ids(typed)[0],
            HouseSetting.LOG: lambda typed: _ids(typed)[0],
            HouseSetting.STARS: lambda typed: _number(typed, 1, MOST_STARS),
        }

    async def open(self) -> None:
        for one in await server_settings.everything(self._database):
            if one.name in self._known:
                self._known[one.name].add(one.guild_id)
            elif setting := known_setting(one.name):
                self._chosen[one.guild_id][one.channel_id][setting] = one.value

    def rules(self, place: Place) -> HouseRules:
        """Outside a server the operator's. What was made for adults is there only where Discord lets nobody else in."""
        if place not in self._resolved:
            if len(self._resolved) >= MOST_RESOLVED:
                self._resolved.clear()
            self._resolved[place] = self._resolve(place)
        return self._resolved[place]

    def _resolve(self, place: Place) -> HouseRules:
        with_adult = place.is_age_restricted
        if place.guild_id is None or place.guild_id not in self._chosen:
            return resolve(self._settings, with_adult=with_adult)
        chosen = self._chosen[place.guild_id]
        of_channel: dict[HouseSetting, Any] = {}
        for channel_id in (place.parent_id, place.channel_id):
            if channel_id is not None:
                of_channel |= chosen.get(channel_id, {})
        return resolve(self._settings, chosen.get(None), of_channel, with_adult=with_adult)

    def rules_of(self, generation: Generation) -> HouseRules:
        """What holds now where it was asked for. Which channel a thread belongs to, a generation does not say."""
        origin = generation.origin
        place = Place(origin.guild_id, origin.channel_id, is_age_restricted=generation.is_age_restricted)
        return self.rules(place)

    def wants_previews(self, generation: Generation) -> bool:
        return self.rules_of(generation).has_previews

    def wants_thread(self, generation: Generation) -> bool:
        """Whether a thread is to be started below its picture."""
        in_public = generation.origin.guild_id is not None and not generation.is_private
        return in_public and self.rules_of(generation).has_threads

    def chosen(self, guild_id: int, channel_id: int | None) -> Mapping[HouseSetting, Any]:
        """What was set just there."""
        return self._chosen[guild_id].get(channel_id, {}) if guild_id in self._chosen else {}

    def channels_of(self, guild_id: int) -> list[int]:
        """Those that have rules of their own."""
        if guild_id not in self._chosen:
            return []
        return sorted(id_ for id_, chosen in self._chosen[guild_id].items() if id_ is not None and chosen)

    @property
    def ceiling_steps(self) -> int:
        return max(checkpoint.max_steps for checkpoint in self._settings.checkpoints.values())

    @property
    def ceiling_pixels(self) -> int:
        return max(checkpoint.max_pixels for checkpoint in self._settings.checkpoints.values())

    def choices(self, setting: HouseSetting) -> Sequence[str]:
        """What can be chosen among; nothing where it is typed, or chosen among the server's own channels and roles."""
        match setting:
            case HouseSetting.CHECKPOINTS | HouseSetting.CHECKPOINT:
                return list(self._settings.checkpoints)
            case HouseSetting.LORAS:
                return list(self._settings.loras)
            case HouseSetting.SIZES | HouseSetting.SIZE:
                sizes = [size for one in self._settings.checkpoints.values() for size in one.sizes]
                return list(dict.fromkeys(sizes))
            case HouseSetting.MOST_PICTURES:
                return [str(number) for number in range(1, MAX_COUNT + 1)]
            case HouseSetting.LANGUAGE:
                return self._languages
            case HouseSetting.UPLOADS:
                return (EVERYONE, NOBODY)
            case HouseSetting.PREVIEWS | HouseSetting.THREADS:
                return (ON, OFF)
            case _:
                return ()

    async def choose(
        self, requester: Requester, setting: HouseSetting, channel_id: int | None, typed: Sequence[str]
    ) -> Any:
        """Set it for the requester's server or for one channel of it; returns the value. Nothing typed resets it.

        ``typed``: what was chosen or written, as text. Raises NotAManager, SettingRefused.
        """
        guild_id = managed_server(requester)
        if channel_id is not None and setting in OF_SERVER_ONLY:
            raise SettingRefused(setting.value, "of-server-only")
        written = [one.strip() for one in typed if one.strip()]
        if not written:
            await self.reset(requester, setting, channel_id)
            return None
        value = self._readers[setting](written)
        if setting is HouseSetting.UPLOADS and value == guild_id:
            value = EVERYONE  # the role that everybody has is called like the server, and no member lists it
        async with self._writing:
            await self._put(guild_id, channel_id, setting.value, value, requester.user_id)
            self._chosen[guild_id][channel_id][setting] = value
            self._resolved.clear()
        return value

    async def reset(self, requester: Requester, setting: HouseSetting, channel_id: int | None) -> bool:
        """As it is without it; False if nothing was set there. Raises NotAManager."""
        guild_id = managed_server(requester)
        async with self._writing:
            removed = await server_settings.remove(self._database, guild_id, channel_id, setting.value)
            self._chosen[guild_id][channel_id].pop(setting, None)
            self._resolved.clear()
        return removed

    def is_new(self, guild_id: int) -> bool:
        """Nothing was set there, and nobody has been guided."""
        return guild_id not in self._known[GUIDED] and not any(self._chosen.get(guild_id, {}).values())

    async def guided(self, guild_id: int) -> None:
        await self._remember(guild_id, GUIDED)

    def was_greeted(self, guild_id: int) -> bool:
        return guild_id in self._known[GREETED]

    async def greeted(self, guild_id: int) -> None:
        await self._remember(guild_id, GREETED)

    async def _remember(self, guild_id: int, what: str) -> None:
        self._known[what].add(guild_id)
        await self._put(guild_id, None, what, True, None)

    async def _put(self, guild_id: int, channel_id: int | None, name: str, value: Any, by: int | None) -> None:
        setting = ServerSetting(
            guild_id=guild_id, channel_id=channel_id, name=name, value=value, set_by=by, set_at_ms=self._now_ms()
        )
        await server_settings.put(self._database, setting)

    def _names(self, typed: Sequence[str], there: Mapping[str, Any]) -> list[str]:
        names = list(dict.fromkeys(_separated(typed)))
        for name in names:
            if name not in there:
                raise SettingRefused("name", "not-there", name=name, known=", ".join(there) or "-")
        return names

    def read_size(self, text: str) -> str:
        """Raises SettingRefused if it is none, or no checkpoint here can draw it."""
        try:
            width, height = parse_size(text)
        except ValueError:
            raise SettingRefused("size", "no-size", given=text) from None
        if not width or not height or width % SIZE_MULTIPLE or height % SIZE_MULTIPLE:
            raise SettingRefused("size", "not-multiple", given=text, multiple=str(SIZE_MULTIPLE))
        if width * height > self.ceiling_pixels:
            raise SettingRefused("size", "too-big", given=text, most=str(self.ceiling_pixels))
        return f"{width}x{height}"

    def _text(self, typed: Sequence[str]) -> str:
        text, most = " ".join(typed), self._settings.imagine.max_prompt_characters
        if len(text) > most:
            raise SettingRefused("negative_prompt", "too-long", count=str(len(text)), most=str(most))
        return text

    def _language(self, typed: Sequence[str]) -> str:
        if typed[0] not in self._languages:
            raise SettingRefused("language", "not-there", name=typed[0], known=", ".join(self._languages))
        return typed[0]


def _separated(typed: Sequence[str]) -> list[str]:
    return [name for text in typed for name in text.replace(",", " ").split()]


def _ids(typed: Sequence[str]) -> list[int]:
    if len(typed) > MOST_LISTED or not all(one.isascii() and one.isdecimal() for one in typed):
        raise SettingRefused("channels", "from-to", least="1", most=str(MOST_LISTED))
    return sorted({int(one) for one in typed})


def _number(typed: Sequence[str], least: int, most: int) -> int:
    try:
        number = int(typed[0])
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise SettingRefused("number", "from-to", least=str(least), most=str(most))
    return number


def _uploads(typed: Sequence[str]) -> str | int:
    if typed[0] in (EVERYONE, NOBODY):
        return typed[0]
    return _ids(typed)[0]


def _switch(typed: Sequence[str]) -> str:
    if typed[0] not in (ON, OFF):
        raise SettingRefused("name", "not-there", name=typed[0], known=f"{ON}, {OFF}")
    return typed[0]


def _credits(typed: Sequence[str]) -> float:
    try:
        number = float(typed[0].replace(",", "."))
    except ValueError:
        number = math.nan
    if not 0 <= number <= MOST_CONFIRM_CREDITS:
        raise SettingRefused("credits", "from-to", least="0", most=str(MOST_CONFIRM_CREDITS))
    return number
