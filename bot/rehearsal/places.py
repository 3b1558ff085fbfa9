"""What happens to places on a real server while a bot is at work: channels are deleted, closed to it or archived, and
threads are started.

Everything else about the world is constant. Who writes here directly changes what Discord does, and tells nobody; the
verbs of `upheavals.py` tell the bot as well. Of all this only the threads are remembered when the rehearsal is started
again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.rehearsal.attachments import FILE_LIMIT_BYTES
from bot.rehearsal.world import Channel


@dataclass(slots=True)
class Places:
    """By channel id, or for closed direct messages by the member's id; `denied` holds permission bits."""

    started: dict[int, Channel] = field(default_factory=dict)
    """Threads, by the id of the message from which each was started, which is its own."""
    deleted: set[int] = field(default_factory=set)
    denied: dict[int, int] = field(default_factory=dict)
    archived: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)
    welcomes: dict[int, int] = field(default_factory=dict)
    """The channel in which a server welcomes people, by the server's id."""
    closed_dms: set[int] = field(default_factory=set)
    filtered_dms: set[int] = field(default_factory=set)
    """Members whose filter takes every picture for explicit."""
    file_limit_bytes: int = FILE_LIMIT_BYTES
    """More on servers with boosts; decided anew for each upload."""
