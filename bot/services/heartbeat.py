"""A sign of life for whoever watches over the process: a file in the data folder, touched from the event loop.

It says that the event loop turns, which is what hangs when something hangs: nothing about the model or about Discord,
for if one of those is lost for good, Lienzo ends by itself. There is no port that could be asked instead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 10.0
STALE_AFTER_SECONDS = 60.0


def heartbeat_file(data_folder: Path) -> Path:
    return data_folder / "heartbeat"


@asynccontextmanager
async def heartbeat(data_folder: Path, interval_seconds: float = INTERVAL_SECONDS) -> AsyncIterator[None]:
    """While inside, the file is fresh; who leaves in order takes it away."""
    file = heartbeat_file(data_folder)
    beating = asyncio.create_task(_beat(file, interval_seconds), name="heartbeat")
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        with suppress(OSError):
            await asyncio.to_thread(file.unlink, missing_ok=True)


def seconds_since_heartbeat(data_folder: Path) -> float | None:
    """None if there is no heartbeat at all."""
    try:
        return abs(time.time() - heartbeat_file(data_folder).stat().st_mtime)
    except OSError:
        return None


async def _beat(file: Path, interval_seconds: float) -> None:
    while True:
        try:
            await asyncio.to_thread(file.touch)
        except OSError as error:
            # A full or lost disk: the bot may still serve, and the watcher is told by the file growing old.
            log.warning("the heartbeat cannot be written: %s", error)
        await asyncio.sleep(interval_seconds)
