"""Studio: what a person can ask for. Checks, reserves and records a request; cancels one.

Nothing is promised before it is written down: ``accept`` returns when the Generation is in the database as queued.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import (
    AlreadyOver,
    Closing,
    NotFound,
    NotYours,
    QuotaExceeded,
    ServerLineFull,
    TooManyWaiting,
    UserFacingError,
)
from bot.operations.metrics import Metrics
from bot.services.admission import Admission
from bot.services.clock import NowMs
from bot.services.comparing import parts
from bot.services.dispatcher import Dispatcher
from bot.services.house import House
from bot.services.options import ImagineOptions, Wish, wish_for
from bot.services.presets import Presets
from bot.services.questions import Question
from bot.services.quota import MILLICREDITS, QuotaService, cost_millicredits
from bot.services.requester import Requester
from bot.services.usage import Usage
from config import Settings
from db import Balance, Database, Generation, GenerationState, NewGeneration, Origin, generations, line
from db.generations import NotAccepted
from db.images import ImageStore
from db.policies import Who

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """``place``: 1 is next. ``eta_seconds``: until the picture is finished; None before anything was measured.
    ``left_millicredits``: what the member has now; None: unlimited."""

    generation: Generation
    place: int
    eta_seconds: float | None
    left_millicredits: int | None


class Studio:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        admission: Admission,
        house: House,
        usage: Usage,
        presets: Presets,
        quota: QuotaService,
        dispatcher: Dispatcher,
        images: ImageStore,
        metrics: Metrics,
        now_ms: NowMs,
    ) -> None:
        self._settings = settings
        self._database = database
        self._admission = admission
        self._house = house
        self._usage = usage
        self._presets = presets
        self._quota = quota
        self._dispatcher = dispatcher
        self._images = images
        self._metrics = metrics
        self._now_ms = now_ms

    async def wish_for(self, options: ImagineOptions, requester: Requester) -> Wish:
        """What is left out is as the house rules of the place say. Raises InvalidRequest."""
        rules = self._house.rules(requester.place)
        preset = None
        if options.preset:
            typed = (options.prompt, options.negative_prompt)
            preset = await self._presets.use(requester.guild_id, options.preset, *typed)
        if not options.has_files:
            return wish_for(options, self._settings, rules, preset)
        return await asyncio.to_thread(wish_for, options, self._settings, rules, preset)

    async def accept(
        self,
        wish: Wish,
        requester: Requester,
        *,
        generation_id: int,
        origin: Origin,
        locale: str | None = None,
        is_confirmed: bool = False,
    ) -> Accepted | Question:
        """Whatever is asked for, in whichever way, passes here, and obeys what holds there today.

        A Question if it costs more than may be spent there without asking back; then nothing is promised or charged.
        ``locale``: of the text that everybody there sees. ``is_confirmed``: it was asked back.

        Raises a UserFacingError: InvalidRequest, PromptBlocked, Restricted, CoolingDown, QuotaExceeded, TooManyWaiting,
        ServerLineFull, Closing.
        """
        if self._dispatcher.is_stopping:
            raise Closing
        role_ids = requester.role_ids
        rules = self._house.rules(requester.place)
        rules.check(wish.requests, requester.place, role_ids)
        await self._admission.check_wish(wish, origin, requester.place)
        cost = cost_millicredits(wish, self._settings.checkpoints)
        if not is_confirmed and rules.asks_before(cost / MILLICREDITS):
            return await self._question(wish, cost, Who(origin.user_id, origin.guild_id, role_ids))
        for image, data in wish.handed_in.items():
            await asyncio.to_thread(self._images.store, data, image.extension)
        new = NewGeneration(
            id=generation_id,
            origin=origin,
            parameters=wish.parameters,
            cost_millicredits=cost,
            count=wish.count,
            is_private=wish.is_private,
            descent=wish.descent,
            locale=locale,
            is_age_restricted=requester.place.is_age_restricted,
            source_bytes={image.sha256: len(data) for image, data in wish.handed_in.items()},
            role_ids=role_ids,
        )
        try:
            generation = await generations.accept(self._database, new, self._quota.allowance, now_ms=self._now_ms())
        except NotAccepted as refusal:
            self._metrics.quota_refused()
            raise _refused(refusal.balance, cost, refusal.enough_at_ms) from None
        self._usage.count(origin.guild_id, wish.parameters)
        async with self._database.view():
            place = await line.place_of(self._database, generation_id) or 1
            left = await self._quota.left_millicredits(Who(origin.user_id, origin.guild_id, role_ids))
        log.info("accepted, place %s", place)
        eta_seconds = await self._dispatcher.line.eta_seconds(generation, place)
        return Accepted(generation, place, eta_seconds, left)

    async def _question(self, wish: Wish, cost_millicredits: int, who: Who) -> Question:
        """Only about what would be accepted now. Raises what the quota refuses."""
        balance = await self._quota.balance_of(who)
        if balance.has_too_many_waiting or balance.is_server_full or not balance.pays_for(cost_millicredits):
            self._metrics.quota_refused()
            raise _refused(balance, cost_millicredits, await self._quota.enough_at(who, cost_millicredits))
        eta_seconds = await self._dispatcher.line.eta_of(
            list(parts(wish.parameters, wish.count, wish.parameters.comparison))
        )
        return Question(wish, cost_millicredits, eta_seconds, balance.left_millicredits)

    async def cancel(self, requester: Requester, generation_id: int) -> None:
        """End it before its picture is finished. Raises NotFound, NotYours, AlreadyOver."""
        generation = await generations.get(self._database, generation_id)
        if generation is None:
            raise NotFound
        if generation.origin.user_id != requester.user_id and not requester.may_manage:
            raise NotYours
        await self._cancel(generation_id)

    async def call_off(self, generation_id: int) -> None:
        """It was taken away, whoever did that: if its picture is not finished, it need not be."""
        with suppress(NotFound, AlreadyOver):
            await self._cancel(generation_id)

    async def _cancel(self, generation_id: int) -> None:
        while True:
            generation = await generations.get(self._database, generation_id)
            if generation is None:
                raise NotFound
            if generation.state is GenerationState.QUEUED:
                if await self._dispatcher.cancel_waiting(generation):
                    return
                continue  # it was claimed in between: look again
            if generation.state is GenerationState.RUNNING and self._dispatcher.cancel_running(generation.id):
                return
            raise AlreadyOver(generation.state)

    def announced(self) -> None:
        """The member has been told: now it may be drawn."""
        self._dispatcher.wake()

    async def withdraw(self, generation: Generation) -> None:
        """Its member never learned that it was accepted: it is not drawn, and costs nothing."""
        await self._dispatcher.cancel_waiting(generation)


def _refused(balance: Balance, cost_millicredits: int, enough_at_ms: int | None) -> UserFacingError:
    if balance.has_too_many_waiting:
        return TooManyWaiting(balance)
    if balance.is_server_full:
        return ServerLineFull(balance)
    return QuotaExceeded(balance, cost_millicredits, enough_at_ms)
