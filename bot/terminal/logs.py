"""Logging for the terminal: one line a record on standard error, so that standard output stays for results."""

from __future__ import annotations

import logging
import sys

# These speak at length about what is ours to say.
_CHATTY = ("aiosqlite", "alembic", "asyncio", "discord", "httpcore", "httpx", "PIL", "urllib3", "filelock", "aiohttp")


def set_up_logs(level: str) -> None:
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr, force=True
    )
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of voice and of cached guilds, neither of which we want.
    for name in ("discord.client", "discord.state"):
        logging.getLogger(name).setLevel(logging.ERROR)
