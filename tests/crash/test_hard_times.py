"""What else befalls a process: it is stopped for a while, its disk is full, its clock jumps, another one is started,
it comes back after a quarter of an hour or a week."""

import asyncio
import errno
import os
import re
import resource
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.rehearsal import InteractionRecord, Message, Rehearsal
from db import Database, GenerationState
from db.images import ImageStore
from tests.e2e.conftest import Stage
from tests.e2e.test_process import environment, failing, lienzo

QUARTER, WEEK = 15 * 60 + 30, 7 * 24 * 3600


class MovableClock:
    """Discord's clock, which a test moves on."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset_seconds


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def stage(tmp_path: Path, clock: MovableClock) -> AsyncIterator[Stage]:
    async with Rehearsal(clock=clock) as discord:
        yield Stage(discord, tmp_path / "data")


async def assert_done(stage: Stage, record: InteractionRecord) -> Message:
    row = await stage.wait_for_row(record, lambda row: row.state.is_final)
    assert (row.state, row.reason) == (GenerationState.DONE, None)
    everything = stage.discord.hub.log.everything()
    [message] = [m for m in everything if str(record.id) in "".join(a.filename for a in m.attachments)]
    assert [attachment.data for attachment in message.attachments] == [stage.stored(row)]
    return message


async def test_a_process_that_is_stopped_for_a_while_goes_on_where_it_was(stage: Stage, tmp_path: Path) -> None:
    """SIGSTOP while it draws; meanwhile the gateway gives it up, and what is asked goes unanswered."""
    async with lienzo("run", env=environment(stage), cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        records = [await stage.imagine(f"picture {nth}", steps=20) for nth in range(2)]
        await stage.wait_for_row(records[0], lambda row: row.state is GenerationState.RUNNING)
        process.send_signal(signal.SIGSTOP)
        unheard = await stage.imagine("while it cannot hear")
        stage.discord.faults.drop_gateway()
        await stage.discord.wait_until(lambda: unheard.error)
        process.send_signal(signal.SIGCONT)
        for record in records:
            await assert_done(stage, record)
        row = await stage.wait_for_row(unheard, lambda row: row.state.is_final) if await stage.row(unheard) else None
        # Discord said that there was no answer: withdrawn. Where the connection broke while it answered, nobody can know
        # whether it was heard, and the picture comes all the same.
        assert row is None or row.state in (GenerationState.CANCELLED, GenerationState.DONE)
        await stage.discord.wait_until(lambda: stage.discord.bot_online, timeout=30)
        await assert_done(stage, await stage.imagine("afterwards"))


@pytest.mark.parametrize(
    ("state", "away_seconds"),
    [
        (GenerationState.QUEUED, WEEK),
        (GenerationState.RUNNING, QUARTER),
        (GenerationState.POSTING, QUARTER),
        (GenerationState.POSTING, WEEK),
    ],
    ids=["queued, a week", "running, a quarter of an hour", "posting, a quarter of an hour", "posting, a week"],
)
async def test_it_comes_back_and_brings_what_it_owes(
    stage: Stage, tmp_path: Path, clock: MovableClock, state: GenerationState, away_seconds: int
) -> None:
    """In the same message, by the channel: the token is dead and the nonce is forgotten."""
    env = environment(stage, LIENZO_ENGINE__FAKE_STEP_SECONDS="0.05", LIENZO_ENGINE__MAX_BATCH="1")
    if state is GenerationState.POSTING:
        stage.discord.faults.rate_limit(10**6, via=False, route="PATCH /*")
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        if state is not GenerationState.POSTING:
            for _ in range(3):
                await stage.answer(await stage.imagine("before it", steps=60))
        record = await stage.imagine(steps=60 if state is GenerationState.RUNNING else 10)
        await stage.answer(record)
        await stage.wait_for_row(record, lambda row: row.state is state and row.message_id is not None)
        process.kill()
        await process.wait()
    stage.discord.faults.clear()
    clock.offset_seconds = away_seconds
    async with lienzo("run", env=env | {"LIENZO_ENGINE__FAKE_STEP_SECONDS": "0"}, cwd=tmp_path):
        assert await assert_done(stage, record) is record.message


@pytest.mark.parametrize("jump_seconds", [-3 * 3600, 3 * 3600], ids=["back", "forth"])
async def test_the_clock_jumps(stage: Stage, monkeypatch: pytest.MonkeyPatch, jump_seconds: int) -> None:
    """While a picture is drawn, and over a restart."""
    real = time.time
    async with stage.bot(engine={"fake_step_seconds": 0.05}):
        first = await stage.imagine(steps=20)
        second = await stage.imagine(steps=20, member="grace")
        await stage.wait_for_row(first, lambda row: row.state is GenerationState.RUNNING)
        monkeypatch.setattr("bot.ui.reach.time.time", lambda: real() + jump_seconds)
        monkeypatch.setattr("bot.services.clock.time.time_ns", lambda: int((real() + jump_seconds) * 1e9))
        await assert_done(stage, first)
        await assert_done(stage, second)
        stage.discord.faults.rate_limit(10**6, via=False, route="PATCH /*")
    stage.discord.faults.clear()
    async with stage.bot(engine={"fake_step_seconds": 0.05}):
        await assert_done(stage, await stage.imagine(steps=5))
    assert await stage.used() == sum([row.cost_millicredits for row in await rows(stage)])


async def rows(stage: Stage) -> list:
    found = [await stage.row(record) for record in stage.discord.interactions]
    return [row for row in found if row is not None]


async def test_a_disk_that_is_full_for_pictures_fails_them_one_by_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if "/images/" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    async with stage.bot():
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            record = await stage.imagine()
            row = await stage.wait_for_row(record, lambda row: row.state.is_final)
        assert (row.state, row.reason) == (
            GenerationState.FAILED,
            "the picture could not be stored: the disk is full",
        )
        assert list(ImageStore(stage.folder / "images").names(older_than_seconds=0)) == []
        assert await stage.used() == 0
        await assert_done(stage, await stage.imagine("when there is room again"))


async def test_a_disk_that_is_full_for_the_database_holds_everything_up_and_loses_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    """A limit on the size of files stands for the disk: SQLite then answers as it does on a full one."""
    env = environment(stage, LIENZO_ENGINE__FAKE_STEP_SECONDS="0.05")
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        record = await stage.imagine(steps=20)
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.RUNNING)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        refused = await stage.imagine("while it is full")
        message = await stage.answer(refused)
        assert message.ephemeral
        assert "Something went wrong on our side" in message.content
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        row = await stage.wait_for_row(record, lambda row: row.state.is_final)
        assert process.returncode is None, "it went on"
        assert row.state in (GenerationState.DONE, GenerationState.FAILED)
        assert await stage.used() == (row.cost_millicredits if row.state is GenerationState.DONE else 0)
        await assert_done(stage, await stage.imagine("when there is room again"))
    assert await stage.row(refused) is None
    with closing(sqlite3.connect(stage.folder / "lienzo.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_full_database_while_a_picture_is_posted_posts_it_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, fails = Database.write, 2

    async def full(self: Database, work):
        nonlocal fails
        if "finish_posting" in work.__qualname__ and fails:
            fails -= 1
            raise sqlite3.OperationalError("database or disk is full")
        return await write(self, work)

    async with stage.bot():
        monkeypatch.setattr(Database, "write", full)
        await assert_done(stage, await stage.imagine())
    assert fails == 0


async def test_a_second_one_at_the_same_moment_is_refused(stage: Stage, tmp_path: Path) -> None:
    """On the same folder, and on another folder with the same token: one of them runs, the other says why not."""
    env = environment(stage)
    async with lienzo("run", env=env, cwd=tmp_path) as first, lienzo("run", env=env, cwd=tmp_path) as second:
        running = await _one_that_runs(first, second)
        assert "another Lienzo is using the data folder" in await _reason(second if running is first else first)
        await stage.discord.bot_ready()
        elsewhere = env | {"LIENZO_STORAGE__FOLDER": str(tmp_path / "elsewhere")}
        line = await failing("run", env=elsewhere, cwd=tmp_path)
        assert "another Lienzo is running with the same Discord token" in line
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 30) == 0
    async with lienzo("run", env=elsewhere, cwd=tmp_path):
        await stage.discord.bot_ready()


async def _one_that_runs(
    first: asyncio.subprocess.Process, second: asyncio.subprocess.Process
) -> asyncio.subprocess.Process:
    waits = {asyncio.create_task(process.wait()): process for process in (first, second)}
    async with asyncio.timeout(60):
        ended, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    [lost] = [waits[task] for task in ended]
    return second if lost is first else first


async def _reason(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    assert process.returncode == 1
    text = (await process.stderr.read()).decode()
    assert "Traceback" not in text
    found = re.search(r"^lienzo: .*", text, re.MULTILINE)
    assert found, text
    return found[0]
