"""Every moment of a picture's way x everything that befalls it there, with the end that must come of it.

`done` means exactly one message with exactly the stored bytes; what cannot be posted ends as failed, says why, keeps
the picture for /history, and tells the member where only they see it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.rehearsal import Faults, InteractionRecord, Message, Rehearsal
from bot.rehearsal import world as w
from bot.safety import PictureFile
from bot.services.shrinking import shrink
from db import Database, Generation, GenerationState, generations
from inference.pictures import read_parameters
from tests.e2e.conftest import Stage
from tests.lookout import can_be_cancelled

AT_ONCE = {"shutdown_seconds": 0}
DRAWING = {"fake_step_seconds": 0.02}
Befall = Callable[[Faults, str], object]

# On the request that carries the first answer, or the picture: it arrives late, twice, or seems not to.
HICCUPS: dict[str, Befall] = {
    "the answer is lost": lambda faults, route: faults.lose_answer(route=route),
    "502, no effect": lambda faults, route: faults.server_error(route=route),
    "502, took effect": lambda faults, route: faults.server_error(route=route, takes_effect=True),
    "429": lambda faults, route: faults.rate_limit(route=route),
    "429 for everything": lambda faults, route: faults.rate_limit(everywhere=True, route=route),
}
# discord.py does not try these again by itself.
TROUBLES: dict[str, Befall] = {
    **HICCUPS,
    "503": lambda faults, route: faults.server_error(status=503, route=route),
    "429 without via": lambda faults, route: faults.rate_limit(via=False, route=route),
    "10015 for a moment": lambda faults, route: faults.refuse(10015, 2, route=route),
    "130000": lambda faults, route: faults.refuse(130000, status=503, route=route),
}


def table(cases: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("befall", list(cases.values()), ids=list(cases))


def pictures(stage: Stage) -> list[Message]:
    """Messages with a file, in every channel."""
    return [message for message in stage.discord.hub.log.everything() if message.attachments and not message.deleted]


async def until(predicate: Callable[[], bool]) -> None:
    """For what changes nothing that a member sees."""
    async with asyncio.timeout(30):
        while not predicate():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)


async def ended(stage: Stage, record: InteractionRecord) -> Generation:
    return await stage.wait_for_row(record, lambda row: row.state.is_final)


async def assert_done(stage: Stage, record: InteractionRecord) -> Message:
    row = await ended(stage, record)
    assert (row.state, row.reason) == (GenerationState.DONE, None)
    [message] = pictures(stage)
    assert message.id == row.message_id
    assert [attachment.data for attachment in message.attachments] == [stage.stored(row)]
    assert not can_be_cancelled(message)
    assert await stage.used() == row.cost_millicredits
    return message


async def left_to_post(stage: Stage) -> InteractionRecord:
    """A picture that was drawn and stored, and a bot that stopped before it could be posted."""
    blocked = stage.discord.faults.rate_limit(10**6, via=False, route="PATCH *")
    async with stage.bot(imagine=AT_ONCE):
        record = await stage.imagine()
        await stage.answer(record)
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.POSTING and bool(row.message_id))
        await until(lambda: blocked.happened > 0)
    stage.discord.faults.clear()
    return record


@table({**HICCUPS, "sent twice": lambda faults, _: faults.duplicate_interaction()})
async def test_the_first_answer(stage: Stage, befall: Befall) -> None:
    async with stage.bot(engine=DRAWING):
        befall(stage.discord.faults, "POST /interactions/*")
        record = await stage.imagine()
        message = await assert_done(stage, record)
        assert message is record.message
        assert stage.discord.messages() == [message]


@table(HICCUPS)
async def test_the_first_answer_after_thinking(stage: Stage, befall: Befall, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.safety.gate import Gate

    check = Gate.check_prompt

    async def slow(self: Gate, texts: Any, policy: Any) -> Any:
        await asyncio.sleep(0.3)
        return await check(self, texts, policy)

    monkeypatch.setattr(Gate, "check_prompt", slow)
    async with stage.bot(discord={"answer_deadline_seconds": 0.1}):
        befall(stage.discord.faults, "POST /interactions/*")
        record = await stage.imagine()
        message = await assert_done(stage, record)
        assert message is record.message


async def test_an_answer_that_comes_too_late_is_withdrawn_and_costs_nothing(stage: Stage) -> None:
    async with stage.bot():
        stage.discord.faults.slow(3.2, route="POST /interactions/*", times=1)
        record = await stage.imagine()
        row = await ended(stage, record)
    assert record.error == "The application did not respond"
    assert row.state is GenerationState.CANCELLED
    assert await stage.used() == 0
    assert pictures(stage) == []


@pytest.mark.parametrize("token", ["alive", "dead"])
@table(TROUBLES)
async def test_the_picture(stage: Stage, befall: Befall, token: str) -> None:
    async with stage.bot(engine={"fake_step_seconds": 0.1}, discord={"edit_interval_seconds": 60}):
        record = await stage.imagine(steps=4)
        first = await stage.answer(record)
        await stage.wait_for_row(record, lambda row: row.message_id is not None)
        if token == "dead":
            stage.discord.faults.expire_token(record.id)
        befall(stage.discord.faults, "PATCH /webhooks/*" if token == "alive" else "PATCH /channels/*")
        assert await assert_done(stage, record) is first


@pytest.mark.parametrize("token", ["alive", "dead"])
@table(TROUBLES)
async def test_the_picture_after_a_restart(stage: Stage, befall: Befall, token: str) -> None:
    record = await left_to_post(stage)
    if token == "dead":
        stage.discord.faults.expire_token(record.id)
    befall(stage.discord.faults, "PATCH /webhooks/*" if token == "alive" else "PATCH /channels/*")
    async with stage.bot():
        assert await assert_done(stage, record) is record.message


@pytest.mark.parametrize("token", ["alive", "dead"])
async def test_a_message_that_nobody_wrote_down_is_found(stage: Stage, token: str) -> None:
    """The process died between the first answer and writing down its id."""
    record = await left_to_post(stage)
    await forget_message(stage, record)
    if token == "dead":
        stage.discord.faults.expire_token(record.id)
        await stage.discord.say("something else happens meanwhile", member="grace")
    async with stage.bot():
        assert await assert_done(stage, record) is record.message


async def test_where_no_message_can_be_found_a_fresh_one_is_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the process died before its first answer: it was accepted, so it is drawn and brought."""
    record = await left_to_post(stage)
    assert record.message is not None
    await forget_message(stage, record)
    await stage.discord.delete(record.message)
    stage.discord.faults.expire_token(record.id)
    monkeypatch.setattr("bot.ui.board.FIRST_ANSWER_SECONDS", 0)
    async with stage.bot():
        assert (await assert_done(stage, record)).content.startswith(f"<@{record.member.id}>, your picture is ready")


FRESH: dict[str, Befall] = {
    "nothing": lambda faults, _: None,
    # discord.py sends it again after one second, and then after three more.
    "502, took effect, twice": lambda faults, route: faults.server_error(2, route=route, takes_effect=True),
    **TROUBLES,
}
del FRESH["10015 for a moment"]  # which is about tokens


@table(FRESH)
async def test_a_fresh_message_where_the_first_is_gone(stage: Stage, befall: Befall) -> None:
    record = await left_to_post(stage)
    assert record.message is not None
    await stage.discord.delete(record.message)
    befall(stage.discord.faults, "POST /channels/*")
    async with stage.bot():
        fresh = await assert_done(stage, record)
    assert fresh is not record.message
    assert fresh.content.startswith(f"<@{record.member.id}>, your picture is ready")


@pytest.mark.parametrize("later", ["at once", "when its nonce is forgotten"])
async def test_a_fresh_message_is_not_sent_again_after_a_crash(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    """The process died between sending it and writing that down."""
    record = await left_to_post(stage)
    assert record.message is not None
    await stage.discord.delete(record.message)
    with monkeypatch.context() as patch:
        patch.setattr(generations, "finish_posting", never)
        async with stage.bot(imagine=AT_ONCE):
            await stage.discord.wait_until(lambda: pictures(stage))
    row = await stage.row(record)
    assert row is not None
    assert row.state is GenerationState.POSTING
    if later == "when its nonce is forgotten":
        monkeypatch.setattr("bot.rehearsal.hub.NONCE_MEMORY_SECONDS", -1)
        await stage.discord.say("something else happens meanwhile", member="grace")
    async with stage.bot():
        await assert_done(stage, record)


async def never(*_: object, **__: object) -> bool:
    raise OSError("the process dies here")


async def forget_message(stage: Stage, record: InteractionRecord) -> None:
    from sqlalchemy import update

    from db.models import generations as rows

    async with Database(stage.folder / "lienzo.sqlite3", "FULL") as database:
        await database.write(
            lambda connection: connection.execute(update(rows).where(rows.c.id == record.id).values(message_id=None))
        )


def deny(permission: int) -> Callable[[Rehearsal, int], None]:
    def change(discord: Rehearsal, channel: int) -> None:
        discord.places.denied[channel] = permission

    return change


def refused(code: int) -> Callable[[Rehearsal, int], None]:
    return lambda discord, _: discord.faults.refuse(code, 10**6, route="PATCH /channels/*") and None


NOWHERE: dict[str, tuple[Callable[[Rehearsal, int], object], str]] = {
    "channel deleted": (lambda discord, channel: discord.places.deleted.add(channel), "10003"),
    "channel hidden from the bot": (deny(w.VIEW_CHANNEL), "50001"),
    "removed from the server": (refused(10004), "10004"),
    "may not edit": (refused(50013), "50013"),
    "thread is locked": (refused(160005), "160005"),
    "what nobody has seen before": (refused(99999), "99999"),
}


@pytest.mark.parametrize("dms", ["open", "closed"])
@pytest.mark.parametrize(("befall", "code"), list(NOWHERE.values()), ids=list(NOWHERE))
async def test_nowhere_to_post_it(
    stage: Stage, befall: Callable[[Rehearsal, int], object], code: str, dms: str
) -> None:
    """The token is dead and the channel closed: it ends as failed, the picture stays, the member is told privately."""
    record = await left_to_post(stage)
    stage.discord.faults.expire_token(record.id)
    befall(stage.discord, record.channel.id)
    if dms == "closed":
        stage.discord.places.closed_dms.add(record.member.id)
    async with stage.bot():
        row = await ended(stage, record)
        assert row.state is GenerationState.FAILED
        assert row.reason is not None
        assert row.reason.startswith("not posted: ")
        assert code in row.reason
        row = await stage.wait_for_row(record, lambda row: row.origin.interaction_token is None)  # its end is told
        told = [m.content for m in stage.discord.messages("dm", "ada")]
        assert len(told) == (1 if dms == "open" else 0)
        assert all("cannot be posted here" in text and "/history" in text for text in told)
        history = await stage.discord.slash("history", {}, member="ada", channel="gallery")
        shown = await stage.answer(history)
        await stage.discord.wait_until(lambda: shown.attachments)
        assert shown.attachments[0].data == stage.stored(row)
    assert await stage.used() == row.cost_millicredits


async def test_what_was_taken_away_before_it_was_posted_is_not_posted(stage: Stage) -> None:
    record = await left_to_post(stage)
    async with Database(stage.folder / "lienzo.sqlite3", "FULL") as database:
        await generations.hide(database, record.id, now_ms=1)
    async with stage.bot():
        row = await ended(stage, record)
        assert row.state is GenerationState.FAILED
        assert record.message is not None
        await stage.discord.wait_until(lambda: record.message and "taken down here" in record.message.content)
    assert pictures(stage) == []


async def test_while_the_token_lives_no_permission_is_needed(stage: Stage) -> None:
    async with stage.bot(engine=DRAWING):
        record = await stage.imagine(steps=20)
        first = await stage.answer(record)
        stage.discord.places.denied[record.channel.id] = w.VIEW_CHANNEL
        assert await assert_done(stage, record) is first


async def test_a_message_and_a_permission_lost_are_told_beside_the_place_while_the_token_lives(stage: Stage) -> None:
    record = await left_to_post(stage)
    assert record.message is not None
    await stage.discord.delete(record.message)
    stage.discord.places.denied[record.channel.id] = w.SEND_MESSAGES
    async with stage.bot():
        row = await ended(stage, record)
        assert row.state is GenerationState.FAILED
        await stage.discord.wait_until(lambda: record.followups)
    [told] = record.followups
    assert told.ephemeral
    assert "cannot be posted here" in told.content
    assert stage.discord.messages("dm", "ada") == []


@pytest.mark.parametrize("token", ["alive", "dead"])
async def test_an_archived_thread_is_woken(stage: Stage, token: str) -> None:
    async with stage.bot(engine=DRAWING, discord={"edit_interval_seconds": 60}):
        record = await stage.discord.slash("imagine", {"prompt": "a tree", "steps": 20}, channel="sketches")
        await stage.wait_for_row(record, lambda row: row.message_id is not None)
        stage.discord.places.archived.add(record.channel.id)
        if token == "dead":
            stage.discord.faults.expire_token(record.id)
        assert await assert_done(stage, record) is record.message


async def test_a_thread_that_was_archived_and_locked_is_nowhere_to_post(stage: Stage) -> None:
    async with stage.bot(engine=DRAWING, discord={"edit_interval_seconds": 60}):
        record = await stage.discord.slash("imagine", {"prompt": "a tree", "steps": 20}, channel="sketches")
        await stage.wait_for_row(record, lambda row: row.message_id is not None)
        stage.discord.places.archived.add(record.channel.id)
        stage.discord.places.locked.add(record.channel.id)
        row = await ended(stage, record)
        assert (row.state, "50013" in str(row.reason)) == (GenerationState.FAILED, True)


@pytest.mark.parametrize("takes", ["the smaller one", "neither"])
async def test_a_file_too_large_for_its_channel_is_made_smaller(stage: Stage, takes: str) -> None:
    async with stage.bot():
        drawn = await stage.final(await stage.imagine(seed=1))
        png = drawn.attachments[0].data
        smaller = shrink(PictureFile(png, "png", 512, 512))
        assert smaller is not None
        stage.discord.places.file_limit_bytes = len(smaller.data) if takes == "the smaller one" else 10
        record = await stage.imagine(seed=1)
        row = await ended(stage, record)
        message = record.message
        assert message is not None
        if takes == "neither":
            assert (row.state, "40005" in str(row.reason)) == (GenerationState.FAILED, True)
            await stage.discord.wait_until(lambda: "cannot be posted here" in message.content)
            assert message.attachments == ()
            return
        assert row.state is GenerationState.DONE
        [attachment] = message.attachments
        assert attachment.data == stage.stored(row) == smaller.data
        assert (row.image_extension, row.image_bytes) == ("webp", len(attachment.data))
        assert read_parameters(attachment.data) == read_parameters(png)


@pytest.mark.parametrize("code", [40005, 50045])
async def test_however_discord_says_that_a_file_is_too_large(stage: Stage, code: int) -> None:
    async with stage.bot(engine=DRAWING, discord={"edit_interval_seconds": 60}):
        record = await stage.imagine(steps=10)
        await stage.answer(record)
        stage.discord.faults.refuse(code, status=413 if code == 40005 else 400, route="PATCH /webhooks/*")
        message = await assert_done(stage, record)
    assert message.attachments[0].filename.endswith(".webp")


async def test_a_progress_edit_that_hangs_does_not_hold_up_the_picture(stage: Stage) -> None:
    async with stage.bot(engine={"fake_step_seconds": 0.1}):
        record = await stage.imagine(steps=10)
        first = await stage.answer(record)
        hanging = stage.discord.faults.slow(6, route="PATCH /webhooks/*", times=1)
        await until(lambda: hanging.happened > 0)
        assert await assert_done(stage, record) is first
        texts = [version.content for version in first.versions]
        assert "seed" in texts[-1]
        count = len(texts)
        # The straggler arrives, finds the picture there and leaves it; then its stale text is put right.
        await stage.discord.wait_until(lambda: len(first.versions) >= count + 2)
        assert "Drawing" in first.versions[count].content
        assert first.content == texts[-1]
        await assert_done(stage, record)


@pytest.mark.parametrize("trouble", list(HICCUPS.values()), ids=list(HICCUPS))
async def test_the_end_of_what_was_not_drawn_is_shown_in_the_end(stage: Stage, trouble: Befall) -> None:
    async with stage.bot(engine={"fake_step_seconds": 0.2}, discord={"edit_interval_seconds": 60}):
        record = await stage.imagine(steps=50)
        message = await stage.answer(record)
        trouble(stage.discord.faults, "PATCH /webhooks/*")
        await stage.discord.press(message, message.buttons[0]["custom_id"])
        await stage.discord.wait_until(lambda: "Cancelled" in message.content and not can_be_cancelled(message))
        await stage.wait_for_row(record, lambda row: row.origin.interaction_token is None)


@pytest.mark.parametrize("then", ["all is well", "the token dies", "and its id was not written down"])
async def test_an_end_that_a_crash_kept_from_being_shown_is_shown_after_the_next_start(stage: Stage, then: str) -> None:
    async with stage.bot(engine={"fake_step_seconds": 0.2}, discord={"edit_interval_seconds": 60}):
        record = await stage.imagine(steps=50)
        message = await stage.answer(record)
        stage.discord.faults.rate_limit(10**6, via=False, route="PATCH /webhooks/*")
        await stage.discord.press(message, message.buttons[0]["custom_id"])
        await ended(stage, record)
    assert can_be_cancelled(message)
    stage.discord.faults.clear()
    if then != "all is well":
        stage.discord.faults.expire_token(record.id)
    if then == "and its id was not written down":
        await forget_message(stage, record)
    async with stage.bot():
        await stage.discord.wait_until(lambda: "Cancelled" in message.content and not can_be_cancelled(message))


async def test_what_discord_takes_in_no_request_is_made_smaller_before_it_is_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage.bot():
        png = (await stage.final(await stage.imagine(seed=1))).attachments[0].data
        monkeypatch.setattr("bot.ui.board.LARGEST_REQUEST_BYTES", len(png) - 1)
        record = await stage.imagine(seed=1)
        row = await ended(stage, record)
    assert (row.state, row.image_extension) == (GenerationState.DONE, "webp")
    assert record.message is not None
    [attachment] = record.message.attachments
    assert attachment.data == stage.stored(row)
    assert all(not version.attachments or version.attachments == (attachment,) for version in record.message.versions)
