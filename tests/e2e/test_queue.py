"""The line on the real client: operators hold it and let it go, who waited too long is let go, a stop keeps places."""

import asyncio
from typing import Any

import pytest

from bot.rehearsal.errors import NotAllowed
from db import GenerationState
from tests.e2e.conftest import Stage
from tests.lookout import can_be_cancelled

SLOW = {"fake_step_seconds": 0.05, "max_batch": 1}


async def queue(stage: Stage, what: str, member: str = "margaret", **options: Any) -> str:
    record = await stage.discord.slash(f"queue {what}", options, member=member)
    await stage.discord.answered(record)
    await stage.discord.wait_until(lambda: record.message is not None and not record.message.loading)
    assert record.message is not None
    assert record.message.ephemeral
    return record.message.content


# Margaret owns the application, which makes her an operator without any setting.


async def test_only_operators_hold_the_line(stage: Stage) -> None:
    async with stage.bot():
        with pytest.raises(NotAllowed):
            await queue(stage, "pause", member="grace")
        await stage.final(await stage.imagine())


async def test_a_pause_holds_the_line_over_a_restart_and_tells_who_waits(stage: Stage) -> None:
    async with stage.bot():
        assert "Paused" in await queue(stage, "pause")
        record = await stage.imagine()
        message = await stage.answer(record)
        await stage.discord.wait_until(lambda: "paused" in message.content)
        listed = await queue(stage, "list")
        assert "1 waiting" in listed
        assert "paused" in listed
        assert str(record.id) in listed
        assert "red circle" not in listed
    async with stage.bot():
        row = await stage.row(record)
        assert row is not None
        assert row.state is GenerationState.QUEUED
        assert "goes on" in await queue(stage, "resume")
        final = await stage.final(record)
        assert final.attachments


async def test_a_drain_says_when_nothing_runs_any_more(stage: Stage) -> None:
    async with stage.bot(engine=SLOW):
        first, second = await stage.imagine(steps=20), await stage.imagine(member="grace", steps=20)
        await stage.wait_for_row(first, lambda row: row.state is GenerationState.RUNNING)
        record = await stage.discord.slash("queue drain", {}, member="margaret")
        await stage.discord.wait_until(
            lambda: any("Nothing is being drawn" in one.content for one in stage.discord.messages(viewer="margaret")),
            timeout=30,
        )
        await stage.discord.answered(record)
        states = {row.state for one in (first, second) if (row := await stage.row(one)) is not None}
        assert not states & {GenerationState.RUNNING, GenerationState.POSTING}


async def test_an_operator_may_end_anything(stage: Stage) -> None:
    async with stage.bot():
        await queue(stage, "pause")
        record = await stage.imagine()
        await stage.answer(record)
        assert "Cancelled" in await queue(stage, "cancel", generation=str(record.id))
        assert "number that" in await queue(stage, "cancel", generation="the first one")
        assert "know nothing" in await queue(stage, "cancel", generation="12345")
        assert (await stage.wait_for_row(record, lambda row: row.state.is_final)).state is GenerationState.CANCELLED
    assert await stage.used() == 0


async def test_who_has_waited_too_long_is_told_and_pays_nothing(stage: Stage) -> None:
    async with stage.bot(queue={"expire_hours": 0.0001}):
        await queue(stage, "pause")
        record = await stage.imagine()
        message = await stage.answer(record)
        await asyncio.sleep(0.5)
        await stage.imagine(member="grace")  # whoever comes makes the line look at itself
        await stage.discord.wait_until(lambda: "waited too long" in message.content, timeout=20)
        assert not can_be_cancelled(message)
    row = await stage.row(record)
    assert row is not None
    assert row.state is GenerationState.EXPIRED


async def test_a_planned_stop_says_that_the_place_is_kept(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, imagine={"shutdown_seconds": 0.1}):
        running = await stage.imagine(steps=60)
        await stage.wait_for_row(running, lambda row: row.state is GenerationState.RUNNING)
        waiting = [await stage.imagine(member=member, steps=60) for member in ("grace", "linus")]
        messages = [await stage.answer(record) for record in waiting]
        await asyncio.sleep(0.3)
    assert any("place is kept" in message.content for message in messages)
    async with stage.bot():
        for record in (running, *waiting):
            assert (await stage.final(record)).attachments
