"""The buttons under a finished picture. They name the generation and which of its pictures; all else is read when one
is pressed, so they work after any restart and years later."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord

from bot.ui.language import say
from bot.ui.pressed import Pressed
from db import Generation


class Action(StrEnum):
    REROLL = "reroll"
    VARY = "vary"
    UPSCALE = "upscale"
    EDIT = "edit"
    FAVOURITE = "favourite"
    INFO = "info"
    DELETE = "delete"


_EMOJI = {
    Action.REROLL: "🔁",
    Action.VARY: "🎲",
    Action.UPSCALE: "🔍",
    Action.EDIT: "✏️",
    Action.FAVOURITE: "⭐",
    Action.INFO: "ℹ️",
    Action.DELETE: "🗑️",
}


class ResultButton(
    Pressed,
    template=rf"lienzo:(?P<action>{'|'.join(Action)}):(?P<id>\d{{1,20}})(?::(?P<nth>\d))?",
):
    """``nth``: which picture of a sheet it is about, and is numbered with; None: the whole generation."""

    def __init__(self, action: Action, generation_id: int, nth: int | None = None, *, row: int | None = None) -> None:
        label = say(f"action-{action.value}") if nth is None else f"{say(f'short-{action.value}')}{nth + 1}"
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary,
                emoji=_EMOJI[action],
                label=label,
                custom_id=f"lienzo:{action.value}:{generation_id}" + ("" if nth is None else f":{nth}"),
                row=row,
            )
        )
        self.action = action
        self.generation_id = generation_id
        self.nth = nth

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        nth = match["nth"]
        return cls(Action(match["action"]), int(match["id"]), None if nth is None else int(nth))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.pictures.press(interaction, self.action, self.generation_id, self.nth or 0)


def result_view(generation: Generation, *, can_upscale: bool) -> discord.ui.View:
    """Of one picture: two rows. Of several: a row of numbers for each thing that is done to one of them."""
    view = discord.ui.View(timeout=None)
    rows = _rows_of_one(can_upscale) if generation.count == 1 else _rows_of_several(generation.count, can_upscale)
    for row, actions in enumerate(rows):
        for action, nth in actions:
            view.add_item(ResultButton(action, generation.id, nth, row=row))
    return view


def gallery_view(generation: Generation) -> discord.ui.View:
    """In a gallery everybody may look and like; all else is done where it was drawn."""
    view = discord.ui.View(timeout=None)
    for action in (Action.FAVOURITE, Action.INFO):
        view.add_item(ResultButton(action, generation.id))
    return view


def _rows_of_one(can_upscale: bool) -> list[list[tuple[Action, int | None]]]:
    first = [Action.REROLL, Action.VARY, *([Action.UPSCALE] if can_upscale else []), Action.EDIT]
    return [[(action, None) for action in first], _common()]


def _rows_of_several(count: int, can_upscale: bool) -> list[list[tuple[Action, int | None]]]:
    numbered: list[list[tuple[Action, int | None]]] = [[(Action.VARY, nth) for nth in range(count)]]
    if can_upscale:
        numbered.insert(0, [(Action.UPSCALE, nth) for nth in range(count)])
    return [*numbered, [(Action.REROLL, None), (Action.EDIT, None)], _common()]


def _common() -> list[tuple[Action, int | None]]:
    return [(Action.FAVOURITE, None), (Action.INFO, None), (Action.DELETE, None)]
