"""A page of pictures: each with its text at the left and itself at the right, in one frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.services.history import HistoryEntry, HistoryPage, HistoryQuery
from bot.ui import wording
from bot.ui.attachments import picture_file
from bot.ui.buttons import HistoryButton, ShowButton
from bot.ui.language import say
from bot.ui.message import ACCENT

Layout = discord.ui.LayoutView


def history_page(page: HistoryPage, *, is_newest: bool) -> tuple[Layout, list[discord.File]]:
    """With the files that it shows; new ones for each sending."""
    view = Layout(timeout=None)
    files: list[discord.File] = []
    if page.entries:
        frame: discord.ui.Container[Layout] = discord.ui.Container(accent_colour=ACCENT)
        frame.add_item(discord.ui.TextDisplay(_title(page.query)))
        for number, entry in enumerate(page.entries, start=1):
            text = wording.history_line(number, entry.generation)
            if entry.picture is None:
                frame.add_item(discord.ui.TextDisplay(text))
                continue
            [file] = entry_files([entry], first=number)
            files.append(file)
            small: discord.ui.Thumbnail[Layout] = discord.ui.Thumbnail(
                file, description=file.description, spoiler=entry.picture.conditions.is_spoiler
            )
            frame.add_item(discord.ui.Section(text, accessory=small))
        view.add_item(frame)
        view.add_item(
            _row(*(ShowButton(one.generation.id, number) for number, one in enumerate(page.entries, start=1)))
        )
    else:
        view.add_item(discord.ui.TextDisplay(_nothing(page.query) if is_newest else say("no-older")))
    turning = [] if is_newest else [HistoryButton(0, page.query)]
    if page.older is not None:
        turning.append(HistoryButton(page.older, page.query))
    if turning:
        view.add_item(_row(*turning))
    return view, files


def entry_files(entries: Sequence[HistoryEntry], *, first: int = 1) -> list[discord.File]:
    """New ones for each sending. ``first``: the number that the first of them is named by."""
    return [
        picture_file(entry.picture, str(number), wording.alt_text(entry.generation))
        for number, entry in enumerate(entries, start=first)
        if entry.picture is not None
    ]


def _row(*buttons: discord.ui.Item[Any]) -> discord.ui.ActionRow[Layout]:
    return discord.ui.ActionRow(*buttons)


def _title(query: HistoryQuery) -> str:
    parts = [say("favourites-title" if query.is_liked else "history-title")]
    parts += [wording.searched(query.words)] if query.words else []
    parts += [say(f"kind-{query.kind.value}")] if query.kind else []
    parts += [query.checkpoint] if query.checkpoint else []
    return " · ".join(parts)


def _nothing(query: HistoryQuery) -> str:
    if query.words:
        return wording.nothing_found(query.words)
    if query.kind or query.checkpoint:
        return say("nothing-such")
    return say("no-favourites") if query.is_liked else say("no-history")
