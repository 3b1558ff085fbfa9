"""Presets: styles that a server's managers keep by name."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from dataclasses import replace

from bot.errors import InvalidRequest, SettingRefused
from bot.safety import PromptTexts
from bot.services.admission import Admission
from bot.services.clock import NowMs
from bot.services.preset_text import PLACE
from bot.services.requester import Requester, managed_server
from config import ImagineSettings
from db import Database, Origin, presets
from db.parameters import PresetUse
from db.presets import Preset

MOST_PRESETS = 100  # of a server
MOST_NAME_CHARACTERS = 32
MOST_NAMED = 20  # in a refusal
_NAME = re.compile(r"[\w][\w .'&+-]*")


class Presets:
    """Names are held in memory, so that they can be offered for every letter that somebody types; texts are read when
    they are used. What managers decide is refused with NotAManager to everybody else."""

    def __init__(self, settings: ImagineSettings, database: Database, admission: Admission, now_ms: NowMs) -> None:
        self._settings = settings
        self._database = database
        self._admission = admission
        self._now_ms = now_ms
        # Server -> the name without regard to case -> the name.
        self._names: dict[int, dict[str, str]] = defaultdict(dict)
        self._writing = asyncio.Lock()  # so that memory and database change in the same order

    async def open(self) -> None:
        for guild_id, name in await presets.names(self._database):
            self._names[guild_id][name.casefold()] = name

    def names(self, guild_id: int | None) -> list[str]:
        """In their order."""
        found = {} if guild_id is None else self._names.get(guild_id, {})
        return [found[key] for key in sorted(found)]

    async def use(self, guild_id: int | None, name: str, prompt: str, negative_prompt: str) -> PresetUse:
        """What a member typed, with the preset as it is now. Raises InvalidRequest."""
        preset = await self._find(guild_id, name)
        if preset is None:
            known = ", ".join(self.names(guild_id)[:MOST_NAMED]) or "-"
            raise InvalidRequest("preset", "no-preset", name=name, known=known)
        return PresetUse(
            name=preset.name,
            prompt=preset.prompt,
            negative_prompt=preset.negative_prompt,
            typed_prompt=prompt.strip(),
            typed_negative_prompt=negative_prompt.strip(),
        )

    async def of_server(self, guild_id: int) -> list[Preset]:
        return await presets.of_server(self._database, guild_id)

    async def get(self, guild_id: int | None, name: str) -> Preset:
        """Raises SettingRefused."""
        preset = await self._find(guild_id, name)
        if preset is None:
            raise SettingRefused("name", "no-preset", name=name)
        return preset

    async def add(self, requester: Requester, origin: Origin, name: str, prompt: str, negative_prompt: str) -> Preset:
        """Raises NotAManager, SettingRefused, PromptBlocked."""
        guild_id = managed_server(requester)
        name = " ".join(name.split())
        if len(name) > MOST_NAME_CHARACTERS or not _NAME.fullmatch(name):
            raise SettingRefused("name", "no-preset-name", most=str(MOST_NAME_CHARACTERS))
        if name.casefold() in self._names[guild_id]:
            raise SettingRefused("name", "preset-there", name=self._names[guild_id][name.casefold()])
        if len(self._names[guild_id]) >= MOST_PRESETS:
            raise SettingRefused("name", "too-many-presets", most=str(MOST_PRESETS))
        preset = Preset(
            guild_id=guild_id,
            name=name,
            prompt=prompt.strip(),
            negative_prompt=negative_prompt.strip(),
            made_by=requester.user_id,
            made_at_ms=self._now_ms(),
        )
        await self._check(preset, origin, requester)
        async with self._writing:
            # Looked at once more: somebody else may have made one meanwhile.
            is_free = name.casefold() not in self._names[guild_id]
            if not is_free or not await presets.add(self._database, preset, most=MOST_PRESETS):
                raise SettingRefused("name", "preset-there", name=name)
            self._names[guild_id][name.casefold()] = name
        return preset

    async def change(
        self, requester: Requester, origin: Origin, name: str, prompt: str, negative_prompt: str
    ) -> Preset:
        """Raises NotAManager, SettingRefused, PromptBlocked."""
        preset = await self.get(managed_server(requester), name)
        changed = replace(preset, prompt=prompt.strip(), negative_prompt=negative_prompt.strip())
        await self._check(changed, origin, requester)
        if not await presets.change(self._database, changed):
            raise SettingRefused("name", "no-preset", name=name)
        return changed

    async def remove(self, requester: Requester, name: str) -> Preset:
        """What was drawn with it stays as it is. Raises NotAManager, SettingRefused."""
        guild_id = managed_server(requester)
        preset = await self.get(guild_id, name)
        async with self._writing:
            await presets.remove(self._database, guild_id, preset.name)
            self._names[guild_id].pop(preset.name.casefold(), None)
        return preset

    async def _find(self, guild_id: int | None, name: str) -> Preset | None:
        key = " ".join(name.split()).casefold()
        known = None if guild_id is None else self._names.get(guild_id, {}).get(key)
        return None if guild_id is None or known is None else await presets.get(self._database, guild_id, known)

    async def _check(self, preset: Preset, origin: Origin, requester: Requester) -> None:
        """Members see it, and the model will: the gate reads it first."""
        most = self._settings.max_prompt_characters
        if not preset.prompt and not preset.negative_prompt:
            raise SettingRefused("prompt", "empty-preset")
        for option, text in (("prompt", preset.prompt), ("negative_prompt", preset.negative_prompt)):
            if len(text) > most:
                raise SettingRefused(option, "too-long", count=str(len(text)), most=str(most))
        texts = PromptTexts(f"{preset.name}, {preset.prompt.replace(PLACE, '')}", preset.negative_prompt)
        await self._admission.check_texts(texts, origin, requester.place)
