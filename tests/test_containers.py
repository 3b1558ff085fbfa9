"""Dockerfile and compose.yaml held against the project: every path, extra, command and setting they name exists.

No Docker engine is needed, so this proves no build; it proves that the two files and the project speak of the same.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.__main__ import app
from bot.services.heartbeat import STALE_AFTER_SECONDS
from config import load_settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def instructions(text: str) -> list[tuple[str, str]]:
    """Without comments, with continued lines joined: ("COPY", "bot bot")."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def stages() -> list[list[tuple[str, str]]]:
    split: list[list[tuple[str, str]]] = []
    for word, rest in instructions(DOCKERFILE):
        if word == "FROM":
            split.append([])
        split[-1].append((word, rest))
    return split


def the_only(word: str, stage: list[tuple[str, str]]) -> str:
    [rest] = [rest for name, rest in stage if name == word]
    return rest


def environment(stage: list[tuple[str, str]]) -> dict[str, str]:
    pairs = [pair for word, rest in stage if word == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+)(s|m)", text)
    assert match, text
    return int(match[1]) * (60 if match[2] == "m" else 1)


BUILD, FINAL = stages()


def copied() -> Iterator[str]:
    for word, rest in BUILD:
        if word == "COPY":
            yield from shlex.split(rest)[:-1]


def is_sent_to_the_builder(path: str) -> bool:
    """.dockerignore: the last line that matches decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            names = [path, *map(str, Path(path).parents)]
            if any(fnmatch(name, pattern) or fnmatch(f"/{name}", f"/{pattern}") for name in names):
                sent = line.startswith("!")
    return sent


def test_both_stages_stand_on_a_slim_python_that_the_project_accepts() -> None:
    for stage in (BUILD, FINAL):
        match = re.match(r"python:(\d+\.\d+)-slim( AS build)?$", the_only("FROM", stage))
        assert match
        assert PYPROJECT["project"]["requires-python"] == f">={match[1]}"


def test_what_is_copied_exists_is_sent_and_is_all_that_the_package_needs() -> None:
    paths = list(copied())
    for path in paths:
        assert (ROOT / path).exists(), path
        assert is_sent_to_the_builder(path), path
    packages = {pattern.rstrip("*") for pattern in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    project = PYPROJECT["project"]
    assert packages | {"pyproject.toml", project["readme"], *project["license-files"]} <= set(paths)
    assert "--from=build /opt/lienzo /opt/lienzo" in the_only("COPY", FINAL)


@pytest.mark.parametrize("path", [".env", "lienzo.toml", "data/lienzo.sqlite3", ".git/config", "models/x", ".venv/x"])
def test_secrets_and_data_never_reach_the_builder(path: str) -> None:
    assert not is_sent_to_the_builder(path)


def test_every_constraint_file_and_extra_exists() -> None:
    runs = [rest for word, rest in BUILD if word == "RUN"]
    files = {name for run in runs for name in re.findall(r"-c (\S+)", run)}
    assert files == {"constraints.txt"}
    extras = set(PYPROJECT["project"]["optional-dependencies"])
    named = re.findall(r"\[([\w,]+)\]", " ".join(comment for comment in DOCKERFILE.splitlines() if "extras" in comment))
    named += [name for service in SERVICES.values() for name in [service["build"]["args"].get("EXTRAS", "")] if name]
    assert {name.strip("[]") for name in named} == {"gpu"} <= extras


def test_its_commands_are_commands() -> None:
    assert json.loads(the_only("CMD", FINAL)) == ["lienzo", "run"]
    options, _, probe = the_only("HEALTHCHECK", FINAL).partition(" CMD ")
    assert json.loads(probe) == ["lienzo", "health"]
    assert {"run", "health"} <= COMMANDS
    assert PYPROJECT["project"]["scripts"]["lienzo"] == "bot.__main__:main"
    for text in (DOCKERFILE, (ROOT / "compose.yaml").read_text(encoding="utf-8")):
        assert set(re.findall(r"`lienzo (\w+)", text)) <= COMMANDS
    # A start may take as long as a sign of life may be old, and a probe is over before the next one.
    given = dict(re.findall(r"--([\w-]+)=(\w+)", options))
    assert seconds(given["start-period"]) >= STALE_AFTER_SECONDS
    assert seconds(given["timeout"]) < seconds(given["interval"])


def test_it_is_nobody_special_and_owns_what_it_writes() -> None:
    assert the_only("USER", FINAL) == "lienzo"
    run = the_only("RUN", FINAL)
    assert re.search(r"useradd --uid [1-9]\d+ ", run)
    volumes = json.loads(the_only("VOLUME", FINAL))
    assert volumes == ["/data", "/models"]
    assert run.endswith(f"install -d -o lienzo -g lienzo {' '.join(volumes)}")
    after_user = [word for word, _ in FINAL][[word for word, _ in FINAL].index("USER") :]
    assert "RUN" not in after_user
    assert Path(environment(FINAL)["HF_HOME"]).parent == Path("/data")


def named_settings() -> Iterator[tuple[str, str]]:
    yield from environment(FINAL).items()
    for service in SERVICES.values():
        yield from service["environment"].items()


def test_every_setting_it_names_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [(name, value) for name, value in named_settings() if name.startswith("LIENZO_")]
    assert ours
    for name, value in ours:
        monkeypatch.setenv(name, value)
    assert load_settings(env_file=Path("/nonexistent")).storage.folder == Path("/data")
    texts = DOCKERFILE + (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for name in set(re.findall(r"LIENZO_[A-Z]+__[A-Z_]+", texts)):
        monkeypatch.setenv(name, "/data")  # an unknown one would be refused by its name, whatever its value
    load_settings(env_file=Path("/nonexistent"))
    for section, key in re.findall(r"\[(imagine)\] (\w+)", texts):
        assert hasattr(getattr(load_settings(env_file=Path("/nonexistent")), section), key)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_keeps_its_data_and_is_stopped_gently(name: str) -> None:
    service = SERVICES[name]
    assert service["build"]["context"] == "."
    arguments = {rest.partition("=")[0] for word, rest in BUILD if word == "ARG"}
    assert set(service["build"]["args"]) <= arguments
    assert service["env_file"] == ".env"
    assert service["restart"] == "unless-stopped"
    shutdown = load_settings(env_file=Path("/nonexistent")).imagine.shutdown_seconds
    assert seconds(service["stop_grace_period"]) >= 2 * shutdown
    mounts = [volume.split(":") for volume in service["volumes"]]
    assert [mount[1] for mount in mounts] == json.loads(the_only("VOLUME", FINAL))
    assert mounts[0][0] in COMPOSE["volumes"]


def test_only_the_one_that_is_asked_for_has_a_gpu() -> None:
    assert set(SERVICES) == {"lienzo", "lienzo-gpu"}
    assert "deploy" not in SERVICES["lienzo"]
    assert "profiles" not in SERVICES["lienzo"]
    gpu = SERVICES["lienzo-gpu"]
    assert gpu["profiles"] == ["gpu"]
    [device] = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert gpu["image"] != SERVICES["lienzo"]["image"]


def test_no_registry_or_index_is_named() -> None:
    for name in ("Dockerfile", "compose.yaml", ".dockerignore"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8")
    images = [rest.split()[0] for word, rest in instructions(DOCKERFILE) if word == "FROM"]
    assert not [image for image in images if "/" in image]
