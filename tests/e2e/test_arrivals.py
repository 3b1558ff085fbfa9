"""A server that the bot was added to is greeted once, in its own language, where it welcomes people."""

from dataclasses import replace

import pytest

from bot.rehearsal import Message
from bot.rehearsal.world import GUILD_ID
from bot.services import arrivals
from db import Database, generations
from tests.db.builders import PLENTY, a_new_generation
from tests.e2e.conftest import Stage


def greetings(stage: Stage) -> list[Message]:
    return [one for one in stage.discord.messages("gallery") if "Lienzo is here" in one.content]


@pytest.fixture
def welcoming(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(arrivals, "LOOK_SECONDS", 0.2)
    stage.discord.places.welcomes[GUILD_ID] = stage.discord.channel_id("gallery")
    return stage


async def test_a_new_server_is_greeted_once_also_after_a_restart(welcoming: Stage) -> None:
    for _ in range(2):
        async with welcoming.bot():
            await welcoming.discord.wait_until(lambda: greetings(welcoming))
            await welcoming.final(await welcoming.imagine())
    [greeting] = greetings(welcoming)
    assert "/settings guide" in greeting.content
    assert not greeting.ephemeral


async def test_discords_trouble_puts_it_off(welcoming: Stage) -> None:
    welcoming.discord.faults.refuse(0, times=8, status=503, route="POST /channels/*")
    async with welcoming.bot():
        await welcoming.discord.wait_until(lambda: greetings(welcoming), timeout=60)
    assert len(greetings(welcoming)) == 1


async def test_where_it_may_not_write_and_where_it_has_been_for_long_nothing_is_said(welcoming: Stage) -> None:
    welcoming.discord.befall("silence", "gallery")
    async with welcoming.bot():
        await welcoming.final(await welcoming.imagine())
    welcoming.discord.befall("end")
    async with welcoming.bot():
        await welcoming.final(await welcoming.imagine())
    assert greetings(welcoming) == []


async def test_a_server_that_drew_before_anybody_was_greeted_is_no_new_one(welcoming: Stage) -> None:
    old = a_new_generation(10**18)
    old = replace(old, origin=replace(old.origin, guild_id=GUILD_ID))
    file = welcoming.folder / "lienzo.sqlite3"
    async with await Database.open(file, synchronous="FULL") as database:
        await generations.accept(database, old, PLENTY, now_ms=1)
    async with welcoming.bot():
        await welcoming.final(await welcoming.imagine())
    assert greetings(welcoming) == []
