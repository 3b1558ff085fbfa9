"""Who asks, and from where, without Discord's types."""

from __future__ import annotations

from collections.abc import Collection
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
        is_age_restricted=_is_age_restricted(interaction),
        parent_channel_id=interaction.channel.parent_id if isinstance(interaction.channel, discord.Thread) else None,
    )


def is_operator(interaction: discord.Interaction[Any], operators: Collection[int]) -> bool:
    """Whoever is named in the settings, and whom Discord knows as the application's owner."""
    application = interaction.client.application
    owners: set[int] = set()
    if application is not None and application.team is not None:
        owners = {member.id for member in application.team.members}
    elif application is not None and application.owner:
        owners = {application.owner.id}
    return interaction.user.id in owners or interaction.user.id in operators


def _is_age_restricted(interaction: discord.Interaction[Any]) -> bool:
    """Whether Discord says so of the channel. A thread is as its channel, which is not known here: then it is not."""
    return getattr(interaction.channel, "nsfw", False) is True


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
