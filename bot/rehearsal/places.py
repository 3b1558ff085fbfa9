"""What happens to places on a real server while a bot is at work: channels are deleted, closed to it or archived.

Everything else about the world is constant. Who writes here directly changes what Discord does, and tells nobody; the
verbs of `upheavals.py` tell the bot as well. None of this is remembered when the rehearsal is started again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.rehearsal.attachments import FILE_LIMIT_BYTES


@dataclass(slots=True)
class Places:
    """By channel id, or for closed direct messages by the member's id; `denied` holds permission bits."""

    deleted: set[int] = field(default_factory=set)
    denied: dict[int, int] = field(default_factory=dict)
    archived: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)
    closed_dms: set[int] = field(default_factory=set)
    filtered_dms: set[int] = field(default_factory=set)
    """Members whose filter takes every picture for explicit."""
    file_limit_bytes: int = FILE_LIMIT_BYTES
    """More on servers with boosts; decided anew for each upload."""
