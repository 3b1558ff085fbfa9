"""Shelf: the finished pictures, as people look at them again: what they are, where they come from, whose favourites."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.errors import NotFound
from bot.services.clock import NowMs
from bot.services.gallery import Gallery
from bot.services.requester import Requester
from db import Database, Generation, favourites, gallery, generations, history
from inference.pictures import read_parameters

FAMILY_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Family:
    """ancestors: parent, its parent and so on. children: what was made of it, oldest first. liked_by: how many."""

    ancestors: tuple[Generation, ...]
    children: tuple[Generation, ...]
    liked_by: int


class Shelf:
    def __init__(self, database: Database, gallery_: Gallery, now_ms: NowMs) -> None:
        self._database = database
        self._gallery = gallery_
        self._now_ms = now_ms

    async def get(self, generation_id: int) -> Generation:
        """Raises NotFound, also for what was taken away."""
        return _there(await generations.get(self._database, generation_id))

    async def get_hidden_too(self, generation_id: int) -> Generation:
        """For moderators. Raises NotFound."""
        generation = await generations.get(self._database, generation_id)
        if generation is None:
            raise NotFound
        return generation

    async def of_message(self, message_id: int) -> Generation:
        """Also of one in a gallery. Raises NotFound."""
        found = await history.of_message(self._database, message_id)
        if found is None and (shown := await gallery.of_message(self._database, message_id)):
            found = await generations.get(self._database, shown.generation_id)
        return _there(found)

    async def family_of(self, generation: Generation) -> Family:
        ancestors: list[Generation] = []
        parent_id = generation.parent_id
        while parent_id is not None and len(ancestors) < FAMILY_SHOWN:
            parent = await generations.get(self._database, parent_id)
            if parent is None:
                break
            ancestors.append(parent)
            parent_id = parent.parent_id
        children = await history.children(self._database, generation.id, limit=FAMILY_SHOWN)
        liked_by = await favourites.count(self._database, generation.id)
        return Family(tuple(ancestors), tuple(children), liked_by)

    async def toggle_favourite(self, requester: Requester, generation: Generation) -> bool:
        """Whether it is one now. Raises NotFound for what is somebody else's and private."""
        if generation.is_private and generation.origin.user_id != requester.user_id:
            raise NotFound
        now_ms = self._now_ms()
        is_one = await favourites.toggle(self._database, requester.user_id, generation.id, now_ms=now_ms)
        if is_one:
            await self._gallery.liked(generation)
        return is_one

    async def hide(self, generation: Generation) -> None:
        """No list and no gallery shows it any more."""
        await generations.hide(self._database, generation.id, now_ms=self._now_ms())
        await self._gallery.remove(generation.id)

    async def read_file(self, data: bytes) -> str | None:
        """The parameters that a picture file carries, ours or another tool's; None if it carries none."""
        try:
            return await asyncio.to_thread(read_parameters, data)
        except (OSError, ValueError, SyntaxError):
            return None  # no picture, or a broken one


def _there(generation: Generation | None) -> Generation:
    if generation is None or generation.hidden_at_ms is not None:
        raise NotFound
    return generation
