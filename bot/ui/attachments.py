"""Cleared pictures as Discord's attachments, and how a message is recognised by what is attached to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import discord

from bot.safety import Cleared, PictureFile

_SPOILER = "SPOILER_"  # before the name of a file that Discord hides until it is pressed


def picture_file(picture: Cleared[PictureFile], stem: str, alt_text: str) -> discord.File:
    """For one sending, which spends it. ``stem``: its name without the extension."""
    return discord.File(
        io.BytesIO(picture.value.data),
        f"{stem}.{picture.value.extension}",
        description=alt_text,
        spoiler=picture.conditions.is_spoiler,
    )


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture that goes along with a message, under a name without its extension."""

    picture: Cleared[PictureFile]
    stem: str
    alt_text: str

    @contextmanager
    def opened(self) -> Iterator[discord.File]:
        """A discord.File is spent by its first sending, so each sending gets a new one."""
        file = picture_file(self.picture, self.stem, self.alt_text)
        try:
            yield file
        finally:
            file.close()


def carries(message: discord.Message, stem: str) -> bool:
    """Whether a picture of that name is attached, whatever its extension and whether it is hidden or not."""
    names = (attachment.filename.removeprefix(_SPOILER) for attachment in message.attachments)
    return any(name.startswith(f"{stem}.") for name in names)
