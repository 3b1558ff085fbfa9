"""What the gate stopped is written down here, whoever asked it, and what follows from it for its member."""

from __future__ import annotations

import logging
import time

from bot.operations.metrics import Metrics
from bot.safety import Action, PromptTexts, Verdict
from bot.services.audit import Audit
from bot.services.clock import DAY_MS, NowMs
from db import Database, Incident, Origin, incidents, restrictions
from db.audit import Entry
from db.restrictions import Restriction, RestrictionKind

log = logging.getLogger(__name__)

# A rule of words may be mistaken about these, so nobody is punished for them.
NO_STRIKE = frozenset({"age_ambiguous", "unknown_language", "custom", "withheld_before", "taken_down"})
# What no instance may be used for: the first time pauses its member everywhere, the second bans them.
GRAVEST = "minors_sexual"
FIRST_PAUSE_MS = DAY_MS
ALERT_PAUSE_SECONDS = 600.0


class Blocking:
    def __init__(self, database: Database, audit: Audit, metrics: Metrics, now_ms: NowMs) -> None:
        self._database = database
        self._audit = audit
        self._metrics = metrics
        self._now_ms = now_ms
        self._alerted: dict[str, float] = {}

    async def record(
        self, verdict: Verdict, texts: PromptTexts, origin: Origin, *, generation_id: int | None = None
    ) -> None:
        """The text itself is not kept, only its fingerprint. ``generation_id``: None if none was made of it."""
        now = self._now_ms()
        self._metrics.refused(verdict.stage, verdict.category)
        is_strike = not verdict.is_our_fault and verdict.action is Action.BLOCK and verdict.category not in NO_STRIKE
        await incidents.record(
            self._database,
            Incident(
                at_ms=now,
                origin=origin,
                generation_id=generation_id,
                stage=verdict.stage,
                category=verdict.category,
                rule=verdict.rule,
                fingerprint=texts.fingerprint(),
                is_strike=is_strike,
            ),
        )
        if verdict.is_our_fault:
            self._alert(verdict.rule, "the safety gate cannot check (%s): nothing is posted", verdict.rule)
        elif verdict.category == GRAVEST and is_strike:
            await self._restrict_everywhere(verdict, origin, generation_id, now)

    async def _restrict_everywhere(
        self, verdict: Verdict, origin: Origin, generation_id: int | None, now_ms: int
    ) -> None:
        earlier = await restrictions.of_member(self._database, origin.user_id, None, limit=20)
        is_first = not any(one.made_by is None for one in earlier)
        entry = Entry(
            at_ms=now_ms,
            guild_id=None,
            actor_id=None,
            action="pause" if is_first else "ban",
            user_id=origin.user_id,
            generation_id=generation_id,
            detail=verdict.rule,
        )
        restriction = Restriction(
            id=now_ms << 22 | origin.user_id & (2**22 - 1),  # no interaction of its own: shaped like Discord's ids
            guild_id=None,
            user_id=origin.user_id,
            kind=RestrictionKind.PAUSE if is_first else RestrictionKind.BAN,
            reason=verdict.rule,
            made_by=None,
            made_at_ms=now_ms,
            expires_at_ms=now_ms + FIRST_PAUSE_MS if is_first else None,
        )
        await self._audit.write_with(entry, lambda connection: restrictions.impose_on(connection, restriction))
        self._alert(
            f"member {origin.user_id}",
            "member %s was stopped by rule %s and may not ask %s",
            origin.user_id,
            verdict.rule,
            "for a day" if is_first else "any more",
        )

    def _alert(self, about: str, message: str, *values: object) -> None:
        """Operators are told once in a while, not for every request that meets the same fault."""
        self._metrics.alerted()
        now = time.monotonic()
        if now - self._alerted.get(about, -ALERT_PAUSE_SECONDS) >= ALERT_PAUSE_SECONDS:
            self._alerted = {one: at for one, at in self._alerted.items() if now - at < ALERT_PAUSE_SECONDS}
            self._alerted[about] = now
            log.error(message, *values)
