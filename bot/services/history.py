"""A member's own generations, newest first, with the pictures that are still on disk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.safety import Cleared, Gate, PictureFile, PromptTexts, Verdict
from bot.services.requester import Requester
from db import Database, Generation, history
from db.history import Search
from db.images import ImageStore

PAGE = 4  # Discord shows four attachments as a square


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    generation: Generation
    picture: Cleared[PictureFile] | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older``: the id to go on from, None on the last page."""

    entries: tuple[HistoryEntry, ...]
    older: int | None


class HistoryService:
    def __init__(self, database: Database, images: ImageStore, gate: Gate) -> None:
        self._database = database
        self._images = images
        self._gate = gate

    async def page(self, requester: Requester, *, before_id: int | None = None) -> HistoryPage:
        found = await history.page(
            self._database, Search(user_id=requester.user_id), before_id=before_id, limit=PAGE + 1
        )
        entries = await asyncio.gather(*(self._entry(generation) for generation in found[:PAGE]))
        return HistoryPage(tuple(entries), found[PAGE - 1].id if len(found) > PAGE else None)

    async def _entry(self, generation: Generation) -> HistoryEntry:
        sha256, extension = generation.image_sha256, generation.image_extension
        if sha256 is None or extension is None:
            return HistoryEntry(generation, None)
        data = await asyncio.to_thread(self._images.load, sha256, extension)
        if data is None:
            return HistoryEntry(generation, None)
        parameters = generation.parameters
        picture = await self._gate.recheck_stored(
            PictureFile(data, extension, parameters.width, parameters.height),
            PromptTexts(parameters.prompt, parameters.negative_prompt),
        )
        return HistoryEntry(generation, None if isinstance(picture, Verdict) else picture)
