"""Private answers: refusals, and the apology for what nobody foresaw."""

from __future__ import annotations

import logging
from typing import Any

import discord
from discord.utils import MISSING

from bot.errors import UserFacingError
from bot.ui import wording

log = logging.getLogger(__name__)

# Nobody is there any more to read an answer: unknown interaction, dead token, unknown message.
NOBODY_LISTENS = (10062, 50027, 10008)
_THINKS_PRIVATELY = "lienzo_thinks_privately"


async def answer_error(
    interaction: discord.Interaction[Any], error: BaseException, view: discord.ui.View = MISSING
) -> None:
    """Tell the person who asked, and only them; what was not foreseen is logged with a reference they can quote."""
    if isinstance(error, UserFacingError):
        text = wording.refusal(error)
    else:
        log.error("interaction %s failed", interaction.id, exc_info=error)
        text = wording.unexpected(str(interaction.id))
    try:
        await whisper(interaction, text, view)
    except discord.HTTPException as failure:
        if failure.code not in NOBODY_LISTENS:
            log.warning("interaction %s could not be answered: %s", interaction.id, failure)


async def think(interaction: discord.Interaction[Any]) -> None:
    """What Discord shows as "thinking", which only the person who asked sees; ``whisper`` puts its text there."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    interaction.extras[_THINKS_PRIVATELY] = True


async def whisper(interaction: discord.Interaction[Any], text: str, view: discord.ui.View = MISSING) -> None:
    """An ephemeral answer, first or later."""
    if not interaction.response.is_done():
        await interaction.response.send_message(text, view=view, ephemeral=True)
        return
    if interaction.extras.pop(_THINKS_PRIVATELY, False):
        await interaction.edit_original_response(content=text, view=view)
        return
    if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
        # "Thinking" was public; a follow-up would take its place and its publicity.
        await interaction.delete_original_response()
    await interaction.followup.send(text, view=view, ephemeral=True)
