"""How our messages look: as long as Discord takes them, their frames in one colour."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 2000  # characters that Discord takes in one message
ACCENT = 0x7D85F5


def fitted(lines: Iterable[str]) -> str:
    """One text of them; what is too much for one message is cut off."""
    return "\n".join(lines)[:LONGEST]
