"""A server's gallery: what enough other members like is shown once in the channel that its managers chose.

A row says that it is to be shown before anything is sent, and which message shows it afterwards. After a crash in
between, the message is looked for before another is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from bot.errors import PromptBlocked
from bot.safety import Cleared, Gate, PictureFile, Verdict
from bot.services.board import NotPosted
from bot.services.delivery import pauses
from bot.services.house import House
from bot.services.house_rules import HouseRules, Place
from bot.services.protection import Protection
from bot.services.stored import stored_picture
from bot.services.texts import texts_of
from db import Database, Generation, GenerationState, favourites, gallery, generations
from db.gallery import Shown
from db.images import ImageStore

log = logging.getLogger(__name__)


class Wall(Protocol):
    """Where galleries hang. Every method raises NotPosted."""

    async def find(self, generation: Generation, channel_id: int) -> int | None:
        """The id of the message that shows it there, which nobody has written down; None if there is none."""
        ...

    async def show(
        self, generation: Generation, picture: Cleared[PictureFile], channel_id: int, stars: int, locale: str | None
    ) -> int:
        """Returns the message's id."""
        ...

    async def take_down(self, channel_id: int, message_id: int) -> None:
        """Also if it is gone already."""
        ...


class Gallery:
    def __init__(
        self,
        database: Database,
        house: House,
        images: ImageStore,
        gate: Gate,
        protection: Protection,
        wall: Wall,
    ) -> None:
        self._database = database
        self._house = house
        self._images = images
        self._gate = gate
        self._protection = protection
        self._wall = wall
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()
        self._refused: set[int] = set()

    def is_refused(self, guild_id: int) -> bool:
        """The last one could not be shown in that server's gallery at all."""
        return guild_id in self._refused

    async def recover(self) -> None:
        """What an earlier process began to show, or to take down."""
        for shown in await gallery.unposted(self._database):
            self._spawn(self._hang(shown, looks_first=True))
        for shown in await gallery.hidden(self._database):
            self._spawn(self._take_down(shown))

    async def close(self) -> None:
        """What cannot be shown now is shown after the next start."""
        self._stopped.set()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def liked(self, generation: Generation) -> None:
        """Another member likes it: show it in its server's gallery if that is enough."""
        channel_id = self._channel_for(generation)
        if channel_id is None or await self._stars(generation) < self._rules(generation).stars:
            return
        if await gallery.claim(self._database, generation.id, channel_id):
            self._spawn(self._hang(Shown(generation.id, channel_id, None)))

    async def remove(self, generation_id: int) -> None:
        """It was taken away, so it is shown there no more."""
        shown = await gallery.get(self._database, generation_id)
        if shown is not None:
            self._spawn(self._take_down(shown))

    async def remove_all_of(self, user_id: int) -> None:
        """Before the member's generations are forgotten, and with them where they are shown."""
        taking = [self._take_down(shown) for shown in await gallery.of_member(self._database, user_id)]
        await asyncio.gather(*taking)

    def _channel_for(self, generation: Generation) -> int | None:
        """None: it may not be shown, or there is no gallery."""
        if generation.origin.guild_id is None or generation.is_private or generation.hidden_at_ms is not None:
            return None
        if generation.state is not GenerationState.DONE or generation.message_id is None:
            return None
        return self._rules(generation).gallery if generation.parameters.prompt else None

    def _rules(self, generation: Generation) -> HouseRules:
        return self._house.rules(Place(generation.origin.guild_id, None))

    async def _stars(self, generation: Generation) -> int:
        """Of other members."""
        return await favourites.count(self._database, generation.id, but_of=generation.origin.user_id)

    async def _hang(self, shown: Shown, *, looks_first: bool = False) -> None:
        """Until it hangs, or cannot at all: managers may choose another channel, and the next one who likes it tries
        again."""
        looks = looks_first

        async def hang() -> None:
            nonlocal looks
            looks_now, looks = looks, True
            await self._try(shown, looks_first=looks_now)

        hangs = await self._until_done(hang, shown)
        if hangs is False:
            await gallery.take_out(self._database, shown.generation_id)
        generation = await generations.get(self._database, shown.generation_id)
        if generation is not None and generation.origin.guild_id is not None and hangs is not None:
            (self._refused.discard if hangs else self._refused.add)(generation.origin.guild_id)

    async def _try(self, shown: Shown, *, looks_first: bool) -> None:
        generation = await generations.get(self._database, shown.generation_id)
        if generation is None or self._channel_for(generation) is None:
            await gallery.take_out(self._database, shown.generation_id)
            return
        message_id = await self._wall.find(generation, shown.channel_id) if looks_first else None
        if message_id is None:
            picture, stars = await self._picture(generation, shown.channel_id), await self._stars(generation)
            locale = self._rules(generation).language or generation.locale
            message_id = await self._wall.show(generation, picture, shown.channel_id, stars, locale)
        is_kept = await gallery.posted(self._database, generation.id, message_id)
        now = await generations.get(self._database, generation.id)
        if not is_kept or now is None or now.hidden_at_ms is not None:
            # Taken away while it was on its way: then it comes down again.
            await self._take_down(Shown(shown.generation_id, shown.channel_id, message_id))

    async def _take_down(self, shown: Shown) -> None:
        """First the message and then the row, so that a crash in between leaves what is found at the next start."""
        message_id = shown.message_id
        if message_id is None:
            return  # it is on its way, and comes down when it has arrived

        async def take_down() -> None:
            await self._wall.take_down(shown.channel_id, message_id)

        if await self._until_done(take_down, shown) is not None:
            await gallery.take_out(self._database, shown.generation_id)

    async def _until_done(self, work: Callable[[], Awaitable[None]], shown: Shown) -> bool | None:
        """Again while it may work later; False if it never will, None if Lienzo stops before it has."""
        for pause in pauses():
            at_least = 0.0
            try:
                await work()
                return True
            except NotPosted as error:
                log.warning("the gallery's message of generation %s: %s", shown.generation_id, error)
                if not error.may_retry:
                    return False
                at_least = error.after_seconds
            except Exception:
                log.exception("the gallery's message of generation %s", shown.generation_id)  # a full disk, perhaps
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, at_least)):
                    await self._stopped.wait()
                return None
        raise AssertionError  # the pauses do not end

    async def _picture(self, generation: Generation, channel_id: int) -> Cleared[PictureFile]:
        """Looked at once more, for a gallery is another place than the one it was drawn in, and never one for adults
        alone. Raises NotPosted."""
        file = await stored_picture(self._images, generation)
        if file is None:
            raise NotPosted("its file is gone from the disk", may_retry=False)
        try:
            policy = await self._protection.policy_at(Place(generation.origin.guild_id, channel_id))
        except PromptBlocked as error:
            raise NotPosted("what holds there cannot be read", may_retry=True) from error
        picture = await self._gate.recheck_stored(file, texts_of(generation.parameters), policy)
        if isinstance(picture, Verdict):
            raise NotPosted(f"the safety gate does not let it ({picture.category})", may_retry=picture.is_our_fault)
        return picture

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
