"""A request that kills the engine is tried three times, then it fails and its credits come back."""

import asyncio
from typing import Any

import pytest

from bot.errors import StartupError
from db import GenerationState
from inference.runners.fake_runner import FakeRunner
from tests.e2e.conftest import Stage


async def test_a_poisonous_request_does_not_kill_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = FakeRunner.execute

    def poisoned(self: FakeRunner, plan: Any) -> Any:
        if any("a fox of doom" in admission.request.prompt for admission in plan.admit):
            raise RuntimeError("the driver crashed")
        return execute(self, plan)

    monkeypatch.setattr(FakeRunner, "execute", poisoned)
    with pytest.raises(StartupError, match="the driver crashed"):
        async with stage.bot():
            record = await stage.imagine("a fox of doom")
            await asyncio.wait({stage.serving}, timeout=20)
    for _ in range(2):
        row = await stage.row(record)
        assert row is not None
        assert row.state is GenerationState.RUNNING
        with pytest.raises(StartupError):
            async with stage.bot():
                await asyncio.wait({stage.serving}, timeout=20)
    async with stage.bot():
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.FAILED)
        assert row.reason == "interrupted 3 times"
        await stage.discord.wait_until(
            lambda: record.message is not None and "could not be drawn" in record.message.content
        )
        assert (await stage.final(await stage.imagine("a tree"))).attachments
    assert await stage.used() == 1000
