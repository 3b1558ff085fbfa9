"""Requester: who asks, without discord types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """``may_manage``: may end other people's generations here (Manage Messages on Discord). ``may_manage_server``: may
    decide for this server (Manage Server). ``role_ids``: the member's in this server; none in a direct message."""

    user_id: int
    guild_id: int | None
    channel_id: int | None
    may_manage: bool = False
    may_manage_server: bool = False
    role_ids: frozenset[int] = frozenset()
