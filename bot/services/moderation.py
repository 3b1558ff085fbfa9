"""Moderation: what moderators do about members. Everything has a reason, an end if it is a pause, and an audit entry.

A pause or ban holds from this moment on: what the member has waiting or being drawn there is cancelled, and what is
being posted is not posted.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import AlreadyOver, NotAModerator, NotAnOperator, NotFound, NotRestricted, SettingRefused
from bot.services.audit import Audit
from bot.services.clock import DAY_MS, NowMs
from bot.services.requester import Requester
from bot.services.studio import Studio
from db import Database, audit, generations, incidents, restrictions
from db.audit import Entry
from db.restrictions import Restriction, RestrictionKind

MAX_PAUSE_DAYS = 366
MAX_REASON_CHARACTERS = 300
HISTORY_SHOWN = 15
HISTORY_DAYS = 90
PAUSE_MINUTES = 24 * 60  # with one press


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a member in a server. strikes: in the last HISTORY_DAYS."""

    user_id: int
    strikes: int
    holding: Restriction | None
    entries: tuple[Entry, ...]


class Moderation:
    """Raises NotAModerator for whoever is none in the place where they ask, NotAnOperator for what holds everywhere."""

    def __init__(self, database: Database, audit_: Audit, studio: Studio, now_ms: NowMs) -> None:
        self._database = database
        self._audit = audit_
        self._studio = studio
        self._now_ms = now_ms

    async def restrict(
        self,
        requester: Requester,
        restriction_id: int,
        *,
        user_id: int,
        kind: RestrictionKind,
        reason: str,
        minutes: int | None = None,
        everywhere: bool = False,
    ) -> Restriction:
        """``restriction_id``: the interaction's. ``minutes`` None: until it is lifted. Raises SettingRefused."""
        guild_id = self._place(requester, everywhere)
        if user_id == requester.user_id:
            raise SettingRefused("member", "yourself")
        if kind is RestrictionKind.PAUSE and not (minutes and minutes <= MAX_PAUSE_DAYS * 24 * 60):
            raise SettingRefused("duration", "pause-needs-end")
        now = self._now_ms()
        restriction = Restriction(
            id=restriction_id,
            guild_id=guild_id,
            user_id=user_id,
            kind=kind,
            reason=reason[:MAX_REASON_CHARACTERS],
            made_by=requester.user_id,
            made_at_ms=now,
            expires_at_ms=None if minutes is None else now + minutes * 60_000,
        )
        entry = self._entry(requester, guild_id, kind.value, user_id, restriction.reason)
        await self._audit.write_with(entry, lambda connection: restrictions.impose_on(connection, restriction))
        await self._cancel_all(user_id, guild_id)
        return restriction

    async def lift(self, requester: Requester, *, user_id: int, reason: str, everywhere: bool = False) -> None:
        """Raises NotRestricted."""
        guild_id = self._place(requester, everywhere)
        now = self._now_ms()
        entry = self._entry(requester, guild_id, "lift", user_id, reason[:MAX_REASON_CHARACTERS])

        async def work(connection: AsyncConnection) -> bool:
            return await restrictions.lift_on(connection, guild_id, user_id, now_ms=now) > 0

        if not await self._audit.write_with(entry, work):
            raise NotRestricted

    async def note(self, requester: Requester, *, user_id: int, text: str) -> None:
        """For other moderators to read."""
        guild_id = self._place(requester, everywhere=False)
        await self._audit.write(self._entry(requester, guild_id, "note", user_id, text[:MAX_REASON_CHARACTERS]))

    async def record(self, requester: Requester, user_id: int) -> Record:
        guild_id = self._place(requester, everywhere=False)
        now = self._now_ms()
        times = await incidents.strikes(self._database, user_id, since_ms=now - HISTORY_DAYS * DAY_MS)
        return Record(
            user_id,
            len(times),
            await restrictions.holding(self._database, user_id, guild_id, now_ms=now),
            tuple(await audit.of_member(self._database, user_id, guild_id, limit=HISTORY_SHOWN)),
        )

    async def log(self, requester: Requester) -> list[Entry]:
        """What was done in the server, newest first."""
        guild_id = self._place(requester, everywhere=False)
        assert guild_id is not None
        return await audit.of_server(self._database, guild_id, limit=HISTORY_SHOWN)

    def _place(self, requester: Requester, everywhere: bool) -> int | None:
        if everywhere:
            if not requester.is_operator:
                raise NotAnOperator
            return None
        if requester.guild_id is None or not requester.may_manage:
            raise NotAModerator
        return requester.guild_id

    def _entry(self, requester: Requester, guild_id: int | None, action: str, user_id: int, detail: str) -> Entry:
        return Entry(
            at_ms=self._now_ms(),
            guild_id=guild_id,
            actor_id=requester.user_id,
            action=action,
            user_id=user_id,
            detail=detail,
        )

    async def _cancel_all(self, user_id: int, guild_id: int | None) -> None:
        """In that server, or everywhere. What is being posted sees the restriction itself."""
        for generation in await generations.active_of(self._database, user_id):
            if guild_id in (None, generation.origin.guild_id):
                origin = generation.origin
                moderator = Requester(user_id=user_id, guild_id=origin.guild_id, channel_id=None, may_manage=True)
                with suppress(AlreadyOver, NotFound):
                    await self._studio.cancel(moderator, generation.id)
