"""Pages of pictures, newest first, with the files that are still on disk: one's own, or one's favourites."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.errors import NotFound, PictureBlocked, PromptBlocked
from bot.safety import Cleared, PictureFile
from bot.services.admission import Admission
from bot.services.requester import Requester
from db import Database, Generation, generations, history
from db.history import Search
from db.images import ImageStore

PAGE = 4  # Discord shows four attachments as a square
MAX_WORDS = 40  # characters of a search; the buttons that turn its pages carry them


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What a page shows. ``words``: looked for in the prompts. ``is_liked``: favourites, whoever drew them."""

    words: str = ""
    is_liked: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    generation: Generation
    picture: Cleared[PictureFile] | None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """``older``: the id to go on from, None on the last page."""

    entries: tuple[HistoryEntry, ...]
    older: int | None
    query: HistoryQuery


class HistoryService:
    def __init__(self, database: Database, images: ImageStore, admission: Admission) -> None:
        self._database = database
        self._images = images
        self._admission = admission

    async def page(self, requester: Requester, query: HistoryQuery, *, before_id: int | None = None) -> HistoryPage:
        me = requester.user_id
        own, liked = (None, me) if query.is_liked else (me, None)
        search = Search(user_id=own, favourites_of=liked, words=query.words)
        found = await history.page(self._database, search, before_id=before_id, limit=PAGE + 1)
        entries = await asyncio.gather(*(self._entry(generation) for generation in found[:PAGE]))
        return HistoryPage(tuple(entries), found[PAGE - 1].id if len(found) > PAGE else None, query)

    async def entry(self, requester: Requester, generation_id: int) -> HistoryEntry:
        """One that the requester may see: their own, or what was shown to everybody in this server. Raises NotFound."""
        generation = await generations.get(self._database, generation_id)
        if generation is None or not may_see(requester, generation):
            raise NotFound
        return await self._entry(generation)

    async def _entry(self, generation: Generation) -> HistoryEntry:
        sha256, extension = generation.image_sha256, generation.image_extension
        if sha256 is None or extension is None:
            return HistoryEntry(generation, None)
        data = await asyncio.to_thread(self._images.load, sha256, extension)
        if data is None:
            return HistoryEntry(generation, None)
        parameters = generation.parameters
        file = PictureFile(data, extension, parameters.width, parameters.height)
        try:
            return HistoryEntry(generation, await self._admission.clear_to_show(generation, file))
        except (PromptBlocked, PictureBlocked):
            return HistoryEntry(generation, None)


def may_see(requester: Requester, generation: Generation) -> bool:
    """Their own, or what was shown to everybody in this server; nothing that was taken away or deleted."""
    if generation.hidden_at_ms is not None or not generation.parameters.prompt:
        return False
    is_from_here = requester.guild_id is not None and generation.origin.guild_id == requester.guild_id
    return generation.origin.user_id == requester.user_id or (is_from_here and not generation.is_private)
