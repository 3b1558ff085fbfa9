"""Requester: who asks, without discord types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """``may_manage``: may end other people's generations here (Manage Messages on Discord)."""

    user_id: int
    guild_id: int | None
    channel_id: int | None
    may_manage: bool = False
