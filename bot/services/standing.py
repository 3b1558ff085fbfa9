"""Standing: whether a member may ask for pictures here and now, and whether a prompt may be tried once more.

Besides what moderators impose: who is stopped by their own doing too often in a while waits until some of it is past;
and a prompt whose pictures were withheld again and again is not drawn any more, whatever its seed.
"""

from __future__ import annotations

from bot.errors import CoolingDown, PromptBlocked, Restricted
from bot.safety import Verdict
from bot.services.clock import HOUR_MS, NowMs
from config import SafetySettings
from db import Database, incidents, restrictions

# Pictures of one prompt that were withheld: of one member, and of how many members of a server.
WITHHELD_OF_ONE = 2
WITHHELD_OF_MEMBERS = 3


class Standing:
    def __init__(self, settings: SafetySettings, database: Database, now_ms: NowMs) -> None:
        self._settings = settings
        self._database = database
        self._now_ms = now_ms

    async def check(self, user_id: int, guild_id: int | None) -> None:
        """Raises Restricted, or CoolingDown."""
        await self.check_restrictions(user_id, guild_id)
        if not self._settings.strikes:
            return
        window = int(self._settings.strike_hours * HOUR_MS)
        now = self._now_ms()
        times = await incidents.strikes(self._database, user_id, since_ms=now - window)
        if len(times) >= self._settings.strikes:
            until = times[-1] + int(self._settings.cooldown_minutes * 60_000)
            if until > now:
                raise CoolingDown(until)

    async def check_restrictions(self, user_id: int, guild_id: int | None) -> None:
        """Raises Restricted."""
        found = await restrictions.holding(self._database, user_id, guild_id, now_ms=self._now_ms())
        if found is not None:
            raise Restricted(found)

    async def check_prompt(self, fingerprint: bytes, user_id: int, guild_id: int | None) -> None:
        """Raises PromptBlocked if its pictures were withheld too often."""
        since = self._now_ms() - int(self._settings.strike_hours * HOUR_MS)
        members = await incidents.of_prompt(self._database, fingerprint, guild_id, since_ms=since)
        is_worn_out = members.count(user_id) >= WITHHELD_OF_ONE or len(set(members)) >= WITHHELD_OF_MEMBERS
        if is_worn_out:
            raise PromptBlocked(Verdict("prompt", "withheld_before", "withheld-before"))
