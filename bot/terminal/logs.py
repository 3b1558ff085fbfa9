"""Logging for the terminal: one line a record on standard error, so that standard output stays for results.

Everything goes through the standard library's logging, ours and the libraries' alike, and is formatted here. A task
that works for one generation binds its id (structlog.contextvars), and every line it logs then carries it.
"""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

# These speak at length about what is ours to say.
_CHATTY = ("aiosqlite", "alembic", "asyncio", "discord", "httpcore", "httpx", "PIL", "urllib3", "filelock", "aiohttp")


def set_up_logs(level: str, form: Literal["text", "json"] = "text") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns of voice and of cached guilds, neither of which we want.
    for name in ("discord.client", "discord.state"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _formatter(form: Literal["text", "json"]) -> logging.Formatter:
    enrich: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    if form == "json":
        enrich += [structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info]
        render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        enrich += [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False), structlog.processors.format_exc_info]
        render = _as_text
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=enrich,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        use_get_message=True,
    )


def _as_text(_: object, __: str, event: EventDict) -> str:
    generation = f" [{event['generation']}]" if "generation" in event else ""
    line = f"{event['timestamp']} {event['level'].upper():7}{generation} {event['event']}"
    return f"{line}\n{event['exception']}" if event.get("exception") else line
