"""`lienzo run` as a process of its own against the rehearsal: killed, stopped, started twice, started wrongly."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from db import GenerationState
from tests.e2e.conftest import Stage

ROOT = Path(__file__).parents[2]


def environment(stage: Stage, **more: str) -> dict[str, str]:
    credentials = stage.discord.credentials
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")},
        "PYTHONPATH": str(ROOT),
        "LIENZO_STORAGE__FOLDER": str(stage.folder),
        "LIENZO_DISCORD__TOKEN": credentials.bot_token,
        "LIENZO_DISCORD__LOOPBACK": f"127.0.0.1:{credentials.port}",
        "LIENZO_DISCORD__LOOPBACK_CA": str(credentials.ca_file),
        "LIENZO_DISCORD__EDIT_INTERVAL_SECONDS": "0.2",
        "LIENZO_ENGINE__RUNNER": "fake",
        "LIENZO_ENGINE__CALIBRATION_SECONDS": "0",
        "LIENZO_ENGINE__FAKE_STEP_SECONDS": "0.1",
        **more,
    }


@asynccontextmanager
async def lienzo(*arguments: str, env: dict[str, str], cwd: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env=env,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def failing(*arguments: str, env: dict[str, str], cwd: Path) -> str:
    """Runs a command that must fail; returns its one clear line."""
    async with lienzo(*arguments, env=env, cwd=cwd) as process:
        out, err = await asyncio.wait_for(process.communicate(), 60)
        text = err.decode()
        assert process.returncode == 1, (out, text)
        assert "Traceback" not in text
        [line] = [line for line in text.splitlines() if line.startswith("lienzo: ")]
        return line


async def test_killed_at_work_and_started_again_it_delivers_what_it_accepted(stage: Stage, tmp_path: Path) -> None:
    env = environment(stage)
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        records = [await stage.imagine(f"picture {nth}", seed=nth, steps=20) for nth in range(3)]
        for record in records:
            await stage.answer(record)
        await stage.wait_for_row(records[0], lambda row: row.state is GenerationState.RUNNING)
        process.kill()
        await process.wait()
    await stage.discord.wait_until(lambda: not stage.discord.bot_online)
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        for record in records:
            message = await stage.final(record)
            row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
            assert [attachment.data for attachment in message.attachments] == [stage.stored(row)]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert len(stage.discord.messages("art", "ada")) == 3
    assert await stage.used() == sum(
        [row.cost_millicredits for row in [await stage.row(record) for record in records] if row]
    )


async def test_sigterm_closes_the_gateway_and_hands_back_what_is_not_finished(stage: Stage, tmp_path: Path) -> None:
    env = environment(stage, LIENZO_IMAGINE__SHUTDOWN_SECONDS="0.2", LIENZO_ENGINE__FAKE_STEP_SECONDS="0.5")
    async with lienzo("run", env=env, cwd=tmp_path) as process:
        await stage.discord.bot_ready()
        record = await stage.imagine(steps=60)
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.RUNNING)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    await stage.discord.wait_until(lambda: not stage.discord.bot_online)
    row = await stage.row(record)
    assert row is not None
    assert (row.state, row.interruptions) == (GenerationState.QUEUED, 0)


async def test_a_second_bot_on_the_same_data_refuses_to_start(stage: Stage, tmp_path: Path) -> None:
    async with lienzo("run", env=environment(stage), cwd=tmp_path):
        await stage.discord.bot_ready()
        line = await failing("run", env=environment(stage), cwd=tmp_path)
    assert "another Lienzo is using the data folder" in line


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"LIENZO_DISCORD__TOKEN": ""}, "there is no Discord token. Take it from the Discord Developer Portal"),
        ({"LIENZO_DISCORD__TOKEN": "not-a-token"}, "does not look like a bot token"),
        (
            {"LIENZO_DISCORD__TOKEN": "MTE5MTE2ODkxNDIyNzIwMDAwMQ.wrong1.this-is-not-the-right-secret"},
            "refused the token",
        ),
        ({"LIENZO_STORAGE__FOLDER": "/proc/lienzo"}, "cannot be written to"),
        ({"LIENZO_DISCORD__LOOPBACK": "127.0.0.1:1"}, "Discord cannot be reached"),
        ({"LIENZO_DISCORD__LOOPBACK_CA": "/nowhere.pem"}, "loopback_ca = /nowhere.pem cannot be used"),
        ({"LIENZO_SAFETY__RULES_FOLDER": "/nowhere"}, "/nowhere is no folder"),
        ({"LIENZO_QUOTA__CREDITS": "1"}, "unknown key quota.credits; did you mean credits_per_day?"),
        (
            {
                "LIENZO_ENGINE__RUNNER": "torch",
                "LIENZO_CHECKPOINTS__BUILTIN__BUILTIN": "",
                "LIENZO_CHECKPOINTS__BUILTIN__PATH": "/nowhere",
            },
            "checkpoint 'builtin' cannot be used: there is nothing at /nowhere",
        ),
    ],
)
async def test_what_keeps_it_from_starting_is_one_clear_line(
    stage: Stage, tmp_path: Path, more: dict[str, str], words: str
) -> None:
    line = await failing("run", env=environment(stage, **more), cwd=tmp_path)
    assert words in line
    assert "this-is-not-the-right-secret" not in line


async def test_a_damaged_database_is_named_and_left_alone(stage: Stage, tmp_path: Path) -> None:
    stage.folder.mkdir()
    file = stage.folder / "lienzo.sqlite3"
    file.write_bytes(b"no database" * 1000)
    line = await failing("run", env=environment(stage), cwd=tmp_path)
    assert "damaged or no SQLite database" in line
    assert file.read_bytes() == b"no database" * 1000


async def test_a_taken_port_is_named(stage: Stage, tmp_path: Path) -> None:
    port = stage.discord.page_url.rsplit(":", 1)[1].strip("/")
    line = await failing("rehearse", "--port", port, env=environment(stage), cwd=tmp_path)
    assert f"Port {port} is already in use" in line
    assert "--port 0" in line


async def test_rehearse_once_is_reproducible_and_says_what_happened(stage: Stage, tmp_path: Path) -> None:

    outcomes: list[dict[str, Any]] = []
    env = environment(stage)
    for name, seed in [("a", 7), ("b", 7), ("c", 8)]:
        command = f'/imagine prompt:"a red circle" seed:{seed}'
        arguments = ["rehearse", "--once", command, "--out", name, "--data", str(tmp_path / "kept")]
        async with lienzo(*arguments, env=env, cwd=tmp_path) as process:
            out, err = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0, err
            outcomes.append(json.loads(out))
    pictures = [(tmp_path / outcome["files"][0]).read_bytes() for outcome in outcomes]
    assert pictures[0] == pictures[1] != pictures[2]
    assert "seed **7**" in outcomes[0]["content"]
    assert "**next** in line" in outcomes[0]["states"][0]
    async with lienzo("rehearse", "--once", "/imagine prompt:gory entrails", env=env, cwd=tmp_path) as process:
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 1
        assert "graphic violence" in json.loads(out)["content"]
    line = await failing("rehearse", "--once", "/imagine seed:7", env=env, cwd=tmp_path)
    assert "prompt" in line


async def test_serve_only_is_a_discord_that_a_bot_can_log_in_to(tmp_path: Path) -> None:

    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    async with lienzo("rehearse", "--serve-only", "--port", "0", env=env, cwd=tmp_path) as discord:
        assert discord.stdout is not None
        credentials = json.loads(await asyncio.wait_for(discord.stdout.readline(), 30))
        assert {"port", "ca_file", "bot_token", "guild_id", "channel_id", "application_id"} <= set(credentials)
        bot_env = env | {
            "LIENZO_DISCORD__TOKEN": credentials["bot_token"],
            "LIENZO_DISCORD__LOOPBACK": f"127.0.0.1:{credentials['port']}",
            "LIENZO_DISCORD__LOOPBACK_CA": credentials["ca_file"],
            "LIENZO_ENGINE__RUNNER": "fake",
            "LIENZO_ENGINE__CALIBRATION_SECONDS": "0",
            "LIENZO_STORAGE__FOLDER": str(tmp_path / "data"),
        }
        async with lienzo("run", env=bot_env, cwd=tmp_path) as bot:
            assert bot.stderr is not None
            while b"invite Lienzo" not in (line := await asyncio.wait_for(bot.stderr.readline(), 30)):
                assert line
            bot.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bot.wait(), 30) == 0
        discord.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(discord.wait(), 30) == 0
