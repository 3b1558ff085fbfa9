"""`lienzo doctor`: what Lienzo needs, what is there, and how to mend what is not."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
import platform
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version

import aiohttp
import discord
from packaging.requirements import Requirement
from rich.console import Console
from rich.markup import escape

from bot.client import invite_address
from bot.errors import StartupError
from bot.opening import check_token, discord_connector, open_gate, open_selector, open_writers
from bot.safety import Gate, PromptTexts, Verdict
from config import Settings
from db import DatabaseUnusable
from db.migrate import current_revision, head_revision

LOW_DISK_BYTES = 2 * 1024**3
DISCORD_SECONDS = 10


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend``: what to do about it; empty when all is well."""

    name: str
    level: Level
    detail: str
    mend: str = ""


_MARKS = {Level.OK: "[green]ok     [/]", Level.WARNING: "[yellow]warning[/]", Level.PROBLEM: "[red]problem[/]"}


async def examine(settings: Settings, *, as_json: bool) -> int:
    """Every check, in the order in which things are needed. Status 1 if there is a problem."""
    console = Console(soft_wrap=True)
    findings = []
    for check in CHECKS:
        for finding in await check(settings):
            findings.append(finding)
            if not as_json:
                mend = f"\n         [bold]mend:[/] {escape(finding.mend)}" if finding.mend else ""
                console.print(f"{_MARKS[finding.level]} {escape(finding.name)}: {escape(finding.detail)}{mend}")
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    return 1 if any(finding.level is Level.PROBLEM for finding in findings) else 0


async def _python(_: Settings) -> list[Finding]:
    wrong = []
    for line in requires("lienzo") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            have = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
        else:
            if not requirement.specifier.contains(have, prereleases=True):
                wrong.append(f"{requirement.name} {have} is not {requirement.specifier}")
    python = Finding("Python", Level.OK, platform.python_version())
    if wrong:
        return [python, Finding("packages", Level.PROBLEM, "; ".join(wrong), "make setup")]
    names = ("torch", "diffusers", "transformers", "discord.py")
    return [python, Finding("packages", Level.OK, ", ".join(f"{name} {version(name)}" for name in names))]


async def _data_folder(settings: Settings) -> list[Finding]:
    folder = settings.storage.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        mend = "give Lienzo a folder of its own with [storage] folder or LIENZO_STORAGE__FOLDER"
        return [Finding("data folder", Level.PROBLEM, f"{folder} cannot be written to ({error.strerror})", mend)]
    free = shutil.disk_usage(folder).free
    detail = f"{folder.resolve()}, {free / 1024**3:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return [Finding("data folder", Level.WARNING, detail, "make room, or move it to a larger disk")]
    return [Finding("data folder", Level.OK, detail)]


async def _database(settings: Settings) -> list[Finding]:
    file = settings.storage.database_file
    if not file.exists():
        return [Finding("database", Level.OK, "none yet; the first start makes it")]
    try:
        revision = await asyncio.to_thread(current_revision, file)
    except DatabaseUnusable as error:
        return [Finding("database", Level.PROBLEM, str(error), "put a backup in its place, or move it away")]
    except Exception as error:
        return [Finding("database", Level.PROBLEM, f"{file}: {error}", "is another program using it?")]
    if revision == head_revision():
        return [Finding("database", Level.OK, f"{file}, revision {revision}")]
    return [
        Finding("database", Level.OK, f"{file}, revision {revision}; the next start brings it to {head_revision()}")
    ]


async def _safety(settings: Settings) -> list[Finding]:
    try:
        gate = await asyncio.to_thread(open_gate, settings)
    except StartupError as error:
        return [Finding("safety rules", Level.PROBLEM, str(error), "mend the file it names")]
    findings = [Finding("safety rules", Level.OK, f"version {gate.version}")]
    if settings.safety.text_checkpoint or settings.safety.text_endpoint:
        findings.append(await _text_check(gate))
    await gate.close()
    unchecked = sorted(name for name, checkpoint in settings.checkpoints.items() if not checkpoint.builtin)
    if settings.safety.picture_checkers:
        findings.append(await _picture_checkers(settings))
    elif unchecked and settings.safety.image_check == "required":
        mend = (
            "name a classifier in [safety] nsfw_checkpoint, or accept in writing that pictures are posted unseen: "
            'image_check = "accepted-unchecked"'
        )
        detail = f"pictures of {', '.join(unchecked)} are not posted: there is no image checker"
        findings.append(Finding("image check", Level.PROBLEM, detail, mend))
    elif unchecked:
        detail = f"pictures of {', '.join(unchecked)} are posted unseen, as the settings accept"
        findings.append(Finding("image check", Level.WARNING, detail, "name a classifier in [safety] nsfw_checkpoint"))
    else:
        findings.append(Finding("image check", Level.OK, "only the demonstration model draws; it needs none"))
    return findings


async def _text_check(gate: Gate) -> Finding:
    answer = await gate.check_prompt(PromptTexts("a red apple on a table"))
    if isinstance(answer, Verdict) and answer.is_our_fault:
        mend = (
            "see [safety] text_checkpoint and text_endpoint in config/default.toml; until it answers nothing is drawn"
        )
        return Finding("text check", Level.PROBLEM, f"it does not answer ({answer.rule})", mend)
    if isinstance(answer, Verdict):
        detail = f"it takes an apple for {answer.category} ({answer.rule})"
        return Finding("text check", Level.WARNING, detail, "raise [safety] text_threshold, or correct text_labels")
    return Finding("text check", Level.OK, "it answers, and lets a harmless prompt pass")


async def _picture_checkers(settings: Settings) -> Finding:
    from inference.scorers import make_scorers

    try:
        await asyncio.to_thread(make_scorers, settings.safety)
    except Exception as error:
        return Finding("image check", Level.PROBLEM, str(error), "see [safety] in config/default.toml")
    names = ", ".join(settings.safety.picture_checkers)
    return Finding("image check", Level.OK, f"{names}: weights are whole, and it answers")


async def _writing(settings: Settings) -> list[Finding]:
    named = list(filter(None, (settings.writing.caption_checkpoint, settings.writing.expansion_checkpoint)))
    if not named:
        return []
    try:
        await asyncio.to_thread(open_writers, settings.writing)
    except StartupError as error:
        return [Finding("writing", Level.PROBLEM, str(error), "see [writing] in config/default.toml")]
    return [Finding("writing", Level.OK, f"{', '.join(named)}: weights are whole, and it writes")]


async def _selection(settings: Settings) -> list[Finding]:
    named = settings.selection.checkpoint
    if not named:
        return []
    try:
        await asyncio.to_thread(open_selector, settings.selection)
    except StartupError as error:
        return [Finding("selection", Level.PROBLEM, str(error), "see [selection] in config/default.toml")]
    return [Finding("selection", Level.OK, f"{named}: weights are whole, and it makes masks")]


async def _device(settings: Settings) -> list[Finding]:
    if settings.engine.runner == "fake":
        return [Finding("device", Level.WARNING, "the fake runner draws test cards", 'set [engine] runner = "torch"')]
    return [_one_device(settings, name) for name in settings.engine.devices]


def _one_device(settings: Settings, name: str) -> Finding:
    import torch

    from inference.runners.device import choose_device, choose_dtype

    device = choose_device(name)
    dtype = str(choose_dtype(settings.engine.dtype, device)).removeprefix("torch.")
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        mend = "set [engine] device to auto or cpu, or install a torch that knows this device"
        return Finding("device", Level.PROBLEM, f"{device}: {reason}", mend)
    if device.type != "cuda":
        mend = "real checkpoints want a GPU; for CUDA install the CUDA build of torch"
        return Finding("device", Level.OK, f"{device}, {dtype} ({mend})")
    free, total = torch.cuda.mem_get_info(device)
    card = torch.cuda.get_device_name(device)
    detail = f"{card}, {dtype}, {free / 1024**3:.1f} of {total / 1024**3:.1f} GiB free"
    return Finding("device", Level.OK, detail)


async def _checkpoints(settings: Settings) -> list[Finding]:
    if settings.engine.runner == "fake":
        return []
    return [await asyncio.to_thread(_load, settings, name) for name in settings.checkpoints]


def _load(settings: Settings, name: str) -> Finding:
    from inference import CheckpointUnusable
    from inference.checkpoints import load_family
    from inference.runners.device import choose_device, choose_dtype

    checkpoint = settings.checkpoints[name]
    device = choose_device(settings.engine.device)
    started = time.monotonic()
    try:
        family = load_family(
            name,
            checkpoint,
            settings.storage.checkpoints_folder,
            device=device,
            dtype=choose_dtype(checkpoint.dtype or settings.engine.dtype, device),
            additions=settings.additions,
            placement=settings.engine.placement,
        )
    except CheckpointUnusable as error:
        level = Level.PROBLEM if name == settings.imagine.checkpoint else Level.WARNING
        return Finding(f"checkpoint {name}", level, error.reason, f"mend [checkpoints.{name}], or remove it")
    default = " (the default)" if name == settings.imagine.checkpoint else ""
    detail = f"loads in {time.monotonic() - started:.1f} s, {family.placement}{default}"
    return Finding(f"checkpoint {name}", Level.OK, detail)


async def _token(settings: Settings) -> list[Finding]:
    try:
        token = check_token(settings.discord)
    except StartupError as error:
        what, _, hint = str(error).partition(". ")
        return [Finding("token", Level.PROBLEM, what, hint)]
    findings = [Finding("token", Level.OK, "present and well-formed")]
    with suppress(binascii.Error, ValueError):
        head = token.split(".")[0]
        application_id = int(base64.b64decode(head + "=" * (-len(head) % 4)))
        findings.append(Finding("invite", Level.OK, invite_address(application_id)))
    return findings


async def _discord(settings: Settings) -> list[Finding]:
    where = f"the rehearsal at {settings.discord.loopback}" if settings.discord.loopback else "Discord"
    try:
        connector = discord_connector(settings.discord)
        async with (
            asyncio.timeout(DISCORD_SECONDS),
            discord.Client(intents=discord.Intents.none(), connector=connector) as client,
        ):
            try:
                await client.login(check_token(settings.discord))
            except StartupError:
                # Without a token there is still something to find out.
                await _reach_discord(connector)
                return [Finding("Discord", Level.OK, f"{where} can be reached")]
            return [Finding("Discord", Level.OK, f"{where} can be reached and knows the token as {client.user}")]
    except discord.LoginFailure:
        return [Finding("Discord", Level.PROBLEM, f"{where} refuses the token", "make a new one: Bot > Reset Token")]
    except (aiohttp.ClientError, OSError, TimeoutError, StartupError, discord.HTTPException) as error:
        detail = f"{where} cannot be reached ({error or type(error).__name__})"
        return [Finding("Discord", Level.PROBLEM, detail, "check the network, the firewall and [discord] loopback")]


async def _reach_discord(connector: aiohttp.BaseConnector | None) -> None:
    async with (
        aiohttp.ClientSession(connector=connector, connector_owner=False) as session,
        session.get("https://discord.com/api/v10/gateway") as response,
    ):
        response.raise_for_status()


CHECKS: tuple[Callable[[Settings], Awaitable[list[Finding]]], ...] = (
    _python,
    _data_folder,
    _database,
    _safety,
    _writing,
    _selection,
    _device,
    _checkpoints,
    _token,
    _discord,
)
