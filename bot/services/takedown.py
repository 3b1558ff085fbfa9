"""Takedown: pictures that must go. Members report them, moderators take them down, and they do not come back.

A report of a moderator, or of enough members, hides a picture at once. Taking one down removes its message and its
file, and those of everything that was made of it, and remembers how it looked and what drew it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import NotAModerator, NotFound, PictureBlocked, PromptBlocked
from bot.safety import PictureFile, Verdict
from bot.services.audit import Audit
from bot.services.blurring import blurred
from bot.services.clock import NowMs
from bot.services.house import House
from bot.services.house_rules import Place
from bot.services.looks import are_alike, look_of
from bot.services.notices import Notices, Report
from bot.services.offspring import own_parameters
from bot.services.requester import Requester
from bot.services.retention import Retention
from bot.services.stored import load_picture, stored_picture
from db import Database, Generation, audit, forgetting, generations, history, pictures, removals, reports
from db.audit import Entry
from db.images import ImageStore
from db.parameters import Parameters, StoredImage, to_columns
from db.removals import Removal

log = logging.getLogger(__name__)

MOST_DESCENDANTS = 200
TAKEN_DOWN = "taken_down"

# Takes a generation's message away. Raises what Discord refuses.
RemoveMessage = Callable[[Generation], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reported:
    """is_new: the member had not reported it before. is_hidden: it is gone from its channel now."""

    is_new: bool
    is_hidden: bool


class Takedown:
    """``remove_message`` takes a generation's message away."""

    def __init__(
        self,
        database: Database,
        images: ImageStore,
        retention: Retention,
        audit_: Audit,
        notices: Notices,
        remove_message: RemoveMessage,
        house: House,
        members_to_hide: int,
        now_ms: NowMs,
    ) -> None:
        self._database = database
        self._images = images
        self._retention = retention
        self._audit = audit_
        self._notices = notices
        self._remove_message = remove_message
        self._house = house
        self._members_to_hide = members_to_hide
        self._now_ms = now_ms

    async def report(self, requester: Requester, generation: Generation, reason: str) -> Reported:
        guild_id = generation.origin.guild_id
        if guild_id is None or guild_id != requester.guild_id:
            raise NotFound  # in a direct message nobody else sees it
        is_new, count = await reports.add(
            self._database, generation.id, requester.user_id, guild_id, reason, now_ms=self._now_ms()
        )
        hides = requester.may_manage or count >= self._members_to_hide
        if is_new:
            await self._audit.write(self._entry(requester, generation, "report", reason))
        if hides and generation.hidden_at_ms is None:
            await self._audit.write(self._entry(requester, generation, "hide", ""))
            await self.hide(generation)
        if is_new:
            channel_id = self._house.rules(Place(guild_id, None)).reviews
            if channel_id is not None:
                preview = await self._preview(generation)
                await self._notices.report(Report(generation, reason, count, hides, preview), channel_id)
        return Reported(is_new, hides)

    async def hide(self, generation: Generation) -> None:
        await generations.hide(self._database, generation.id, now_ms=self._now_ms())
        try:
            await self._remove_message(generation)
        except (
            Exception
        ) as error:  # it is out of every list already, and whoever asked for it is told no more than that
            log.warning("the message of generation %s could not be removed: %s", generation.id, error)

    async def take_down(self, requester: Requester, generation: Generation, reason: str) -> int:
        """It and what was made of it; returns how many pictures went. Raises NotAModerator, NotFound."""
        self._check_moderator(requester, generation)
        guild_id = generation.origin.guild_id
        family = [generation, *await self._descendants(generation)]
        for one in family:
            found = await self._removals_of(one)
            now = self._now_ms()

            async def remember(connection: AsyncConnection, found: list[Removal] = found, now: int = now) -> None:
                await removals.add_on(connection, guild_id, found, by=requester.user_id, now_ms=now)

            await self._audit.write_with(self._entry(requester, one, "takedown", reason), remember)
            await self.hide(one)
            await self._retention.remove_files((await forgetting.drop_pictures_of(self._database, one.id)).free)
        return len(family)

    async def keep(self, requester: Requester, generation: Generation) -> None:
        """A reported picture is all right. If reports hid it, and not its member, it is in the lists again. Raises
        NotAModerator, NotFound."""
        self._check_moderator(requester, generation)
        if generation.image_sha256 is not None and await audit.has(self._database, generation.id, "hide"):
            await generations.hide(self._database, generation.id, now_ms=None)
        await self._audit.write(self._entry(requester, generation, "kept", ""))

    async def check_recipe(self, parameters: Parameters, guild_id: int | None) -> None:
        """Raises PromptBlocked if that very picture was taken down there."""
        if await removals.has_recipe(self._database, guild_id, recipe_of(parameters)):
            raise PromptBlocked(Verdict("prompt", TAKEN_DOWN, "recipe"))

    async def check_looks(self, drawn: Iterable[PictureFile], guild_id: int | None) -> None:
        """Raises PictureBlocked if one of them looks like one that was taken down there."""
        known = await removals.looks(self._database, guild_id)
        if not known:
            return
        for picture in drawn:
            look = await asyncio.to_thread(look_of, picture)
            if any(are_alike(look, one) for one in known):
                raise PictureBlocked(Verdict("image", TAKEN_DOWN, "look"))

    def _check_moderator(self, requester: Requester, generation: Generation) -> None:
        if not requester.may_manage or requester.guild_id is None:
            raise NotAModerator
        if generation.origin.guild_id != requester.guild_id:
            raise NotFound

    async def _descendants(self, generation: Generation) -> Sequence[Generation]:
        found: list[Generation] = []
        ahead = [generation.id]
        while ahead and len(found) < MOST_DESCENDANTS:
            children = await history.children(self._database, ahead.pop(0), limit=MOST_DESCENDANTS)
            found += children
            ahead += [child.id for child in children]
        return found

    async def _removals_of(self, generation: Generation) -> list[Removal]:
        if not generation.parameters.prompt:
            return []  # its member had it deleted
        parts = await pictures.of(self._database, generation.id, pictures.Role.PICTURE)
        files = [part.image for part in parts]
        if not files and generation.image_sha256 is not None and generation.image_extension is not None:
            files = [StoredImage(generation.image_sha256, generation.image_extension)]
        found = []
        for nth in range(generation.count):
            parameters = own_parameters(generation, nth)
            look = None
            if nth < len(files):
                picture = await load_picture(self._images, files[nth], parameters)
                if picture is not None:
                    with suppress(OSError):  # a damaged file has no look
                        look = await asyncio.to_thread(look_of, picture)
            found.append(Removal(recipe_of(parameters), look))
        return found

    async def _preview(self, generation: Generation) -> bytes | None:
        picture = await stored_picture(self._images, generation)
        if picture is None:
            return None
        try:
            return await asyncio.to_thread(blurred, picture.data)
        except OSError:
            return None

    def _entry(self, requester: Requester, generation: Generation, action: str, detail: str) -> Entry:
        return Entry(
            at_ms=self._now_ms(),
            guild_id=generation.origin.guild_id,
            actor_id=requester.user_id,
            action=action,
            user_id=generation.origin.user_id,
            generation_id=generation.id,
            detail=detail,
        )


def recipe_of(parameters: Parameters) -> bytes:
    """SHA-256 of everything that decides what is drawn; through which preset it was asked does not."""
    values: dict[str, Any] = to_columns(replace(parameters, preset=None))
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).digest()
