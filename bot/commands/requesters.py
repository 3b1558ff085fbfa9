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
    )


def origin_of(interaction: discord.Interaction[Any]) -> Origin:
    return Origin(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
    )
