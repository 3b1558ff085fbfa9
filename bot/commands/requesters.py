"""Who asks, and from where, without Discord's types."""

from __future__ import annotations

from typing import Any

import discord

from bot.services.requester import Requester
from db import Origin


def requester_of(interaction: discord.Interaction[Any]) -> Requester:
    return Requester(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        may_manage=interaction.guild_id is not None and interaction.permissions.manage_messages,
        may_manage_server=interaction.guild_id is not None and interaction.permissions.manage_guild,
        role_ids=role_ids_of(interaction.user),
        parent_channel_id=interaction.channel.parent_id if isinstance(interaction.channel, discord.Thread) else None,
    )


def role_ids_of(user: discord.User | discord.Member) -> frozenset[int]:
    """As this interaction says. ``Member.roles`` would need the server's roles, which we do not ask Discord for."""
    return frozenset(user._roles) if isinstance(user, discord.Member) else frozenset()


def origin_of(interaction: discord.Interaction[Any]) -> Origin:
    return Origin(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
    )
