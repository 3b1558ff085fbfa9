"""A page of pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import discord

from bot.services.history import HistoryEntry, HistoryPage
from bot.ui import wording
from bot.ui.buttons import HistoryButton, ShowButton, only
from bot.ui.language import say


def history_text(page: HistoryPage) -> str:
    if not page.entries:
        if page.query.words:
            return wording.nothing_found(page.query.words)
        return say("no-favourites") if page.query.is_liked else say("no-history")
    return "\n".join(
        wording.history_line(number, entry.generation) for number, entry in enumerate(page.entries, start=1)
    )


def entry_files(entries: Sequence[HistoryEntry]) -> list[discord.File]:
    """New ones for each sending."""
    return [
        discord.File(
            io.BytesIO(entry.picture.value.data),
            f"{number}.{entry.picture.value.extension}",
            description=wording.alt_text(entry.generation),
            spoiler=entry.picture.conditions.is_spoiler,
        )
        for number, entry in enumerate(entries, start=1)
        if entry.picture is not None
    ]


def history_buttons(page: HistoryPage, *, is_newest: bool) -> discord.ui.View:
    buttons: list[discord.ui.Item[Any]] = [
        ShowButton(entry.generation.id, number) for number, entry in enumerate(page.entries, start=1)
    ]
    if not is_newest:
        buttons.append(HistoryButton(0, page.query))
    if page.older is not None:
        buttons.append(HistoryButton(page.older, page.query))
    return only(*buttons)
