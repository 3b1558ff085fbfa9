"""Statistics of a server: what was drawn there lately, in numbers and as a chart. Of nobody in particular."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.errors import NotFound
from bot.services.chart import bar_chart
from bot.services.clock import DAY_MS, NowMs
from db import Database, history
from db.history import Day

DAYS = 30
TOP = 5


@dataclass(frozen=True, slots=True)
class ServerStats:
    """days: oldest first, each with how many pictures; checkpoints: the most used ones; chart: PNG of the days."""

    days: tuple[Day, ...]
    pictures: int
    members: int
    favourites: int
    seconds_each: float | None
    checkpoints: tuple[tuple[str, int], ...]
    chart: bytes


class Statistics:
    def __init__(self, database: Database, now_ms: NowMs) -> None:
        self._database = database
        self._now_ms = now_ms

    async def of_server(self, guild_id: int | None, title: str) -> ServerStats:
        """``title``: of the chart. Raises NotFound outside a server."""
        if guild_id is None:
            raise NotFound
        today = self._now_ms() // DAY_MS
        since = (today - DAYS + 1) * DAY_MS
        drawn = await history.summary(self._database, guild_id, since_ms=since)
        by_day = {day.day: day for day in drawn.days}
        days = tuple(by_day.get(day, Day(day, 0)) for day in range(today - DAYS + 1, today + 1))
        chart = await asyncio.to_thread(bar_chart, title, [(day.date, day.pictures) for day in days])
        return ServerStats(
            days=days,
            pictures=sum(day.pictures for day in days),
            members=drawn.members,
            favourites=drawn.favourites,
            seconds_each=drawn.seconds_each,
            checkpoints=drawn.checkpoints[:TOP],
            chart=chart,
        )
