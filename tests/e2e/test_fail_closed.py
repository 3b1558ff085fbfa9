"""Whatever is wrong with a check, nothing is posted, nothing is charged, and the operator is told."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from bot.rehearsal import Message
from bot.safety import Action, Gate
from bot.safety.judging import Match
from bot.services.admission import Admission
from db import Database, GenerationState, incidents, phrases, restrictions, reviews, safety_policies
from db.safety_policies import Choice
from inference.pictures import Writer
from tests.e2e.conftest import Stage
from tests.e2e.test_moderation import REFUSED, open_reviews
from tests.e2e.test_pictures import press, whisper_of

Plant = Callable[[pytest.MonkeyPatch], None]


def raises(owner: Any, name: str, error: Exception) -> Plant:
    def planted(*_: Any, **__: Any) -> Any:
        raise error

    return lambda patch: patch.setattr(owner, name, planted)


def scores(found: dict[str, float]) -> Plant:
    """What the checkers of the picture say."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        write = Writer.write

        def planted(self: Writer, *rest: Any) -> Any:
            picture = write(self, *rest)
            object.__setattr__(picture, "scores", {**picture.scores, **found})
            return picture

        patch.setattr(Writer, "write", planted)

    return plant


def hangs(patch: pytest.MonkeyPatch) -> None:
    import time

    patch.setattr("bot.safety.gate.found_by", lambda *_, **__: time.sleep(0.5))


def unknown_category(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("bot.safety.gate.found_by", lambda *_, **__: [Match("new-rule", "nobody-has-thought-of-it")])


def unknown_preset(patch: pytest.MonkeyPatch) -> None:
    async def planted(*_: Any) -> dict[int, Choice]:
        return {0: Choice(guild_id=1, preset="from-the-future", made_by=1, made_at_ms=1)}

    patch.setattr(safety_policies, "of_server", planted)


def blocked_and_not_written_down(patch: pytest.MonkeyPatch) -> None:
    unknown_category(patch)
    raises(incidents, "record", OSError("the disk is full"))(patch)


LOCKED = RuntimeError("database is locked")
# What goes wrong -> where it is planted. Before anything is accepted:
AT_THE_DOOR: dict[str, Plant] = {
    "the filter raises": raises(Gate, "_judge_prompt", ValueError("planted")),
    "the filter hangs": hangs,
    "a category that nobody knows": unknown_category,
    "a policy from the future": unknown_preset,
    "the policy cannot be read": raises(safety_policies, "of_server", LOCKED),
    "the phrases cannot be read": raises(phrases, "of_server", LOCKED),
    "restrictions cannot be read": raises(restrictions, "holding", LOCKED),
    "approvals cannot be read": raises(reviews, "is_approved", LOCKED),
    "what was stopped cannot be written down": blocked_and_not_written_down,
}
# While it is drawn:
AT_THE_PICTURE: dict[str, Plant] = {
    "the checker says nothing of use": scores({"nsfw": float("nan")}),
    "the checker says more than all": scores({"nsfw": 17.0}),
    "the picture is one flat colour": scores({"contrast": 0.0}),
    "the picture holds no numbers": scores({"contrast": float("nan")}),
    "the checker dies": raises(Writer, "write", RuntimeError("killed")),
    "the filter raises when it is looked at again": raises(Gate, "_judge_picture", ValueError("planted")),
    "what was taken down cannot be read": raises(Admission, "check_drawn", LOCKED),
}


def table(cases: dict[str, Plant]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("plant", list(cases.values()), ids=list(cases))


def pictures(stage: Stage) -> list[Message]:
    return [message for message in stage.discord.hub.log.everything() if message.attachments and not message.deleted]


@table(AT_THE_DOOR)
async def test_nothing_is_accepted(
    stage: Stage, plant: Plant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot(safety={"timeout_seconds": 0.2}):
        plant(monkeypatch)
        with caplog.at_level(logging.ERROR):
            message = await whisper_of(stage, await stage.imagine())
        assert message.ephemeral
        monkeypatch.undo()
    assert pictures(stage) == []
    assert await stage.used() == 0
    if plant is not unknown_category:  # which is no fault, but something to stop
        assert [one for one in caplog.records if one.levelno >= logging.ERROR], "the operator is told"


@table(AT_THE_PICTURE)
async def test_nothing_is_posted(
    stage: Stage, plant: Plant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot():
        plant(monkeypatch)
        with caplog.at_level(logging.ERROR):
            record = await stage.imagine()
            await stage.final(record)
        row = await stage.wait_for_row(record, lambda row: row.state.is_final)
        monkeypatch.undo()
    assert row.state is GenerationState.FAILED
    assert pictures(stage) == []
    assert await stage.used() == 0, "it costs nothing"
    assert [one for one in caplog.records if one.levelno >= logging.ERROR], "the operator is told"


async def test_where_the_channel_for_reviews_is_gone_nobody_is_let_through(stage: Stage) -> None:
    async with stage.bot():
        await open_reviews(stage)
        refusal = await whisper_of(stage, await stage.imagine(REFUSED))
        stage.discord.places.deleted.add(stage.discord.channel_id("gallery"))
        said = await whisper_of(stage, await press(stage, refusal, "Ask a moderator"))
        assert "cannot be asked this way" in said.content
        assert "graphic violence" in (await whisper_of(stage, await stage.imagine(REFUSED))).content
    assert pictures(stage) == []


async def test_a_policy_that_tightens_while_it_waits_holds_when_it_is_drawn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mild = Choice(guild_id=1, preset="standard", actions={"violence_gore": Action.ALLOW.value}, made_by=1, made_at_ms=1)
    chosen = {0: mild}

    async def of_server(_: Database, __: int) -> dict[int, Choice]:
        return dict(chosen)

    monkeypatch.setattr(safety_policies, "of_server", of_server)
    monkeypatch.setattr("bot.services.protection.KEPT_SERVERS", 0)  # it is read anew each time
    one_at_a_time = {"running_per_server": 1}
    async with stage.bot(engine={"fake_step_seconds": 0.05}, safety={"floor": "mature"}, queue=one_at_a_time):
        running = await stage.imagine("a fox", steps=60)
        await stage.answer(running)
        waiting = await stage.discord.slash("imagine", {"prompt": REFUSED}, member="ada", channel="after-dark")
        await stage.answer(waiting)
        chosen.clear()
        row = await stage.wait_for_row(waiting, lambda row: row.state.is_final)
        assert row.state is GenerationState.BLOCKED
        assert waiting.message is not None
        assert not waiting.message.attachments
