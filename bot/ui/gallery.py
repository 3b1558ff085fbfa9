"""A page of a member's own pictures."""

from __future__ import annotations

import io

import discord

from bot.services.history import HistoryPage
from bot.ui import wording
from bot.ui.buttons import HistoryButton, only


def history_text(page: HistoryPage) -> str:
    if not page.entries:
        return wording.NO_HISTORY
    return "\n".join(
        wording.history_line(number, entry.generation) for number, entry in enumerate(page.entries, start=1)
    )


def history_files(page: HistoryPage) -> list[discord.File]:
    """New ones for each sending."""
    return [
        discord.File(
            io.BytesIO(entry.picture.value.data),
            f"{number}.{entry.picture.value.extension}",
            description=wording.alt_text(entry.generation),
        )
        for number, entry in enumerate(page.entries, start=1)
        if entry.picture is not None
    ]


def history_buttons(page: HistoryPage, *, is_newest: bool) -> discord.ui.View:
    buttons = []
    if not is_newest:
        buttons.append(HistoryButton(0))
    if page.older is not None:
        buttons.append(HistoryButton(page.older))
    return only(*buttons)
