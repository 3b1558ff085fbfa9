"""Admission: what may be asked, drawn and posted, for whom and where. Every way in passes here, and is looked at anew
at each of these moments: a member may be paused, a policy tightened or a picture taken down in between.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeAlias, TypeVar

from bot.errors import PictureBlocked, PromptBlocked
from bot.safety import Cleared, Gate, PictureFile, Policy, PromptTexts, Verdict
from bot.safety.verdict import UNAVAILABLE
from bot.services.blocking import Blocking
from bot.services.clock import NowMs
from bot.services.drawing import Drawn
from bot.services.house_rules import Place
from bot.services.options import Wish
from bot.services.protection import Protection
from bot.services.standing import Standing
from bot.services.takedown import TAKEN_DOWN, Takedown
from bot.services.texts import texts_of
from db import Database, Generation, Origin, reviews
from inference.sources import SourceImage

T = TypeVar("T")

# What the engine's scorers say of a picture.
Measure: TypeAlias = Callable[[SourceImage], Awaitable[Mapping[str, float]]]

log = logging.getLogger(__name__)


class Admission:
    """``trusts_uploads``: the operator answers for pictures that members hand in, if nothing looks at them.
    ``multilingual``: checkpoints whose text encoders read more than English."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        protection: Protection,
        standing: Standing,
        takedown: Takedown,
        blocking: Blocking,
        measure: Measure,
        now_ms: NowMs,
        *,
        trusts_uploads: bool = False,
        multilingual: Container[str] = (),
    ) -> None:
        self._database = database
        self._gate = gate
        self._protection = protection
        self._standing = standing
        self._takedown = takedown
        self._blocking = blocking
        self._measure = measure
        self._trusts_uploads = trusts_uploads
        self._multilingual = multilingual
        self._now_ms = now_ms

    async def check_wish(self, wish: Wish, origin: Origin, place: Place) -> None:
        """Raises Restricted, CoolingDown, PromptBlocked, or PictureBlocked for what was handed in. Whatever the gate
        stops is written down."""
        texts = texts_of(wish.request, self._multilingual)
        fingerprint = texts.fingerprint()
        async with self._recording(texts, origin):
            async with self._database.view():
                await self._standing.check(origin.user_id, origin.guild_id)
                await self._takedown.check_recipe(wish.parameters, origin.guild_id)
                await self._standing.check_prompt(fingerprint, origin.user_id, origin.guild_id)
                policy = await self._policy_to_ask(fingerprint, origin, place)
            await self._check(texts, policy)
            for uploaded in wish.request.handed_in:
                await self._check_upload(uploaded, uploaded)

    async def check_texts(self, texts: PromptTexts, origin: Origin, place: Place) -> None:
        """Raises PromptBlocked, after that was written down."""
        async with self._recording(texts, origin):
            await self._check(texts, await self._policy_to_ask(texts.fingerprint(), origin, place))

    async def _policy_to_ask(self, fingerprint: bytes, origin: Origin, place: Place) -> Policy:
        """An approval of the texts holds, and stays unused."""
        policy = await self._protection.policy_at(place)
        is_approved = await reviews.is_approved(
            self._database, origin.user_id, place.guild_id, fingerprint, now_ms=self._now_ms()
        )
        return replace(policy, is_approved=is_approved)

    async def check_asked(self, texts: PromptTexts, origin: Origin, place: Place) -> None:
        """What something other than a picture is asked for with. Raises Restricted, CoolingDown or PromptBlocked."""
        await self._standing.check(origin.user_id, origin.guild_id)
        await self.check_texts(texts, origin, place)

    async def check_handed_in(self, image: SourceImage, texts: PromptTexts, origin: Origin, place: Place) -> None:
        """A picture, and what is asked for with it. Raises Restricted, CoolingDown, PromptBlocked or PictureBlocked."""
        texts = replace(texts, has_upload=True)
        await self.check_asked(texts, origin, place)
        async with self._recording(texts, origin):
            await self._check_upload(image, image)

    async def clear_part(self, part: PictureFile, pixels: SourceImage) -> Cleared[PictureFile]:
        """Of a picture that was handed in and looked at: it is looked at as its member will see it. Raises
        PictureBlocked, and nothing is written down: what a model chose of it is not the member's doing."""
        return await self._check_upload(part, pixels)

    async def may_show(self, texts: PromptTexts, place: Place) -> bool:
        """Of what a model wrote: whether it may be shown there. Nothing is written down."""
        policy = await self._protection.policy_at(place)
        return not isinstance(await self._gate.check_prompt(texts, policy), Verdict)

    async def _check(self, texts: PromptTexts, policy: Policy) -> None:
        verdict = await self._gate.check_prompt(texts, policy)
        if isinstance(verdict, Verdict):
            raise PromptBlocked(verdict)

    async def _check_upload(self, uploaded: T, pixels: SourceImage) -> Cleared[T]:
        """Before anything is drawn from it, kept or shown. Raises PictureBlocked."""
        try:
            scores = await self._measure(pixels)
        except Exception as error:
            log.exception("a picture that was handed in could not be measured; it blocks")
            raise PictureBlocked(
                Verdict("image", UNAVAILABLE, f"upload:{type(error).__name__}", is_our_fault=True)
            ) from error
        checked = await self._gate.check_upload(uploaded, scores, is_trusted=self._trusts_uploads)
        if isinstance(checked, Verdict):
            raise PictureBlocked(checked)
        return checked

    @asynccontextmanager
    async def _recording(self, texts: PromptTexts, origin: Origin) -> AsyncIterator[None]:
        try:
            yield
        except (PromptBlocked, PictureBlocked) as error:
            await self._blocking.record(error.verdict, texts, origin)
            raise

    async def policy_to_draw(self, generation: Generation) -> Policy:
        """It leaves the line, and uses up an approval of its texts. Raises Restricted, or PromptBlocked if what holds
        there cannot be read."""
        origin = generation.origin
        await self._standing.check_restrictions(origin.user_id, origin.guild_id)
        policy = await self._policy_of(generation)
        is_approved = await reviews.use_approval(
            self._database,
            origin.user_id,
            origin.guild_id,
            texts_of(generation.parameters).fingerprint(),
            generation_id=generation.id,
            now_ms=self._now_ms(),
        )
        return replace(policy, is_approved=is_approved)

    async def check_drawn(self, generation: Generation, drawn: Drawn) -> None:
        """Raises PictureBlocked if it looks like what was taken down there."""
        pictures = [picture.value for picture in drawn.parts or (drawn.cleared,)]
        await self._takedown.check_looks(pictures, generation.origin.guild_id)

    async def check_preview(self, generation: Generation, look: Cleared[PictureFile]) -> None:
        """Whatever the finished picture is asked for. Raises Restricted or PictureBlocked."""
        await self._standing.check_restrictions(generation.origin.user_id, generation.origin.guild_id)
        await self._takedown.check_looks([look.value], generation.origin.guild_id)

    async def check_posting(self, generation: Generation) -> None:
        """Raises Restricted, or PictureBlocked if it was taken away before it was there."""
        if generation.hidden_at_ms is not None:
            raise PictureBlocked(Verdict("image", TAKEN_DOWN, "hidden"))
        await self._standing.check_restrictions(generation.origin.user_id, generation.origin.guild_id)

    async def clear_to_show(self, generation: Generation, file: PictureFile) -> Cleared[PictureFile]:
        """To its own member, or again where it was shown: looking at it uses up nothing. Raises PromptBlocked or
        PictureBlocked."""
        policy = await self._policy_of(generation)
        is_approved = await reviews.is_let_through(self._database, generation.origin.user_id, generation.id)
        policy = replace(policy, is_approved=is_approved)
        picture = await self._gate.recheck_stored(file, texts_of(generation.parameters, self._multilingual), policy)
        if isinstance(picture, Verdict):
            raise PictureBlocked(picture)
        return picture

    async def _policy_of(self, generation: Generation) -> Policy:
        """What holds where it was asked, as of now. Raises PromptBlocked if that cannot be read."""
        origin = generation.origin
        place = Place(origin.guild_id, origin.channel_id, is_age_restricted=generation.is_age_restricted)
        return await self._protection.policy_at(place)

    async def record(self, verdict: Verdict, generation: Generation) -> None:
        texts = texts_of(generation.parameters)
        await self._blocking.record(verdict, texts, generation.origin, generation_id=generation.id)
