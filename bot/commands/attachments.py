"""Files that come with a command."""

from __future__ import annotations

import discord

from bot.errors import InvalidRequest
from inference.sources import MAX_BYTES


async def bytes_of(name: str, attachment: discord.Attachment) -> bytes:
    """``name``: of the option. Raises InvalidRequest, before anything too large is fetched."""
    if attachment.size > MAX_BYTES:
        raise InvalidRequest(name, "too-many-bytes", mib=f"{attachment.size / 2**20:.0f}", most=str(MAX_BYTES >> 20))
    try:
        return await attachment.read()
    except (discord.HTTPException, OSError) as error:
        raise InvalidRequest(name, "not-handed-over") from error
