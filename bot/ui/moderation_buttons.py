"""Buttons of moderation: under a private refusal, under a review, under a report, under a change of policy. Like all of
ours they name what they are about and read everything else when they are pressed, so they work after any restart."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord

from bot.safety import Verdict
from bot.services.appeals import Decision
from bot.services.safety_choices import Change
from bot.ui.language import say
from bot.ui.pressed import Pressed, PressedChoice


class AfterRefusal(StrEnum):
    EDIT = "edit"
    ASK = "ask"


class AfterReport(StrEnum):
    REMOVE = "remove"
    PAUSE = "pause"
    KEEP = "keep"


class RefusalButton(PressedChoice[AfterRefusal], verb="refused", choices=AfterRefusal):
    """About the interaction that was refused."""

    def label(self, choice: AfterRefusal) -> str:
        return say(f"refusal-{choice.value}")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.after_refusal(interaction, self.choice, self.about)


class ReviewButton(PressedChoice[Decision], verb="review", choices=Decision):
    def label(self, choice: Decision) -> str:
        return say(f"review-{choice.value}")

    def style(self, choice: Decision) -> discord.ButtonStyle:
        approves = choice in (Decision.APPROVE, Decision.APPROVE_PHRASE)
        return discord.ButtonStyle.success if approves else discord.ButtonStyle.danger

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.decide(interaction, self.choice, self.about)


class ReportButton(PressedChoice[AfterReport], verb="report", choices=AfterReport):
    """About the generation that was reported."""

    def label(self, choice: AfterReport) -> str:
        return say(f"report-{choice.value}")

    def style(self, choice: AfterReport) -> discord.ButtonStyle:
        return discord.ButtonStyle.secondary if choice is AfterReport.KEEP else discord.ButtonStyle.danger

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.after_report(interaction, self.choice, self.about)


class PolicyButton(
    Pressed,
    template=r"lienzo:policy:(?P<channel>\d{1,20}):(?P<preset>[a-z]*):(?P<category>[a-z_]*):(?P<action>[a-z]*)",
):
    """Applies the change that is shown above it."""

    def __init__(self, change: Change, *, is_looser: bool = False) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.danger if is_looser else discord.ButtonStyle.success,
                label=say("policy-apply"),
                custom_id=f"lienzo:policy:{change.channel_id}:{change.preset}:{change.category}:{change.action}",
            )
        )
        self.change = change

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(Change(int(match["channel"]), match["preset"], match["category"], match["action"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.safety.apply(interaction, self.change)


MODERATION_ITEMS = (RefusalButton, ReviewButton, ReportButton, PolicyButton)


def after_refusal(interaction_id: int, verdict: Verdict, *, in_server: bool) -> discord.ui.View:
    """Under the private answer to who was refused."""
    view = discord.ui.View(timeout=None)
    view.add_item(RefusalButton(AfterRefusal.EDIT, interaction_id))
    if in_server and verdict.may_be_appealed:
        view.add_item(RefusalButton(AfterRefusal.ASK, interaction_id))
    return view


def of_review(review_id: int) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for decision in Decision:
        view.add_item(ReviewButton(decision, review_id))
    return view


def of_report(generation_id: int) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for what in AfterReport:
        view.add_item(ReportButton(what, generation_id))
    return view
