"""`lienzo rehearse`: the real bot on a Discord that lives on this computer."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from bot.app import open_app
from bot.rehearsal import Credentials, InteractionRecord, Message, PortTaken, Rehearsal, parse_slash_line
from bot.terminal.failures import CommandFailed
from config import Settings

log = logging.getLogger(__name__)

# The user's settings with these overrides on top: a rehearsal knows them only when its Discord is there.
LoadSettings: TypeAlias = Callable[[dict[str, Any]], Settings]

ONCE_SECONDS = 300.0
MEMBER = "ada"


def overrides_for(credentials: Credentials, folder: Path) -> dict[str, Any]:
    """What the settings of a rehearsal say differently: where Discord is, and where the data goes."""
    return {
        "storage": {"folder": str(folder)},
        "discord": {
            "token": credentials.bot_token,
            "loopback": f"{credentials.host}:{credentials.port}",
            "loopback_ca": str(credentials.ca_file),
            # Nobody is slowed down by edits on this computer; it shows what Discord would, sooner.
            "edit_interval_seconds": 0.4,
            "preview_seconds": 0.3,
        },
        # Who hands in a picture here is who sees what comes of it.
        "safety": {"uploads": "unchecked"},
    }


async def page(load: LoadSettings, data: Path | None, port: int) -> None:
    """Until Ctrl-C: the page, and the bot behind it."""
    folder = data or Path("data") / "rehearsal"
    stop = _stop_signal()
    async with _rehearsal(port, _writable(folder) / "discord") as discord:
        settings = load(overrides_for(discord.credentials, folder))
        async with open_app(settings) as app:
            serving = asyncio.create_task(app.serve(stop))
            with suppress(TimeoutError):
                await discord.bot_ready()
            print(
                f"\n  Lienzo is ready. Open  {discord.page_url}  and type /imagine\n\n  Ctrl-C stops it.\n", flush=True
            )
            await serving


async def serve_discord_only(port: int, data: Path | None) -> None:
    """Until Ctrl-C: the Discord side alone, for any client that wants to log in."""
    stop = _stop_signal()
    async with _rehearsal(port, _writable(data) / "discord" if data else None) as discord:
        print(json.dumps(json.loads(discord.credentials.as_json()) | {"page": discord.page_url}), flush=True)
        await stop.wait()


@asynccontextmanager
async def _rehearsal(port: int, state_dir: Path | None) -> AsyncIterator[Rehearsal]:
    try:
        async with Rehearsal(page_port=port, state_dir=state_dir) as discord:
            yield discord
    except PortTaken as error:
        raise CommandFailed(f"{error} Choose another with --port, or any free one with --port 0.") from error


async def once(load: LoadSettings, data: Path | None, line: str, out: Path) -> int:
    """One command of one member; prints what came of it as JSON. Status 1 if no picture came of an /imagine."""
    name, options = parse_slash_line(line)
    with tempfile.TemporaryDirectory(prefix="lienzo-") as scratch:
        folder = _writable(data or Path(scratch))
        async with Rehearsal(state_dir=folder / "discord") as discord:
            settings = load(overrides_for(discord.credentials, folder))
            logging.getLogger().setLevel(logging.WARNING)
            stop = asyncio.Event()
            async with open_app(settings) as app:
                serving = asyncio.create_task(app.serve(stop))
                try:
                    await _first(serving, discord.bot_ready())
                    began = time.monotonic()
                    record = await discord.slash(name, options, member=MEMBER)
                    message = await _first(
                        serving, discord.wait_until(lambda: _final_message(record), timeout=ONCE_SECONDS)
                    )
                    return _report(message, record, out, time.monotonic() - began)
                finally:
                    stop.set()
                    await asyncio.wait({serving})


async def _first(serving: asyncio.Task[None], work: Any) -> Any:
    """What ``work`` comes to, unless the bot ends before: then the reason of that."""
    waiting = asyncio.ensure_future(work)
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        await serving
    try:
        return await waiting
    except TimeoutError:
        raise CommandFailed("the bot did not come to an end with it in time") from None


def _final_message(record: InteractionRecord) -> Message | None:
    """The answer in its last form: nothing in it can be cancelled any more."""
    if record.error is not None:
        raise CommandFailed(record.error)
    message = record.message
    if message is None or message.loading:
        return None
    if any(str(button.get("custom_id", "")).startswith("lienzo:cancel:") for button in message.buttons):
        return None
    return message


def _report(message: Message, record: InteractionRecord, out: Path, seconds: float) -> int:
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for attachment in message.attachments:
        file = out / attachment.filename
        file.write_bytes(attachment.data)
        files.append(str(file))
    print(
        json.dumps(
            {
                "content": message.content,
                "ephemeral": message.ephemeral,
                "files": files,
                "seconds": round(seconds, 3),
                "answered_after_seconds": record.responded_after_seconds,
                "states": [version.content for version in message.versions if version.content],  # not "thinking"
            },
            ensure_ascii=False,
        ),
        flush=True,
    )
    return 1 if record.name == "imagine" and not files else 0


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise CommandFailed(
            f"the folder {folder} cannot be written to ({error.strerror}); choose one with --data"
        ) from error
    return folder
