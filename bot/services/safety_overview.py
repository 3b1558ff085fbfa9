"""Safety overview: what everybody may know about the gate where they are: what holds, and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotFound
from bot.safety import Policy
from bot.services.clock import DAY_MS, NowMs
from bot.services.house import House
from bot.services.house_rules import Place, takes_uploads
from bot.services.protection import Protection
from config import Settings
from db import Database, audit, history, incidents, reports, reviews

DAYS = 30
# Of the reviews of a category that were decided; from so many on, if more than this share was approved.
TOO_STRICT_SHARE, TOO_STRICT_REVIEWS = 0.2, 5


@dataclass(frozen=True, slots=True)
class Overview:
    """``checker``: what looks at pictures, empty if nothing does."""

    policy: Policy
    checker: str
    takes_uploads: bool
    has_reviews: bool
    review_hours: float


@dataclass(frozen=True, slots=True)
class Transparency:
    """Of one server in the last ``days``. refused: category -> (prompts, pictures). too_strict: categories in which
    moderators often let pass what the gate stopped."""

    days: int
    asked: int
    refused: dict[str, tuple[int, int]]
    reports: int
    actions: dict[str, int]
    reviews: int
    approved: int
    too_strict: tuple[str, ...]


class SafetyOverview:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        protection: Protection,
        house: House,
        now_ms: NowMs,
    ) -> None:
        self._settings = settings
        self._database = database
        self._protection = protection
        self._house = house
        self._now_ms = now_ms

    async def of(self, place: Place) -> Overview:
        safety = self._settings.safety
        is_asked = self._house.rules(place).reviews is not None
        checker = ", ".join(safety.picture_checkers) or ("builtin" if safety.image_check == "required" else "")
        return Overview(
            await self._protection.policy_at(place),
            checker,
            takes_uploads(self._settings),
            is_asked,
            safety.review_hours,
        )

    async def transparency(self, guild_id: int | None) -> Transparency:
        """Counts only, of nobody in particular. Raises NotFound outside a server."""
        if guild_id is None:
            raise NotFound
        since = self._now_ms() - DAYS * DAY_MS
        refused: dict[str, tuple[int, int]] = {}
        for (stage, category), count in (await incidents.counts(self._database, guild_id, since_ms=since)).items():
            prompts, pictures = refused.get(category, (0, 0))
            refused[category] = (prompts + count, pictures) if stage == "prompt" else (prompts, pictures + count)
        decided: dict[str, list[int]] = {}
        asked = 0
        for (category, state), count in (await reviews.outcomes(self._database, guild_id, since_ms=since)).items():
            asked += count
            decided.setdefault(category, [0, 0])[state == "approved"] += count if state != "open" else 0
        return Transparency(
            days=DAYS,
            asked=await history.count(self._database, guild_id, since_ms=since),
            refused=refused,
            reports=await reports.count_since(self._database, guild_id, since_ms=since),
            actions=await audit.counts(self._database, guild_id, since_ms=since),
            reviews=asked,
            approved=sum(yes for _, yes in decided.values()),
            too_strict=tuple(
                category
                for category, (no, yes) in decided.items()
                if no + yes >= TOO_STRICT_REVIEWS and yes > TOO_STRICT_SHARE * (no + yes)
            ),
        )
