"""`lienzo bench`: the engine against what bots do without one, on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.terminal.failures import CommandFailed
from config import Settings
from inference.bench.report import print_tables, write_json, write_markdown
from inference.bench.run import Bench, measure
from inference.bench.scenarios import SCENARIOS

MODELS = ("tiny8", "tiny16", "sd15", "sd21", "sdxl")


async def compare(
    settings: Settings,
    *,
    model: str,
    scenarios: Sequence[str],
    rounds: int | None,
    quick: bool,
    seed: int,
    json_file: Path | None,
    markdown_file: Path | None,
) -> int:
    """The exit status is 1 if anybody got another one's picture: speed is never a reason to fail."""
    _one_of("--size", [model], MODELS)
    _one_of("--scenario", scenarios, SCENARIOS)
    for file in (json_file, markdown_file):
        if file is not None and not file.parent.is_dir():
            raise CommandFailed(f"{file.parent} is no folder; make it first")
    bench = Bench(model, tuple(scenarios) or SCENARIOS, rounds or (1 if quick else 5), quick, seed)
    with Console(stderr=True).status("") as status:
        result = await measure(bench, settings.engine, tell=status.update)
    print_tables(result, Console())
    if json_file:
        write_json(result, json_file)
    if markdown_file:
        write_markdown(result, markdown_file)
    return 1 if any(scenario["ours"]["wrong_pictures"] for scenario in result["scenarios"].values()) else 0


def _one_of(option: str, values: Sequence[str], known: Sequence[str]) -> None:
    for value in values:
        if value not in known:
            raise CommandFailed(f"{option} {value}: use {', '.join(known)}")
