"""Pages of pictures, newest first, with the files that are still on disk: one's own, or one's favourites."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from bot.errors import NotFound, PictureBlocked, PromptBlocked
from bot.safety import Cleared, PictureFile
from bot.services.admission import Admission
from bot.services.requester import Requester
from bot.services.stored import stored_picture
from db import Database, Generation, generations, history
from db.history import Search
from db.images import ImageStore
from db.records import Kind

PAGE = 4  # Discord shows four attachments as a square
MARK = "#"
MAX_WORDS = 40  # characters of a search; the buttons that turn its pages carry them


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What a page shows. ``words``: looked for in the prompts. ``is_liked``: favourites, whoever drew them. ``kind``:
    how they came to be asked for. ``checkpoint``: its name, or what ``mark`` makes of it."""

    words: str = ""
    is_liked: bool = False
    kind: Kind | None = None
    checkpoint: str = ""

    @property
    def mark(self) -> str:
        """A short stand-in for the checkpoint's name, for where there is no room for names; empty if there is none."""
        if not self.checkpoint or self.checkpoint.startswith(MARK):
            return self.checkpoint
        return f"{MARK}{zlib.crc32(self.checkpoint.encode()):08x}"


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
    """``checkpoints``: the names that pages can be narrowed to."""

    def __init__(
        self, database: Database, images: ImageStore, admission: Admission, checkpoints: Collection[str]
    ) -> None:
        self._checkpoints = checkpoints
        self._database = database
        self._images = images
        self._admission = admission

    async def page(self, requester: Requester, query: HistoryQuery, *, before_id: int | None = None) -> HistoryPage:
        me = requester.user_id
        own, liked = (None, me) if query.is_liked else (me, None)
        query = self._with_name(query)
        search = Search(
            user_id=own,
            favourites_of=liked,
            words=query.words,
            kind=query.kind,
            checkpoint=query.checkpoint or None,
        )
        found = await history.page(self._database, search, before_id=before_id, limit=PAGE + 1)
        entries = await asyncio.gather(*(self._entry(generation) for generation in found[:PAGE]))
        return HistoryPage(tuple(entries), found[PAGE - 1].id if len(found) > PAGE else None, query)

    def _with_name(self, query: HistoryQuery) -> HistoryQuery:
        """The checkpoint by its name; one that is not there any more stays as it is, and nothing is found."""
        names = (name for name in self._checkpoints if replace(query, checkpoint=name).mark == query.mark)
        return replace(query, checkpoint=next(names, query.checkpoint)) if query.checkpoint else query

    async def entry(self, requester: Requester, generation_id: int) -> HistoryEntry:
        """One that the requester may see: their own, or what was shown to everybody in this server. Raises NotFound."""
        generation = await generations.get(self._database, generation_id)
        if generation is None or not may_see(requester, generation):
            raise NotFound
        return await self._entry(generation)

    async def _entry(self, generation: Generation) -> HistoryEntry:
        file = await stored_picture(self._images, generation)
        if file is None:
            return HistoryEntry(generation, None)
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
