"""`lienzo health`: whether the `lienzo run` of this data folder is alive. For containers and service managers."""

from __future__ import annotations

from bot.services.heartbeat import STALE_AFTER_SECONDS, seconds_since_heartbeat
from bot.terminal.failures import CommandFailed
from config import Settings


async def check(settings: Settings) -> None:
    """Raises CommandFailed if it is not."""
    folder = settings.storage.folder
    age = seconds_since_heartbeat(folder)
    if age is None:
        raise CommandFailed(f"no sign of life: no `lienzo run` is at work in {folder}")
    if age > STALE_AFTER_SECONDS:
        raise CommandFailed(f"the last sign of life in {folder} is {age:.0f} s old: `lienzo run` was killed, or hangs")
    print(f"alive {age:.0f} s ago")
