"""What every button of ours is."""

from __future__ import annotations

import re
from abc import abstractmethod
from enum import StrEnum
from typing import Any, ClassVar, Generic, Self, TypeVar

import discord

from bot.ui.language import InTheirLanguage, say

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


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


class PressedChoice(Pressed, Generic[ChoiceT], template=r"lienzo:\Z"):
    """One of several things to do about one thing: ``lienzo:VERB:CHOICE:ID``. Subclasses bring verb, choices, label."""

    _verb: ClassVar[str]
    _choices: ClassVar[type[StrEnum]]

    def __init_subclass__(cls, *, verb: str, choices: type[StrEnum]) -> None:
        super().__init_subclass__(template=rf"lienzo:{verb}:(?P<choice>{'|'.join(choices)}):(?P<id>\d{{1,20}})")
        cls._verb, cls._choices = verb, choices

    def __init__(self, choice: ChoiceT, about: int) -> None:
        custom_id = f"lienzo:{self._verb}:{choice.value}:{about}"
        super().__init__(discord.ui.Button(style=self.style(choice), label=self.label(choice), custom_id=custom_id))
        self.choice = choice
        self.about = about

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        choice: Any = cls._choices(match["choice"])
        return cls(choice, int(match["id"]))

    @abstractmethod
    def label(self, choice: ChoiceT) -> str: ...

    def style(self, _choice: ChoiceT) -> discord.ButtonStyle:
        return discord.ButtonStyle.secondary
