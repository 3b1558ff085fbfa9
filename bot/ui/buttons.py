"""Buttons that work after any restart: their custom_id names the Generation, everything else is read when pressed."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.ui import wording
from bot.ui.results import ResultButton


class CancelButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"lienzo:cancel:(?P<id>\d+)"):
    """On a generation that waits or runs; for the one who asked, and for moderators."""

    def __init__(self, generation_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary, label=wording.CANCEL, custom_id=f"lienzo:cancel:{generation_id}"
            )
        )
        self.generation_id = generation_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.cancel(interaction, self.generation_id)


class HistoryButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"lienzo:history:(?P<before>\d+)"
):
    """Turns the page of a member's own history; 0 is the newest page."""

    def __init__(self, before_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary,
                label=wording.OLDER if before_id else wording.NEWEST,
                custom_id=f"lienzo:history:{before_id}",
            )
        )
        self.before_id = before_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["before"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.turn_history(interaction, self.before_id or None)


class ForgetButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"lienzo:forget:(?P<id>\d+)"):
    """Deletes what is kept of the member whose id it names; nobody else ever sees it."""

    def __init__(self, user_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.danger, label=wording.FORGET, custom_id=f"lienzo:forget:{user_id}"
            )
        )
        self.user_id = user_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["id"]))

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        return interaction.user.id == self.user_id

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.privacy.delete(interaction)


DYNAMIC_ITEMS = (CancelButton, HistoryButton, ForgetButton, ResultButton)


def only(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """A view of dynamic items alone: discord.py keeps none of it in memory."""
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view
