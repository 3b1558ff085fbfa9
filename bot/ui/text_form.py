"""A form with one text: a reason, a phrase."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.ui.form import Form
from bot.ui.replies import answer_error

OnText = Callable[[discord.Interaction[Any], str], Awaitable[None]]


class TextForm(Form):
    """``most``: characters. What ``on_text`` raises is answered to who submitted it."""

    def __init__(
        self, title: str, label: str, on_text: OnText, *, most: int, value: str = "", required: bool = True
    ) -> None:
        super().__init__(title)
        self._on_text = on_text
        self._text: discord.ui.TextInput[TextForm] = discord.ui.TextInput(
            label=label, custom_id="text", default=value[:most] or None, max_length=most, required=required
        )
        self.add_item(self._text)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await self._on_text(interaction, self._text.value.strip())

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception) -> None:  # type: ignore[override]
        await answer_error(interaction, error)
