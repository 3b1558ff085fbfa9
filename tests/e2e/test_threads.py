"""A thread below each picture, where a server's managers want that."""

import asyncio
import logging
from typing import Any

import pytest

from bot.rehearsal import InteractionRecord, Message
from bot.rehearsal import world as w
from db import GenerationState
from tests.e2e.conftest import Stage
from tests.e2e.test_delivery import left_to_post, until
from tests.e2e.test_house import choose, panel
from tests.e2e.test_moderation import report
from tests.e2e.test_pictures import press, whisper_of


def thread_of(stage: Stage, message: Message) -> Any:
    return stage.discord.hub.world.find_channel(message.id)


async def drawn(stage: Stage, record: InteractionRecord) -> Message:
    """Posted, and whatever comes after that has come."""
    message = await stage.final(record)
    await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
    await asyncio.sleep(0.3)
    return message


async def test_a_thread_is_started_below_a_picture_where_managers_want_that(stage: Stage) -> None:
    async with stage.bot():
        without = await drawn(stage, await stage.imagine("a fox"))
        shown = await panel(stage)
        assert "**Threads** off · operator" in shown.content
        assert "**Threads** on · this server" in await choose(stage, shown, "threads", "on")
        long = "a @everyone fox \u200b" + 30 * "in the rain "
        messages = [await drawn(stage, await stage.imagine(prompt)) for prompt in ("a fox", long)]
        again = await drawn(stage, await press(stage, messages[0], "Reroll"))
        private = await drawn(stage, await stage.imagine("a fox", private=True))
        in_thread = await drawn(stage, await stage.discord.slash("imagine", {"prompt": "x"}, channel="sketches"))
        in_dm = await drawn(stage, await stage.discord.slash("imagine", {"prompt": "x"}, channel="dm"))
        # One channel may have it otherwise.
        art = stage.discord.channel_id("art")
        await stage.discord.select(shown, "lienzo:house:place:0", ["art"], member="linus")
        await stage.discord.wait_until(lambda: str(art) in str(shown.components), timeout=10)
        await choose(stage, shown, "threads", "off", channel=art)
        off_here = await drawn(stage, await stage.imagine("a fox"))
        on_there = await drawn(stage, await stage.discord.slash("imagine", {"prompt": "x"}, channel="gallery"))
    names = [thread_of(stage, message).key for message in (*messages, again, on_there)]
    assert names[0] == names[2] == "a fox"
    assert names[1].startswith("a @everyone fox in the rain")
    assert (len(names[1]), names[1][-1]) == (100, "…")
    assert thread_of(stage, on_there).parent_id == stage.discord.channel_id("gallery")
    assert [thread_of(stage, one) for one in (without, private, in_thread, in_dm, off_here)] == [None] * 5
    assert all(message.attachments for message in (*messages, again, private, in_thread, in_dm, off_here))


@pytest.mark.parametrize(
    ("code", "warnings"), [(50013, 1), (160004, 0), (10008, 0), (130000, 0)], ids=["denied", "has one", "gone", "busy"]
)
async def test_a_thread_that_cannot_be_started_costs_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, code: int, warnings: int
) -> None:
    async with stage.bot():
        await choose(stage, await panel(stage), "threads", "on")
        with caplog.at_level(logging.WARNING, "bot.ui.threads"):
            if code == 50013:
                stage.discord.places.denied[stage.discord.channel_id("art")] = w.CREATE_PUBLIC_THREADS
            else:
                status = 503 if code == 130000 else 400
                stage.discord.faults.refuse(code, 10**6, status=status, route="POST /channels/*/messages/*/threads")
            messages = [await drawn(stage, await stage.imagine(seed=seed)) for seed in (1, 2)]
    assert all(message.attachments for message in messages)
    assert [thread_of(stage, message) for message in messages] == [None, None]
    assert len([one for one in caplog.records if one.name == "bot.ui.threads"]) == warnings


async def test_a_thread_that_hangs_holds_nothing_up(stage: Stage) -> None:
    async with stage.bot():
        await choose(stage, await panel(stage), "threads", "on")
        hanging = stage.discord.faults.slow(1, route="POST /channels/*/messages/*/threads")
        record = await stage.imagine()
        await until(lambda: hanging.happened > 0)
        row = await stage.row(record)
        assert row is not None
        assert row.state is GenerationState.DONE
        message = await stage.final(record)
        await stage.discord.wait_until(lambda: thread_of(stage, message) is not None, timeout=10)


async def test_a_picture_that_is_brought_after_a_restart_has_one_thread(stage: Stage) -> None:
    async with stage.bot():
        await choose(stage, await panel(stage), "threads", "on")
    record = await left_to_post(stage)
    async with stage.bot():
        message = await drawn(stage, record)
    assert thread_of(stage, message) is not None
    async with stage.bot():
        await asyncio.sleep(0.3)
    assert len(stage.discord.places.started) == 1


@pytest.mark.parametrize("way", ["Delete", "report"])
async def test_the_thread_of_a_picture_that_is_taken_away_no_longer_says_what_was_asked(stage: Stage, way: str) -> None:
    async with stage.bot():
        await choose(stage, await panel(stage), "threads", "on")
        message = await drawn(stage, await stage.imagine("a fox"))
        if way == "Delete":
            await whisper_of(stage, await press(stage, message, "Delete"))
        else:
            await report(stage, message, "linus")
        await stage.discord.wait_until(lambda: message.deleted, timeout=10)
        await stage.discord.wait_until(lambda: thread_of(stage, message).key == "About a picture", timeout=10)
        await until(lambda: message.id in stage.discord.places.archived)
