"""Early looks on the real client: one appears in the picture's message, and never outlives its end."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.rehearsal import InteractionRecord, Message
from db import GenerationState
from inference.pictures import Writer
from tests.e2e.conftest import Stage
from tests.e2e.test_delivery import assert_done, ended, until
from tests.e2e.test_house import choose, panel
from tests.e2e.test_moderation import command, report
from tests.e2e.test_pictures import whisper_of
from tests.lookout import can_be_cancelled

LOOKS = {"previews": True, "preview_seconds": 0.2}
SLOW = {"fake_step_seconds": 0.1}


def shows_look(message: Message) -> bool:
    return [one.filename for one in message.attachments] == ["preview.webp"]


async def look_at(stage: Stage, record: InteractionRecord) -> Message:
    """Its message as soon as it shows an early look."""
    await stage.discord.wait_until(lambda: record.message is not None and shows_look(record.message), timeout=30)
    assert record.message is not None
    return record.message


def looks_of(record: InteractionRecord) -> list[bytes]:
    assert record.message is not None
    return [one.data for version in record.message.versions for one in version.attachments if "preview" in one.filename]


async def test_early_looks_appear_and_then_only_the_picture_remains(stage: Stage, tmp_path: Path) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS):
        record = await stage.imagine("a fox", steps=20)
        message = await look_at(stage, record)
        [look] = message.attachments
        assert max(Image.open(io.BytesIO(look.data)).size) == 256
        assert look.description == "Early look at a picture that builtin is drawing from the prompt: a fox"
        assert "Drawing" in message.content
        assert can_be_cancelled(message)
        assert await assert_done(stage, record) is message
    [attachment] = message.attachments
    assert attachment.filename.startswith("lienzo-")
    kept = [file.name for file in (tmp_path / "data" / "images").rglob("*") if file.is_file()]
    assert len(kept) == 1, "no early look is kept"


async def test_of_several_pictures_and_where_somebody_wants_none_there_are_none(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS):
        several = await stage.imagine(steps=15, count=4)
        await stage.final(several)
        shown = await panel(stage)
        assert "**Early looks** on · operator" in shown.content
        assert "**Early looks** off · this server" in await choose(stage, shown, "previews", "off")
        here = await stage.imagine(steps=15)
        await stage.final(here)
        elsewhere = await stage.discord.slash("imagine", {"prompt": "x", "steps": 15}, channel="dm")
        await stage.final(elsewhere)
        await choose(stage, shown, "previews", "on")
    async with stage.bot(engine=SLOW, discord={**LOOKS, "previews": False}):
        assert "**Early looks** off · operator" in (await panel(stage)).content, "whatever managers chose"
        one = await stage.imagine(steps=15)
        await stage.final(one)
    assert looks_of(several) == looks_of(here) == looks_of(one) == []
    assert looks_of(elsewhere)


async def test_cancelling_takes_it_away(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS):
        record = await stage.imagine(steps=60)
        message = await look_at(stage, record)
        await stage.discord.press(message, message.buttons[0]["custom_id"], member="ada")
        assert "Cancelled" in (await stage.final(record)).content
        assert message.attachments == ()


async def test_a_failure_takes_it_away(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Writer, "write", broken)
    async with stage.bot(engine=SLOW, discord=LOOKS):
        record = await stage.imagine(steps=15)
        message = await look_at(stage, record)
        assert "could not be drawn" in (await stage.final(record)).content
        assert message.attachments == ()


async def test_what_only_its_member_sees_has_them_too(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS):
        record = await stage.imagine(steps=20, private=True)
        message = await look_at(stage, record)
        assert message.ephemeral
        await stage.final(record)
        await ended(stage, record)
        assert [one.filename.startswith("lienzo-") for one in message.attachments] == [True]
        record = await stage.imagine(steps=60, private=True)
        message = await look_at(stage, record)
        await stage.discord.press(message, message.buttons[0]["custom_id"], member="ada")
        await stage.final(record)
        assert message.attachments == ()


async def test_privately_none_is_shown_that_could_not_be_taken_away_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.board.TOKEN_LEFT_SECONDS", 15 * 60)
    async with stage.bot(engine=SLOW, discord=LOOKS):
        private = await stage.imagine(steps=15, private=True)
        public = await stage.imagine(steps=15)
        for record in (private, public):
            await stage.final(record)
    assert looks_of(private) == []
    assert looks_of(public)


async def test_a_stop_takes_it_away_and_the_next_start_goes_on(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS, imagine={"shutdown_seconds": 0}):
        record = await stage.imagine(steps=40)
        message = await look_at(stage, record)
    assert "updated" in message.content
    assert message.attachments == ()
    async with stage.bot(discord=LOOKS):
        assert await assert_done(stage, record) is message


async def test_one_that_a_crash_left_goes_before_its_picture_is_there(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS, imagine={"shutdown_seconds": 0}):
        record = await stage.imagine(steps=40)
        message = await look_at(stage, record)
        stage.discord.faults.refuse(50013, 10**6, route="PATCH *")  # as if it died: it says nothing more
    stage.discord.faults.clear()
    assert shows_look(message)
    async with stage.bot(engine=SLOW, discord={"previews": False}):
        await stage.discord.wait_until(lambda: message.attachments == (), timeout=30)
        assert can_be_cancelled(message)
        assert await assert_done(stage, record) is message


async def test_one_that_hangs_on_its_way_cannot_take_the_pictures_place(stage: Stage) -> None:
    """It arrives after the picture and replaces it: only when the picture is there again is it done."""
    async with stage.bot(engine=SLOW, discord={**LOOKS, "edit_interval_seconds": 0.6}):  # so each edit carries one
        record = await stage.imagine(steps=20)
        message = await look_at(stage, record)
        hanging = stage.discord.faults.slow(6, route="PATCH /webhooks/*", times=1)
        await until(lambda: hanging.happened > 0)
        await stage.discord.wait_until(lambda: not shows_look(message), timeout=30)
        row = await stage.row(record)
        assert row is not None
        assert row.state is GenerationState.POSTING, "the picture is seen, and not yet safe"
        assert await assert_done(stage, record) is message
    *_, picture, look, again = [[one.filename for one in version.attachments] for version in message.versions]
    assert look == ["preview.webp"]
    assert picture == again == [f"lienzo-{record.id}.png"]


async def test_one_that_looks_like_what_was_taken_down_is_not_shown(stage: Stage) -> None:
    async with stage.bot(engine=SLOW, discord=LOOKS):
        first = await stage.imagine("a fox", seed=5, steps=15)
        await stage.final(first)
        assert looks_of(first)
        await command(stage, "moderate takedown", picture=str(first.id), reason="x")
        again = await stage.imagine("a fox", seed=5, steps=16)  # another recipe of the same picture
        assert "taken down here" in (await stage.final(again)).content
        assert (await ended(stage, again)).state is GenerationState.BLOCKED
    assert looks_of(again) == []


async def test_the_menus_answer_about_what_is_still_being_drawn(stage: Stage) -> None:
    async def menu(name: str, member: str) -> InteractionRecord:
        return await stage.discord.context_menu(name, message_id=message, member=member)

    async with stage.bot(engine=SLOW, discord=LOOKS):
        record = await stage.imagine("a fox", steps=60)
        message = await look_at(stage, record)
        assert "a fox" in (await whisper_of(stage, await menu("Image info", "grace"))).content
        form = await stage.discord.answered(await menu("Remix", "grace"))
        assert "a fox" in str(form.modal)
        assert "know nothing about this picture" in (await whisper_of(stage, await menu("Send to me", "ada"))).content
        assert "moderators have been told" in await report(stage, message, "grace")
        assert not message.deleted
        # A moderator's word takes it away, and with it what would have come of it.
        assert "is hidden" in await report(stage, message, "linus")
        row = await ended(stage, record)
    assert message.deleted
    assert (row.state, row.hidden_at_ms is not None) == (GenerationState.CANCELLED, True)
    assert [one for one in stage.discord.messages("art", "linus") if one.attachments] == []
