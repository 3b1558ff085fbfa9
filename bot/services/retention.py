"""Retention: keeps no more than the settings say, and removes files that nothing names any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from bot.services.clock import DAY_MS, NowMs
from config import RetentionSettings
from db import Database, forgetting, reviews
from db.forgetting import Batch, ImageName
from db.images import ImageStore

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 3600.0
# Longer than any window a quota may have: what is older counts nowhere.
COUNTS_DAYS = 31
# A picture lies on the disk for a moment before a row names it.
ORPHAN_SECONDS = 3600.0


class Retention:
    def __init__(self, settings: RetentionSettings, database: Database, images: ImageStore, now_ms: NowMs) -> None:
        self._settings = settings
        self._database = database
        self._images = images
        self._now_ms = now_ms
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        """Once an hour until ``stop``. What cannot be removed now is tried again then."""
        while not self._stopped.is_set():
            try:
                await self.tidy()
            except Exception:
                log.exception("tidying up failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_SECONDS):
                    await self._stopped.wait()

    def stop(self) -> None:
        """``run`` ends after the batch that it is at. It is asked and not cancelled: a read that is torn off leaves
        its connection behind."""
        self._stopped.set()

    async def tidy(self, *, orphans_older_than_seconds: float = ORPHAN_SECONDS) -> None:
        settings, database = self._settings, self._database
        if settings.pictures_days:
            before = self._days_ago(settings.pictures_days)
            await self._until_done(lambda: forgetting.drop_pictures(database, before_ms=before))
        if settings.history_days:
            before = self._days_ago(settings.history_days)
            await self._until_done(lambda: forgetting.drop_rows(database, before_ms=before))
        counted = self._days_ago(COUNTS_DAYS)
        await self._until_done(lambda: forgetting.drop_rows(database, before_ms=counted, emptied_only=True))
        closed = self._days_ago(settings.ledger_days)
        for drop in (forgetting.drop_ledger, forgetting.drop_grants):
            while not self._stopped.is_set() and await drop(database, before_ms=closed):
                pass
        await reviews.forget_texts(database, before_ms=self._now_ms())
        await self._shrink()
        await self._remove_orphans(orphans_older_than_seconds)

    async def remove_files(self, names: Iterable[ImageName]) -> None:
        """Of pictures that no row names any more."""
        for sha256, extension in names:
            try:
                await asyncio.to_thread(self._images.remove, sha256, extension)
            except OSError as error:
                log.warning("a picture could not be removed: %s", error)

    async def _until_done(self, next_batch: Callable[[], Awaitable[Batch]]) -> None:
        while not self._stopped.is_set() and (batch := await next_batch()).rows:
            await self.remove_files(batch.free)

    async def _shrink(self) -> None:
        limit = int(self._settings.pictures_gib * 2**30)
        while limit and await forgetting.picture_bytes(self._database) > limit:
            batch = await forgetting.drop_pictures(self._database, before_ms=self._now_ms(), limit=50)
            await self.remove_files(batch.free)
            if not batch.rows:
                return

    async def _remove_orphans(self, older_than_seconds: float) -> None:
        found = await asyncio.to_thread(lambda: list(self._images.names(older_than_seconds=older_than_seconds)))
        for begin in range(0, len(found), forgetting.BATCH):
            if self._stopped.is_set():
                return
            await self.remove_files(await forgetting.unnamed(self._database, found[begin : begin + forgetting.BATCH]))

    def _days_ago(self, days: float) -> int:
        return self._now_ms() - int(days * DAY_MS)
