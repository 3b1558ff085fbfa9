"""What every button of ours is."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord

from bot.ui.language import InTheirLanguage, say


class Pressed(InTheirLanguage, discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"lienzo:\Z"):
    """The template matches nothing: subclasses bring theirs."""


class PressedAbout(Pressed, template=r"lienzo:\Z"):
    """About one thing, which its custom_id names: ``lienzo:VERB:ID``. Subclasses bring template, verb, label, style."""

    verb: ClassVar[str]
    label: ClassVar[str]  # a key of bot/ui/languages
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, about: int) -> None:
        custom_id = f"lienzo:{self.verb}:{about}"
        super().__init__(discord.ui.Button(style=self.style, label=say(self.label), custom_id=custom_id))
        self.about = about

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["id"]))
