"""Approvals at the door: good for one drawing of the very same words, whatever is looked at before and afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import PictureBlocked, PromptBlocked
from bot.safety import PictureFile, PromptTexts
from bot.services.house_rules import Place
from db import Database, Generation, Origin, generations, reviews
from db.reviews import Review, ReviewState
from tests.bot.services.moderating import Moderating
from tests.db.builders import PLENTY, a_new_generation

GUILD, CHANNEL, USER, HOUR_MS = 7, 70, 11, 3_600_000
ORIGIN = Origin(user_id=USER, guild_id=GUILD, channel_id=CHANNEL, application_id=1, interaction_token=None)
# Stand-in words: what the rules find is not written out anywhere.
REFUSED = "gory entrails on a plate"
TEXTS = PromptTexts(REFUSED)
PICTURE = PictureFile(b"a picture", "png", 64, 64)


class Scene:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.now_ms = 1_000
        self.admission = Moderating(database, folder, lambda: self.now_ms, strikes=0).admission

    async def asked(self, number: int) -> Generation:
        return await generations.accept(
            self.database, replace(a_new_generation(number, prompt=REFUSED), origin=ORIGIN), PLENTY, now_ms=self.now_ms
        )

    async def approve(self, number: int = 100) -> None:
        review = Review(
            id=number,
            guild_id=GUILD,
            channel_id=CHANNEL,
            user_id=USER,
            prompt=REFUSED,
            negative_prompt="",
            fingerprint=TEXTS.fingerprint(),
            category="violence_gore",
            rule="some-rule",
            score=1.0,
            state=ReviewState.OPEN,
            made_at_ms=self.now_ms,
            expires_at_ms=self.now_ms + HOUR_MS,
        )
        await reviews.open_one(self.database, review, most=9, since_ms=0)
        assert await self.database.write(
            lambda connection: reviews.decide_on(
                connection,
                number,
                ReviewState.APPROVED,
                by=1,
                now_ms=self.now_ms,
                expires_at_ms=self.now_ms + HOUR_MS,
            )
        )

    async def may_ask(self) -> bool:
        try:
            await self.admission.check_texts(TEXTS, ORIGIN, Place(GUILD, CHANNEL))
        except PromptBlocked:
            return False
        return True

    async def may_draw(self, generation: Generation) -> bool:
        return (await self.admission.policy_to_draw(generation)).is_approved

    async def may_show(self, generation: Generation) -> bool:
        try:
            await self.admission.clear_to_show(generation, PICTURE)
        except PictureBlocked:
            return False
        return True


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, tmp_path)


async def test_looking_at_an_older_picture_of_the_same_words_leaves_the_approval_unused(scene: Scene) -> None:
    older = await scene.asked(1)
    assert not await scene.may_show(older)
    await scene.approve()
    assert not await scene.may_show(older), "the approval is for what is drawn from now on"
    newer = await scene.asked(2)
    assert not await scene.may_show(older)
    assert await scene.may_ask()
    assert await scene.may_draw(newer)
    assert await scene.may_show(newer)
    assert not await scene.may_show(older)


async def test_an_approval_lets_one_generation_through_as_often_as_that_one_is_drawn_and_shown(scene: Scene) -> None:
    assert not await scene.may_ask()
    await scene.approve()
    assert await scene.may_ask()
    first, second = await scene.asked(1), await scene.asked(2)
    assert await scene.may_draw(first)
    assert not await scene.may_draw(second)
    assert not await scene.may_ask()
    scene.now_ms += 2 * HOUR_MS
    assert await scene.may_draw(first), "interrupted, and drawn once more"
    assert await scene.may_show(first), "for good"
    assert not await scene.may_show(second)


async def test_an_approval_that_nobody_used_in_time_is_none(scene: Scene) -> None:
    await scene.approve()
    scene.now_ms += HOUR_MS
    assert not await scene.may_ask()
    assert not await scene.may_draw(await scene.asked(1))
