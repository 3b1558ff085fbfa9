"""What an operator sees: metrics, health and logs of the real bot on the rehearsal's Discord."""

import asyncio
import json
import logging
import socket
from pathlib import Path

import aiohttp
import pytest

from bot.operations.state import State
from bot.terminal.logs import set_up_logs
from db import Database
from inference.runners.fake_runner import FakeRunner
from tests.e2e.conftest import Stage
from tests.inference.builders import an_engine


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def ask(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
        return response.status, await response.text()


async def test_the_admin_port_counts_and_says_how_things_are(stage: Stage) -> None:
    port = a_free_port()
    async with stage.bot(admin={"port": port}):
        await stage.final(await stage.imagine())
        await stage.answer(await stage.imagine("a nude"))
        async with asyncio.timeout(10):
            while (found := await ask(port, "/readyz"))[0] != 200:  # noqa: ASYNC110 - it is on the other side of a socket
                await asyncio.sleep(0.05)
        assert json.loads(found[1]) == {"discord": "ok", "database": "ok", "engine": "ok"}
        assert (await ask(port, "/healthz"))[0] == 200
        _, numbers = await ask(port, "/metrics")
    assert 'lienzo_ended_total{state="done"} 1.0' in numbers
    assert "lienzo_delivery_seconds_count 1.0" in numbers
    assert "lienzo_wait_seconds_count 1.0" in numbers
    assert 'lienzo_generations{state="queued"} 0.0' in numbers
    assert 'lienzo_refusals_total{category="' in numbers
    assert "lienzo_engine_batch_jobs_bucket" in numbers
    assert "a red circle" not in numbers
    assert "user" not in numbers


async def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    class Gateway:
        def is_ready(self) -> bool:
            return False

        def is_closed(self) -> bool:
            return False

    engine = an_engine(FakeRunner())
    async with await Database.open(tmp_path / "lienzo.sqlite3") as database:
        state = State(Gateway(), database, engine)
        async with engine:
            await engine.ready()
            assert await state.is_ready() == {"discord": "not connected", "database": "", "engine": ""}
        assert (await state.is_ready())["engine"] == "the engine is stopping"
        assert state.lives() == {"engine tick": ""}


async def test_a_port_that_is_taken_does_not_keep_the_bot_from_working(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with stage.bot(admin={"port": taken.getsockname()[1]}):
            await stage.final(await stage.imagine())
    assert "cannot be used" in caplog.text


async def test_every_line_about_a_generation_carries_its_id_and_none_its_prompt(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = logging.getLogger().handlers[:]
    set_up_logs("INFO", "json")
    try:
        async with stage.bot():
            records = [await stage.imagine("a quiet wish") for _ in range(2)]
            await asyncio.gather(*(stage.final(record) for record in records))
    finally:
        logging.getLogger().handlers[:] = kept
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    for record in records:
        said = [line["event"] for line in lines if line.get("generation") == record.id]
        assert any(event.startswith("accepted") for event in said)
        assert "it is done" in said
    assert "quiet wish" not in str(lines)
