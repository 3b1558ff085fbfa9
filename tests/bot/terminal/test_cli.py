"""`lienzo` in a terminal: imagine, doctor, history, help."""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import Rehearsal
from db import Database, generations
from inference.pictures import read_parameters
from tests.db.builders import PLENTY, a_new_generation

ROOT = Path(__file__).parents[3]


def lienzo(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")}
    environment |= {"PYTHONPATH": str(ROOT), "LIENZO_ENGINE__CPU_THREADS": "1", "COLUMNS": "150", **more}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


FAKE = {"LIENZO_ENGINE__RUNNER": "fake"}


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr.strip().splitlines()[-1]


def test_a_picture_from_the_real_pipeline(tmp_path: Path) -> None:
    first = lienzo(tmp_path, "imagine", "a red circle", "--seed", "7", "--steps", "4", "--out", "a.png", "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    data = (tmp_path / "a.png").read_bytes()
    assert told["file"] == "a.png"
    assert told | {"seconds": 0} == {
        "prompt": "a red circle",
        "negative_prompt": "",
        "seed": 7,
        "size": "128x128",
        "steps": 4,
        "guidance": 4.0,
        "sampler": "dpm++2m",
        "checkpoint": "builtin",
        "seconds": 0,
        "file": "a.png",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert (read_parameters(data) or "").startswith("a red circle\nSteps: 4")


def test_many_lines_share_the_engine(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text("a red circle\n\na blue star\ngory entrails\na tree\n")
    result = lienzo(tmp_path, "imagine", "--from", "prompts.txt", "--out", "many", "--seed", "3", "--json", **FAKE)
    assert result.returncode == 1
    assert "line 3: the safety gate stopped this prompt (violence_gore)" in result.stderr
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["prompt"] for one in told] == ["a red circle", "a blue star", "a tree"]
    assert sorted(file.name for file in (tmp_path / "many").iterdir()) == ["0001.png", "0002.png", "0004.png"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["imagine", ""], "prompt: it is empty"),
        (["imagine", "x" * 5000], "5000 characters are too many; at most 1000"),
        (["imagine", "x", "--seed=-1"], "seed: -1 is not possible; use 0 to 4294967295"),
        (["imagine", "x", "--seed", "99999999999"], "99999999999 is not possible; use 0 to 4294967295"),
        (["imagine", "x", "--seed", "seven"], "Invalid value for '--seed'"),
        (["imagine", "x", "--size", "65x64"], "size: 65 is not a multiple of 8"),
        (["imagine", "x", "--size", "4096x4096"], "4096x4096 is too big for builtin"),
        (["imagine", "x", "--size", "big"], "“big” is no size"),
        (["imagine", "x", "--steps", "0"], "steps: 0 is not possible"),
        (["imagine", "x", "--steps", "10000"], "steps: 10000 is not possible"),
        (["imagine", "x", "--guidance", "99"], "guidance: 99 is not possible"),
        (["imagine", "x", "--checkpoint", "none"], "“none” is no checkpoint here; there are: builtin"),
        (["imagine", "gory entrails"], "the safety gate stopped this prompt (violence_gore)"),
        (["imagine", "x", "--out", "a.gif"], "must end in .png or .webp"),
        (["imagine", "x", "--out", "/proc/nowhere/a.png"], "/proc/nowhere cannot be made"),
        (["paint"], "No such command 'paint'"),
        (["imagine"], "give either a prompt or --from FILE"),
        (["imagine", "--from", "missing.txt"], "missing.txt cannot be read"),
        (["history"], "nothing was drawn here yet"),
        (["--config", "missing.toml", "doctor"], "there is no such settings file"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = lienzo(tmp_path, *arguments, **FAKE)
    assert words in " ".join(result.stderr.split()), result.stderr
    one_line(result)


def test_a_typo_in_the_settings_is_named(tmp_path: Path) -> None:
    (tmp_path / "lienzo.toml").write_text("[quota]\ncredits_per_dya = 3\n")
    line = one_line(lienzo(tmp_path, "doctor"))
    assert "lienzo.toml: unknown key quota.credits_per_dya; did you mean credits_per_day?" in line


def test_debug_shows_where(tmp_path: Path) -> None:
    assert "Traceback" in lienzo(tmp_path, "--debug", "imagine", "", **FAKE).stderr


@pytest.mark.parametrize("command", ["run", "rehearse", "imagine", "doctor", "history", ""])
def test_help_reads_well(tmp_path: Path, command: str) -> None:
    result = lienzo(tmp_path, *([command] if command else []), "--help")
    assert result.returncode == 0
    assert "Usage: " in result.stdout
    if not command:
        assert all(name in result.stdout for name in ("run", "rehearse", "imagine", "doctor", "history"))


def findings(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return {finding["name"]: finding for finding in json.loads(result.stdout)}


def test_doctor_finds_what_is_missing(tmp_path: Path) -> None:
    loopback = {"LIENZO_DISCORD__LOOPBACK": "127.0.0.1:1", "LIENZO_DISCORD__LOOPBACK_CA": "missing.pem"}
    (tmp_path / "lienzo.toml").write_text('[checkpoints.broken]\npath = "gone"\nsizes = ["64x64"]\nmax_pixels = 4096\n')
    result = lienzo(tmp_path, "doctor", **loopback)
    lines = result.stdout.splitlines()
    assert result.returncode == 1
    for name in ("token", "Discord", "image check"):
        [at] = [at for at, line in enumerate(lines) if line.startswith(f"problem {name}: ")]
        assert lines[at + 1].strip().startswith("mend: ")
    assert any(line.startswith("ok      checkpoint builtin: ") for line in lines)
    assert any(line.startswith("warning checkpoint broken: there is nothing at gone") for line in lines)


async def test_doctor_is_content_when_all_is_there(tmp_path: Path) -> None:
    async with Rehearsal() as discord:
        credentials = discord.credentials
        environment = {
            "LIENZO_DISCORD__TOKEN": credentials.bot_token,
            "LIENZO_DISCORD__LOOPBACK": f"127.0.0.1:{credentials.port}",
            "LIENZO_DISCORD__LOOPBACK_CA": str(credentials.ca_file),
        }
        result = await asyncio.to_thread(lienzo, tmp_path, "doctor", "--json", **environment)
        assert result.returncode == 0, result.stdout
        found = findings(result)
        assert {finding["level"] for finding in found.values()} == {"ok"}
        assert f"client_id={credentials.application_id}" in found["invite"]["detail"]
        assert "permissions=309237763072" in found["invite"]["detail"]
        assert credentials.bot_token not in result.stdout


async def test_history_lists_what_was_drawn(tmp_path: Path) -> None:
    async with await Database.open(tmp_path / "data" / "lienzo.sqlite3") as database:
        for nth in range(1, 4):
            await generations.accept(database, a_new_generation(nth, prompt=f"picture {nth}"), PLENTY, now_ms=nth)
    result = await asyncio.to_thread(lienzo, tmp_path, "history", "--json", "--limit", "2")
    assert [json.loads(line)["prompt"] for line in result.stdout.splitlines()] == ["picture 3", "picture 2"]
    table = await asyncio.to_thread(lienzo, tmp_path, "history")
    assert "picture 1" in table.stdout
