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
from bot.ui.pressed import Pressed


class AfterRefusal(StrEnum):
    EDIT = "edit"
    ASK = "ask"


class AfterReport(StrEnum):
    REMOVE = "remove"
    PAUSE = "pause"
    KEEP = "keep"


class RefusalButton(Pressed, template=rf"lienzo:refused:(?P<what>{'|'.join(AfterRefusal)}):(?P<id>\d{{1,20}})"):
    """``interaction_id``: the one that was refused."""

    def __init__(self, what: AfterRefusal, interaction_id: int) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary,
                label=say(f"refusal-{what.value}"),
                custom_id=f"lienzo:refused:{what.value}:{interaction_id}",
            )
        )
        self.what = what
        self.interaction_id = interaction_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(AfterRefusal(match["what"]), int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.after_refusal(interaction, self.what, self.interaction_id)


class ReviewButton(Pressed, template=rf"lienzo:review:(?P<decision>{'|'.join(Decision)}):(?P<id>\d{{1,20}})"):
    def __init__(self, decision: Decision, review_id: int) -> None:
        good = decision in (Decision.APPROVE, Decision.APPROVE_PHRASE)
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.success if good else discord.ButtonStyle.danger,
                label=say(f"review-{decision.value}"),
                custom_id=f"lienzo:review:{decision.value}:{review_id}",
            )
        )
        self.decision = decision
        self.review_id = review_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(Decision(match["decision"]), int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.decide(interaction, self.decision, self.review_id)


class ReportButton(Pressed, template=rf"lienzo:report:(?P<what>{'|'.join(AfterReport)}):(?P<id>\d{{1,20}})"):
    def __init__(self, what: AfterReport, generation_id: int) -> None:
        style = discord.ButtonStyle.secondary if what is AfterReport.KEEP else discord.ButtonStyle.danger
        super().__init__(
            discord.ui.Button(
                style=style,
                label=say(f"report-{what.value}"),
                custom_id=f"lienzo:report:{what.value}:{generation_id}",
            )
        )
        self.what = what
        self.generation_id = generation_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(AfterReport(match["what"]), int(match["id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.moderation.after_report(interaction, self.what, self.generation_id)


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
