"""Usage: how often each checkpoint, size, LoRA and preset was asked for in a server lately, counted in memory.

It ranks what is offered while somebody types, so nothing is read from the database then: it is read once, at start.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from bot.services.clock import DAY_MS, NowMs
from db import Database, history
from db.parameters import Parameters

LATELY_MS = 30 * DAY_MS


class Usage:
    def __init__(self, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms
        self._counts: dict[int | None, Counter[str]] = defaultdict(Counter)

    async def open(self) -> None:
        for use in await history.uses(self._database, since_ms=self._now_ms() - LATELY_MS):
            counts = self._counts[use.guild_id]
            for name in _names(use.checkpoint, use.width, use.height, use.loras, use.preset):
                counts[name] += use.times

    def count(self, guild_id: int | None, asked: Parameters) -> None:
        loras = [lora.name for lora in asked.loras]
        preset = None if asked.preset is None else asked.preset.name
        self._counts[guild_id].update(_names(asked.checkpoint, asked.width, asked.height, loras, preset))

    def ranked(self, guild_id: int | None, names: Iterable[str]) -> list[str]:
        """What is used most there first; among equals in the order in which they are given."""
        counts = self._counts.get(guild_id, Counter())
        return sorted(names, key=lambda name: -counts[name])


def _names(checkpoint: str, width: int, height: int, loras: Iterable[str], preset: str | None) -> list[str]:
    return [checkpoint, f"{width}x{height}", *loras, *([] if preset is None else [preset])]
