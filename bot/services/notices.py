"""Notices: what moderators of a server are told and asked. The services say what; bot/ui/notices.py posts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from db import Generation
from db.audit import Entry
from db.reviews import Review


@dataclass(frozen=True, slots=True)
class Report:
    """``reporters``: how many members found it wrong. ``preview``: the picture, blurred, as WebP; None: it is gone."""

    generation: Generation
    reason: str
    reporters: int
    is_hidden: bool
    preview: bytes | None


class Notices(Protocol):
    """Whatever Discord answers is logged and never raised: what was decided is in the database already."""

    def logged(self, entry: Entry) -> None:
        """In the channel that the server keeps for that, if it does. Returns at once."""
        ...

    async def ask(self, review: Review, channel_id: int) -> bool:
        """In the channel for reviews. Whether it could be posted."""
        ...

    async def report(self, report: Report, channel_id: int) -> bool:
        """In the channel for reviews. Whether it could be posted."""
        ...

    async def whisper(self, user_id: int, locale: str | None, text_key: str, **values: str) -> None:
        """A direct message, in words of bot/ui/languages."""
        ...
