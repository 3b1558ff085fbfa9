"""Requester: who asks, without discord types."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotAManager
from bot.services.house_rules import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """``may_manage``: may end other people's generations here (Manage Messages on Discord). ``may_manage_server``: may
    decide for this server (Manage Server). ``role_ids``: the member's in this server; none in a direct message.
    ``parent_channel_id``: of the thread that this is asked in. is_age_restricted: of the channel, as Discord says.
    is_operator: runs this Lienzo; only said where it matters."""

    user_id: int
    guild_id: int | None
    channel_id: int | None
    may_manage: bool = False
    may_manage_server: bool = False
    role_ids: frozenset[int] = frozenset()
    parent_channel_id: int | None = None
    is_age_restricted: bool = False
    is_operator: bool = False

    @property
    def place(self) -> Place:
        return Place(self.guild_id, self.channel_id, self.parent_channel_id, self.is_age_restricted)


def managed_server(requester: Requester) -> int:
    """The id of the server that the requester decides for. Raises NotAManager."""
    if requester.guild_id is None or not requester.may_manage_server:
        raise NotAManager
    return requester.guild_id
