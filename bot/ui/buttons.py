"""Buttons that work after any restart: their custom_id names the Generation, everything else is read when pressed."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.services.history import HistoryQuery
from bot.ui.help_page import ExampleButton
from bot.ui.house_panel import HouseItem
from bot.ui.language import say
from bot.ui.moderation_buttons import MODERATION_ITEMS
from bot.ui.pressed import Pressed, PressedAbout
from bot.ui.results import ResultButton
from bot.ui.written import WrittenButton
from db.records import Kind


class CancelButton(PressedAbout, template=r"lienzo:cancel:(?P<id>\d+)"):
    """On a generation that waits or runs; for the one who asked, and for moderators."""

    verb, label = "cancel", "cancel"

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.cancel(interaction, self.about)


class DrawButton(PressedAbout, template=r"lienzo:draw:(?P<id>\d+)"):
    """Yes to what was asked back; only the member who asked sees it."""

    verb, label, style = "draw", "draw", discord.ButtonStyle.primary

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.draw(interaction, self.about)


class LeaveButton(PressedAbout, template=r"lienzo:leave:(?P<id>\d+)"):
    """No to what was asked back."""

    verb, label = "leave", "cancel"

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.leave(interaction, self.about)


class HistoryButton(
    Pressed,
    template=(
        r"lienzo:history:(?P<before>\d+)"
        rf"(?::(?P<liked>[01])(?:,(?P<kind>{'|'.join(Kind)})?,(?P<mark>#[0-9a-f]{{8}})?)?:(?P<words>.*))?"
    ),
):
    """Turns the page of a member's own history or favourites; 0 is the newest page."""

    def __init__(self, before_id: int, query: HistoryQuery) -> None:
        narrowed = f",{query.kind or ''},{query.mark}" if query.kind or query.checkpoint else ""
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary,
                label=say("older") if before_id else say("newest"),
                custom_id=f"lienzo:history:{before_id}:{query.is_liked:d}{narrowed}:{query.words}",
            )
        )
        self.before_id = before_id
        self.query = query

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        kind = Kind(match["kind"]) if match["kind"] else None
        query = HistoryQuery(match["words"] or "", match["liked"] == "1", kind, match["mark"] or "")
        return cls(int(match["before"]), query)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.turn_history(interaction, self.query, self.before_id or None)


class ShowButton(Pressed, template=r"lienzo:show:(?P<id>\d+)"):
    """One picture of a page, large and with all that can be done with it."""

    def __init__(self, generation_id: int, number: int | None = None) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.primary,
                label=str(number),
                custom_id=f"lienzo:show:{generation_id}",
            )
        )
        self.generation_id = generation_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.show_one(interaction, str(self.generation_id))


class ForgetButton(PressedAbout, template=r"lienzo:forget:(?P<id>\d+)"):
    """Deletes what is kept of the member whose id it names; nobody else ever sees it."""

    verb, label, style = "forget", "forget", discord.ButtonStyle.danger

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        return await super().interaction_check(interaction) and interaction.user.id == self.about

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.privacy.delete(interaction)


DYNAMIC_ITEMS = (
    CancelButton,
    DrawButton,
    LeaveButton,
    HistoryButton,
    ShowButton,
    ForgetButton,
    ResultButton,
    HouseItem,
    ExampleButton,
    WrittenButton,
    *MODERATION_ITEMS,
)


def only(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """A view of dynamic items alone: discord.py keeps none of it in memory."""
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view
