"""Traps that other bots fell into, about the queue, delivery and charging: each test's name says which.

Which bot and where: the notes on peers that this project began with. Here only what must not happen.
"""

import asyncio
from typing import Any

import pytest

from bot.safety.gate import Gate
from db import GenerationState
from db.images import ImageStore
from tests.e2e.conftest import Stage
from tests.lookout import can_be_cancelled

ONE_BY_ONE = {"fake_step_seconds": 0.05, "max_batch": 1}


async def test_a_cancelled_picture_leaks_no_slot_and_a_full_line_does_not_lock_up(stage: Stage) -> None:
    """Nine times the places that there are, every other one cancelled at another moment; then it still draws."""
    async with stage.bot(engine={"fake_step_seconds": 0.01, "max_batch": 2}, quota={"max_waiting": 18}):
        records = [await stage.imagine(f"picture {nth}", steps=10) for nth in range(18)]
        for record in records[::2]:
            message = await stage.answer(record)
            if can_be_cancelled(message):
                await stage.discord.press(message, message.buttons[0]["custom_id"])
        for record in records:
            row = await stage.wait_for_row(record, lambda row: row.state.is_final)
            assert row.state in (GenerationState.DONE, GenerationState.CANCELLED)
        assert (await stage.final(await stage.imagine("afterwards"))).attachments


async def test_cancelled_between_being_claimed_and_being_drawn_is_cancelled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment in which it is neither in the line nor in the engine: a wait loop that knows no such state loses it."""
    check, claimed, go_on = Gate.check_prompt, asyncio.Event(), asyncio.Event()
    looks = 0

    async def slow_the_second_time(self: Gate, texts: Any, policy: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks == 2:
            claimed.set()
            await go_on.wait()
        return await check(self, texts, policy)

    monkeypatch.setattr(Gate, "check_prompt", slow_the_second_time)
    async with stage.bot(engine=ONE_BY_ONE):
        record = await stage.imagine(steps=60)
        message = await stage.answer(record)
        await claimed.wait()
        await stage.discord.press(message, message.buttons[0]["custom_id"])
        await asyncio.sleep(0.2)
        go_on.set()
        assert "Cancelled" in (await stage.final(record)).content
    assert await stage.used() == 0


async def test_the_answer_does_not_wait_for_a_place_in_a_full_queue(stage: Stage) -> None:
    """Discord gives three seconds for an answer, however long the line is."""
    slow = {"fake_step_seconds": 0.2, "max_batch": 1}
    async with stage.bot(engine=slow, quota={"max_waiting": 30}, imagine={"shutdown_seconds": 0}):
        for _ in range(20):
            record = await stage.imagine(steps=60)
            await stage.discord.answered(record)
            assert record.error is None


async def test_no_message_at_all_after_the_token_died_is_no_crash(stage: Stage) -> None:
    """The message is deleted and the token is dead before the picture is finished."""
    async with stage.bot(engine={"fake_step_seconds": 0.05}):
        record = await stage.imagine(steps=20)
        message = await stage.answer(record)
        await stage.discord.delete(message)
        stage.discord.faults.expire_token(record.id)
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert [m.id for m in stage.discord.messages() if m.attachments]
        assert (await stage.final(await stage.imagine("afterwards"))).attachments


async def test_what_was_finished_and_not_posted_is_posted_after_a_restart_and_not_drawn_again(stage: Stage) -> None:
    blocked = stage.discord.faults.rate_limit(10**6, via=False, route="PATCH *")
    async with stage.bot(imagine={"shutdown_seconds": 0}):
        record = await stage.imagine()
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.POSTING)
    assert blocked.times
    stage.discord.faults.clear()
    async with stage.bot():
        assert (await stage.final(record)).attachments
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
    assert row.attempt == 1


async def test_after_a_restart_it_is_drawn_as_it_was_asked_and_not_as_the_defaults_say_now(stage: Stage) -> None:
    """Size, steps, seed, guidance and checkpoint are the request's own; the default checkpoint has changed meanwhile."""
    other = {"other": {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 16384}}
    slow = {"fake_step_seconds": 0.2}
    async with stage.bot(engine=slow, imagine={"shutdown_seconds": 0}, checkpoints=other):
        record = await stage.imagine("a red circle", seed=7, steps=9, guidance=3.5)
        before = await stage.wait_for_row(record, lambda row: row.state is GenerationState.RUNNING)
    async with stage.bot(imagine={"checkpoint": "other"}, checkpoints=other):
        message = await stage.final(record)
        after = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
    assert after.parameters == before.parameters
    assert "seed **7** · 128×128 · 9 steps · guidance 3.5 · builtin" in message.content


async def test_one_member_is_served_in_the_order_of_asking_also_over_a_restart(stage: Stage) -> None:
    slow = {"fake_step_seconds": 0.2, "max_batch": 1}
    async with stage.bot(engine=slow, imagine={"shutdown_seconds": 0}):
        records = [await stage.imagine(f"picture {nth}", steps=40) for nth in range(4)]
        for record in records:
            await stage.answer(record)
    finished: list[int] = []
    async with stage.bot(engine=ONE_BY_ONE):

        def all_done() -> bool:
            finished.extend(
                r.id for r in records if r.id not in finished and r.message is not None and r.message.attachments
            )
            return len(finished) == len(records)

        await stage.discord.wait_until(all_done, timeout=60)
    places = [finished.index(record.id) for record in records]
    # Two at a time are handed over, and which of the two the engine hears of first is chance.
    assert all(abs(place - nth) <= 1 for nth, place in enumerate(places)), places


async def test_what_fails_costs_nothing_whatever_it_failed_of(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: ImageStore, data: bytes, extension: str) -> bytes:
        raise RuntimeError("secret-internal-detail")

    async with stage.bot():
        with monkeypatch.context() as patch:
            patch.setattr(ImageStore, "store", broken)
            record = await stage.imagine()
            message = await stage.final(record)
            row = await stage.wait_for_row(record, lambda row: row.state.is_final)
    assert row.state is GenerationState.FAILED
    assert await stage.used() == 0
    assert "It cost nothing" in message.content
    assert "secret-internal-detail" not in message.content, "what went wrong inside is for the log"


async def test_the_cancel_button_works_after_a_restart(stage: Stage) -> None:
    slow = {"fake_step_seconds": 0.2, "max_batch": 1}
    async with stage.bot(engine=slow, imagine={"shutdown_seconds": 0}):
        record = await stage.imagine(steps=60)
        message = await stage.answer(record)
    async with stage.bot(engine=slow):
        await stage.discord.press(message, f"lienzo:cancel:{record.id}")
        assert "Cancelled" in (await stage.final(record)).content


async def test_ids_stay_whole_numbers(stage: Stage) -> None:
    """A snowflake does not fit into a float: 2**53 is far below it."""
    async with stage.bot():
        record = await stage.imagine()
        await stage.final(record)
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
    assert record.message is not None
    assert (row.id, row.origin.user_id, row.message_id) == (record.id, record.member.id, record.message.id)
    assert row.id > 2**53


async def test_a_refused_prompt_is_repeated_to_nobody(stage: Stage) -> None:
    async with stage.bot():
        message = await stage.final(await stage.imagine("gory entrails"))
    assert message.ephemeral
    assert "entrails" not in "".join(version.content for version in message.versions)
    assert stage.discord.messages("art", "grace") == []
