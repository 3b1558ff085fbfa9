"""The desk for moderation: what follows a refusal, reviews, reports, and what moderators do about members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from bot.commands.picture_desk import Ask
from bot.commands.quota_desk import window_seconds
from bot.commands.requesters import is_operator, origin_of, requester_of
from bot.errors import NotFound, PromptBlocked
from bot.services.appeals import Appeals, Decision
from bot.services.moderation import PAUSE_MINUTES, Moderation
from bot.services.offspring import edited
from bot.services.options import Wish
from bot.services.requester import Requester
from bot.services.safety_choices import SafetyChoices
from bot.services.shelf import Shelf
from bot.services.takedown import Takedown
from bot.ui import moderation_wording
from bot.ui.edit_form import EditForm
from bot.ui.language import say
from bot.ui.moderation_buttons import AfterRefusal, AfterReport, after_refusal
from bot.ui.replies import answer_error, think, whisper
from bot.ui.text_form import TextForm
from config import Settings
from db import Generation
from db.phrases import PhraseKind
from db.restrictions import RestrictionKind

_LINK = re.compile(r"^\s*<?https://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/\d+/(?P<message>\d+)>?\s*$")


class ModerationDesk:
    """Every answer is private. What is not allowed is raised, and answered by the one who was asked."""

    def __init__(
        self,
        appeals: Appeals,
        moderation: Moderation,
        takedown: Takedown,
        choices: SafetyChoices,
        shelf: Shelf,
        settings: Settings,
        ask: Ask,
    ) -> None:
        self._appeals = appeals
        self._moderation = moderation
        self._takedown = takedown
        self._choices = choices
        self._shelf = shelf
        self._settings = settings
        self._ask = ask

    # What follows a refusal

    def refused(self, interaction: discord.Interaction[Any], wish: Wish, error: PromptBlocked) -> None:
        """So that its member may edit it, or ask a moderator."""
        if not error.verdict.is_our_fault:
            self._appeals.remember(interaction.id, wish, origin_of(interaction), error.verdict)

    def buttons(self, interaction: discord.Interaction[Any], error: Exception) -> discord.ui.View | None:
        """Under the private answer; None if there is nothing to be done about it."""
        if not isinstance(error, PromptBlocked) or not self._appeals.remembers(interaction.id):
            return None
        return after_refusal(interaction.id, error.verdict, in_server=interaction.guild_id is not None)

    async def after_refusal(
        self, interaction: discord.Interaction[Any], what: AfterRefusal, interaction_id: int
    ) -> None:
        try:
            match what:
                case AfterRefusal.EDIT:
                    await self._edit(interaction, interaction_id)
                case AfterRefusal.ASK:
                    await think(interaction)
                    await self._appeals.ask(requester_of(interaction), interaction_id, str(interaction.locale))
                    await whisper(interaction, say("appeal-asked", hours=f"{self._settings.safety.review_hours:g}"))
        except Exception as error:
            await answer_error(interaction, error)

    async def _edit(self, interaction: discord.Interaction[Any], interaction_id: int) -> None:
        refused = self._appeals.refused(requester_of(interaction), interaction_id)

        async def submitted(answer: discord.Interaction[Any], typed: Mapping[str, str]) -> None:
            await self._ask(answer, edited(refused.wish, typed, self._settings))

        most = self._settings.imagine.max_prompt_characters
        form = EditForm(say("edit-title"), refused.wish.parameters, most, submitted)
        await interaction.response.send_modal(form)

    # Reviews and reports

    async def decide(self, interaction: discord.Interaction[Any], decision: Decision, review_id: int) -> None:
        try:
            review = await self._appeals.review(requester_of(interaction), review_id)
            if decision is not Decision.APPROVE_PHRASE:
                await interaction.response.defer()
                await self._decided(interaction, decision, review_id, "")
                return

            async def submitted(answer: discord.Interaction[Any], text: str) -> None:
                await answer.response.defer()
                await self._decided(answer, decision, review_id, text)

            form = TextForm(say("phrase-title"), say("field-phrase"), submitted, value=review.prompt, most=100)
            await interaction.response.send_modal(form)
        except Exception as error:
            await answer_error(interaction, error)

    async def _decided(
        self, interaction: discord.Interaction[Any], decision: Decision, review_id: int, phrase: str
    ) -> None:
        review = await self._appeals.decide(
            requester_of(interaction), review_id, decision, interaction_id=interaction.id, phrase=phrase
        )
        text = moderation_wording.decided(review, decision.value, interaction.user.id)
        await interaction.edit_original_response(content=text, view=None)

    async def report(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        try:
            generation = await self._shelf.of_message(message.id)

            async def submitted(answer: discord.Interaction[Any], text: str) -> None:
                await think(answer)
                reported = await self._takedown.report(requester_of(answer), generation, text)
                key = "reported-hidden" if reported.is_hidden else "reported" if reported.is_new else "reported-before"
                await whisper(answer, say(key))

            form = TextForm(say("report-form"), say("field-reason"), submitted, most=300, required=False)
            await interaction.response.send_modal(form)
        except Exception as error:
            await answer_error(interaction, error)

    async def after_report(self, interaction: discord.Interaction[Any], what: AfterReport, generation_id: int) -> None:
        try:
            requester = requester_of(interaction)
            generation = await self._shelf.get_hidden_too(generation_id)
            await interaction.response.defer()
            match what:
                case AfterReport.KEEP:
                    await self._takedown.keep(requester, generation)
                case AfterReport.REMOVE:
                    await self._takedown.take_down(requester, generation, say("report-audit"))
                case AfterReport.PAUSE:
                    await self._takedown.take_down(requester, generation, say("report-audit"))
                    await self._moderation.restrict(
                        requester,
                        interaction.id,
                        user_id=generation.origin.user_id,
                        kind=RestrictionKind.PAUSE,
                        reason=say("report-audit"),
                        minutes=PAUSE_MINUTES,
                    )
            text = say(f"handled-{what.value}", number=str(generation.id), moderator=interaction.user.mention)
            await interaction.edit_original_response(content=text, view=None, attachments=[])
        except Exception as error:
            await answer_error(interaction, error)

    # What moderators do about members

    async def pause(
        self, interaction: discord.Interaction[Any], user_id: int, duration: str, reason: str, *, everywhere: bool
    ) -> None:
        minutes = max(1, window_seconds(duration, "duration") // 60)
        await self._restrict(interaction, user_id, RestrictionKind.PAUSE, reason, minutes, everywhere)

    async def ban(self, interaction: discord.Interaction[Any], user_id: int, reason: str, *, everywhere: bool) -> None:
        await self._restrict(interaction, user_id, RestrictionKind.BAN, reason, None, everywhere)

    async def _restrict(
        self,
        interaction: discord.Interaction[Any],
        user_id: int,
        kind: RestrictionKind,
        reason: str,
        minutes: int | None,
        everywhere: bool,
    ) -> None:
        await think(interaction)
        held = await self._moderation.restrict(
            self._by(interaction),
            interaction.id,
            user_id=user_id,
            kind=kind,
            reason=reason,
            minutes=minutes,
            everywhere=everywhere,
        )
        await whisper(interaction, moderation_wording.restricted(held))

    async def unban(
        self, interaction: discord.Interaction[Any], user_id: int, reason: str, *, everywhere: bool
    ) -> None:
        await self._moderation.lift(self._by(interaction), user_id=user_id, reason=reason, everywhere=everywhere)
        await whisper(interaction, say("moderated-lift", member=f"<@{user_id}>"))

    def _by(self, interaction: discord.Interaction[Any]) -> Requester:
        is_one = is_operator(interaction, self._settings.queue.operators)
        return replace(requester_of(interaction), is_operator=is_one)

    async def note(self, interaction: discord.Interaction[Any], user_id: int, text: str) -> None:
        await self._moderation.note(requester_of(interaction), user_id=user_id, text=text)
        await whisper(interaction, say("moderated-note", member=f"<@{user_id}>"))

    async def history(self, interaction: discord.Interaction[Any], user_id: int) -> None:
        record = await self._moderation.record(requester_of(interaction), user_id)
        await whisper(interaction, moderation_wording.record(record))

    async def log(self, interaction: discord.Interaction[Any]) -> None:
        await whisper(interaction, moderation_wording.log(await self._moderation.log(requester_of(interaction))))

    async def take_down(self, interaction: discord.Interaction[Any], what: str, reason: str) -> None:
        await think(interaction)
        generation = await self._named(what)
        gone = await self._takedown.take_down(requester_of(interaction), generation, reason)
        await whisper(interaction, say("taken-down", count=gone))

    async def _named(self, what: str) -> Generation:
        """By the link of its message, or by its number."""
        if link := _LINK.match(what):
            return await self._shelf.of_message(int(link["message"]))
        if not what.strip().isdecimal():
            raise NotFound
        return await self._shelf.get_hidden_too(int(what))

    # Phrases

    async def phrase(self, interaction: discord.Interaction[Any], text: str, kind: PhraseKind) -> None:
        phrase = await self._choices.put_phrase(requester_of(interaction), text, kind)
        await whisper(interaction, moderation_wording.phrases([phrase]))

    async def remove_phrase(self, interaction: discord.Interaction[Any], text: str) -> None:
        await self._choices.remove_phrase(requester_of(interaction), text)
        await whisper(interaction, say("phrase-removed"))

    async def try_phrase(self, interaction: discord.Interaction[Any], text: str) -> None:
        await think(interaction)
        hits, of = await self._choices.try_phrase(requester_of(interaction), text)
        await whisper(interaction, say("phrase-tried", hits=str(hits), prompts=str(of)))

    async def phrases(self, interaction: discord.Interaction[Any]) -> None:
        found = await self._choices.phrases(requester_of(interaction))
        await whisper(interaction, moderation_wording.phrases(found))
