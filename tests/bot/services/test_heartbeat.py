"""The sign of life, and the command that looks for it."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from bot.services.heartbeat import (
    INTERVAL_SECONDS,
    STALE_AFTER_SECONDS,
    heartbeat,
    heartbeat_file,
    seconds_since_heartbeat,
)
from bot.terminal.failures import CommandFailed
from bot.terminal.health import check
from config import Settings


def aged(folder: Path, seconds: float) -> None:
    folder.mkdir(exist_ok=True)
    file = heartbeat_file(folder)
    file.touch()
    os.utime(file, (time.time() - seconds,) * 2)


async def until_there(folder: Path) -> None:
    async with asyncio.timeout(5):
        while seconds_since_heartbeat(folder) is None:  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.01)


async def test_it_beats_while_the_event_loop_turns_and_is_gone_after_an_orderly_end(tmp_path: Path) -> None:
    async with heartbeat(tmp_path, 0.05):
        await until_there(tmp_path)
        aged(tmp_path, 1000)
        await asyncio.sleep(0.5)
        age = seconds_since_heartbeat(tmp_path)
        assert age is not None
        assert age < 1
    assert seconds_since_heartbeat(tmp_path) is None


async def test_it_does_not_beat_while_the_event_loop_hangs(tmp_path: Path) -> None:
    async with heartbeat(tmp_path, 0.05):
        await until_there(tmp_path)
        await asyncio.sleep(0.06)
        aged(tmp_path, 1000)
        time.sleep(0.5)  # noqa: ASYNC251 - the hang
        age = seconds_since_heartbeat(tmp_path)
        assert age is not None
        assert age > 900


async def test_what_it_cannot_write_is_told_by_its_age_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with heartbeat(tmp_path / "lost", 0.01):
        await asyncio.sleep(0.1)
    assert "the heartbeat cannot be written" in caplog.text


async def test_health_believes_what_is_fresh(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    aged(settings.storage.folder, STALE_AFTER_SECONDS - 5)
    await check(settings)
    assert capsys.readouterr().out == "alive 55 s ago\n"


@pytest.mark.parametrize("seconds", [STALE_AFTER_SECONDS + 5, -3600.0], ids=["old", "of the future"])
async def test_health_does_not_believe_what_is_stale(settings: Settings, seconds: float) -> None:
    aged(settings.storage.folder, seconds)
    with pytest.raises(CommandFailed, match="was killed, or hangs"):
        await check(settings)


async def test_health_needs_a_sign(settings: Settings) -> None:
    with pytest.raises(CommandFailed, match="no `lienzo run` is at work"):
        await check(settings)


def test_several_beats_may_be_late_before_it_is_stale() -> None:
    assert STALE_AFTER_SECONDS >= 3 * INTERVAL_SECONDS
