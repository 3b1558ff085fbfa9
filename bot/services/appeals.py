"""Appeals: a member whose prompt was refused asks the server's moderators, and one of them decides.

What was refused is in memory for a quarter of an hour, as long as its private answer is of use; it is written down only
if its member asks a moderator, and deleted when nobody can decide or use it any more. An approval is for one member,
one server and these very texts, once; the fixed rules and the check of the picture hold all the same.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import AlreadyDecided, CannotAppeal, NotAModerator, NotFound
from bot.safety import Verdict
from bot.safety.phrases import MAX_PHRASE_CHARACTERS
from bot.services.audit import Audit
from bot.services.clock import DAY_MS, HOUR_MS, NowMs
from bot.services.house import House
from bot.services.house_rules import Place
from bot.services.moderation import PAUSE_MINUTES, Moderation
from bot.services.notices import Notices
from bot.services.options import Wish
from bot.services.requester import Requester
from bot.services.safety_choices import SafetyChoices
from bot.services.texts import texts_of
from config import SafetySettings
from db import Database, Origin, reviews
from db.audit import Entry
from db.phrases import PhraseKind
from db.restrictions import RestrictionKind
from db.reviews import Review, ReviewState, TooManyAsked

REMEMBERED_SECONDS = 15 * 60.0
MOST_REMEMBERED = 500


class Decision(StrEnum):
    APPROVE = "approve"
    APPROVE_PHRASE = "phrase"
    DENY = "deny"
    DENY_AND_PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Refused:
    """What a member asked for and the gate stopped."""

    wish: Wish
    origin: Origin
    verdict: Verdict
    at: float  # time.monotonic


class Appeals:
    def __init__(
        self,
        settings: SafetySettings,
        database: Database,
        audit: Audit,
        notices: Notices,
        moderation: Moderation,
        choices: SafetyChoices,
        house: House,
        now_ms: NowMs,
    ) -> None:
        self._settings = settings
        self._database = database
        self._audit = audit
        self._notices = notices
        self._moderation = moderation
        self._choices = choices
        self._house = house
        self._now_ms = now_ms
        self._refused: OrderedDict[int, Refused] = OrderedDict()

    def remember(self, interaction_id: int, wish: Wish, origin: Origin, verdict: Verdict) -> None:
        self._refused[interaction_id] = Refused(wish, origin, verdict, time.monotonic())
        while len(self._refused) > MOST_REMEMBERED:
            self._refused.popitem(last=False)

    def remembers(self, interaction_id: int) -> bool:
        """Not what was refused before it was a whole wish, and no fault of ours."""
        return interaction_id in self._refused

    def refused(self, requester: Requester, interaction_id: int) -> Refused:
        """Raises CannotAppeal if it is forgotten, or somebody else's."""
        known = self._refused.get(interaction_id)
        if known is None or time.monotonic() - known.at > REMEMBERED_SECONDS:
            raise CannotAppeal("forgotten")
        if known.origin.user_id != requester.user_id:
            raise NotFound
        return known

    async def ask(self, requester: Requester, refused_id: int, locale: str) -> Review:
        """Put it before the moderators. Asked again, it is the same review. ``locale``: in which the member will be
        told what was decided. Raises CannotAppeal."""
        refused = self.refused(requester, refused_id)
        guild_id = refused.origin.guild_id
        if guild_id is None or not refused.verdict.may_be_appealed:
            raise CannotAppeal("not-here")
        channel_id = self._house.rules(Place(guild_id, None)).reviews
        if channel_id is None:
            raise CannotAppeal("no-review-channel")
        now = self._now_ms()
        parameters, verdict = refused.wish.parameters, refused.verdict
        review = Review(
            id=refused_id,
            guild_id=guild_id,
            channel_id=refused.origin.channel_id,
            user_id=requester.user_id,
            prompt=parameters.prompt,
            negative_prompt=parameters.negative_prompt,
            fingerprint=texts_of(parameters).fingerprint(),
            category=verdict.category,
            rule=verdict.rule,
            score=verdict.score,
            state=ReviewState.OPEN,
            made_at_ms=now,
            expires_at_ms=now + self._review_ms,
            locale=locale,
        )
        try:
            opened = await reviews.open_one(
                self._database, review, most=self._settings.appeals_per_day, since_ms=now - DAY_MS
            )
        except TooManyAsked:
            raise CannotAppeal("too-often") from None
        if opened.id == review.id and not await self._notices.ask(review, channel_id):
            raise CannotAppeal("no-review-channel")
        return opened

    async def review(self, requester: Requester, review_id: int) -> Review:
        """For a moderator of its server to decide. Raises NotAModerator, NotFound, AlreadyDecided, CannotAppeal."""
        review = await reviews.get(self._database, review_id)
        if review is None or review.guild_id != requester.guild_id:
            raise NotFound
        if not requester.may_manage:
            raise NotAModerator
        if review.user_id == requester.user_id:
            raise CannotAppeal("own")
        if review.state is not ReviewState.OPEN or review.expires_at_ms <= self._now_ms():
            raise AlreadyDecided
        return review

    async def decide(
        self, requester: Requester, review_id: int, decision: Decision, *, interaction_id: int, phrase: str = ""
    ) -> Review:
        """Once. ``phrase``: what is allowed from now on, with APPROVE_PHRASE; ``interaction_id``: of the decision."""
        review = await self.review(requester, review_id)
        now = self._now_ms()
        approves = decision in (Decision.APPROVE, Decision.APPROVE_PHRASE)
        if decision is Decision.APPROVE_PHRASE:
            await self._choices.put_phrase(requester, phrase[:MAX_PHRASE_CHARACTERS], PhraseKind.ALLOW)
        entry = Entry(
            at_ms=now,
            guild_id=review.guild_id,
            actor_id=requester.user_id,
            action=f"review-{'approved' if approves else 'denied'}",
            user_id=review.user_id,
            detail=review.category,
        )

        async def decided(connection: AsyncConnection) -> bool:
            state = ReviewState.APPROVED if approves else ReviewState.DENIED
            return await reviews.decide_on(
                connection, review_id, state, by=requester.user_id, now_ms=now, expires_at_ms=now + self._review_ms
            )

        if not await self._audit.write_with(entry, decided):
            raise AlreadyDecided
        if decision is Decision.DENY_AND_PAUSE:
            await self._moderation.restrict(
                requester,
                interaction_id,
                user_id=review.user_id,
                kind=RestrictionKind.PAUSE,
                reason=review.category,
                minutes=PAUSE_MINUTES,
            )
        channel = f"<#{review.channel_id}>"
        key = "appeal-approved" if approves else "appeal-denied"
        await self._notices.whisper(
            review.user_id, review.locale, key, channel=channel, hours=f"{self._settings.review_hours:g}"
        )
        return review

    @property
    def _review_ms(self) -> int:
        return int(self._settings.review_hours * HOUR_MS)
