"""Turns: one member after the other, each for one answer at a time, and a limit to how many wait."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import ModelsBusy, PromptBlocked
from bot.safety import PromptTexts
from bot.services.requester import Requester
from bot.services.turns import MOST_WAITING, Turns
from db import Database, Origin
from tests.bot.services.moderating import Moderating


class Scene:
    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.answered: list[int] = []
        self.at_work = 0
        self.may_end = asyncio.Event()

    async def ask(self, user_id: int, words: str = "a red apple") -> None:
        requester = Requester(user_id=user_id, guild_id=7, channel_id=70)
        origin = Origin(user_id=user_id, guild_id=7, channel_id=70, application_id=1, interaction_token=None)
        async with self.turns.with_words(PromptTexts(words), requester, origin):
            self.at_work += 1
            assert self.at_work == 1, "only one at a time"
            await self.may_end.wait()
            await asyncio.sleep(0)
            self.at_work -= 1
            self.answered.append(user_id)


@pytest.fixture
async def scene(database: Database, tmp_path: Path) -> AsyncIterator[Scene]:
    moderating = Moderating(database, tmp_path, lambda: 1_000)
    yield Scene(Turns(moderating.admission, moderating.house))


async def test_each_is_answered_in_turn_and_only_once_at_a_time(scene: Scene) -> None:
    asked = [asyncio.create_task(scene.ask(user_id)) for user_id in range(MOST_WAITING)]
    await asyncio.sleep(0)
    for user_id in (0, MOST_WAITING - 1, MOST_WAITING):
        with pytest.raises(ModelsBusy):
            await scene.ask(user_id)
    scene.may_end.set()
    await asyncio.gather(*asked)
    assert scene.answered == list(range(MOST_WAITING))
    await scene.ask(0)


async def test_a_turn_is_over_whatever_became_of_it(scene: Scene) -> None:
    with pytest.raises(PromptBlocked):
        await scene.ask(1, "gory entrails on a plate")
    given_up = asyncio.create_task(scene.ask(1))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    scene.may_end.set()
    await scene.ask(1)
    assert scene.answered == [1]
