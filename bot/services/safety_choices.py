"""Safety choices: what a server's managers set for the gate, within the operator's floor, and what then applies.

Every choice is a new version, with who made it. Nothing is applied unseen: ``propose`` says what would change, and
``apply`` does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import SettingRefused
from bot.safety import Action, Gate, Policy, presets
from bot.safety.phrases import MAX_PHRASE_CHARACTERS
from bot.services.audit import Audit
from bot.services.clock import NowMs
from bot.services.house_rules import Place
from bot.services.protection import Chosen, Protection
from bot.services.requester import Requester, managed_server
from bot.services.texts import texts_of
from db import Database, history, phrases, safety_policies
from db.audit import Entry
from db.history import Search
from db.phrases import Phrase, PhraseKind, TooManyPhrases
from db.safety_policies import WHOLE_SERVER, Choice

MOST_PHRASES = 200
TRIED_PROMPTS = 1000  # the newest ones of a server, on which a phrase is tried


@dataclass(frozen=True, slots=True)
class Change:
    """What a manager wants: a preset, or an action for one category. ``channel_id`` 0: for the whole server.
    ``preset`` empty and no category: the channel (or server) chooses nothing any more."""

    channel_id: int = WHOLE_SERVER
    preset: str = ""
    category: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is in force there now and would be then. is_looser: something that is stopped or hidden would not be."""

    change: Change
    before: Policy
    after: Policy
    is_looser: bool


class SafetyChoices:
    """Raises NotAManager for whoever does not manage the server, SettingRefused for what cannot be chosen."""

    def __init__(self, database: Database, protection: Protection, gate: Gate, audit: Audit, now_ms: NowMs) -> None:
        self._database = database
        self._protection = protection
        self._gate = gate
        self._audit = audit
        self._now_ms = now_ms

    async def propose(self, requester: Requester, change: Change, *, is_age_restricted: bool) -> Proposal:
        guild_id = managed_server(requester)
        chosen = await self._protection.chosen(guild_id)
        after = Chosen({**chosen.choices, change.channel_id: self._choice(guild_id, chosen, change)}, chosen.phrases)
        if not after.choices[change.channel_id].preset:
            after = replace(after, choices={k: v for k, v in after.choices.items() if k != change.channel_id})
        place = Place(guild_id, change.channel_id or None, is_age_restricted=is_age_restricted)
        before_policy = self._protection.effective(chosen, place)
        after_policy = self._protection.effective(after, place)
        is_looser = any(
            action.severity < before_policy.action(category).severity
            for category, action in after_policy.actions.items()
        )
        return Proposal(change, before_policy, after_policy, is_looser)

    async def apply(self, requester: Requester, change: Change) -> None:
        guild_id = managed_server(requester)
        chosen = await self._protection.chosen(guild_id)
        choice = replace(self._choice(guild_id, chosen, change), made_by=requester.user_id, made_at_ms=self._now_ms())
        detail = change.preset or (f"{change.category} = {change.action}" if change.category else "reset")
        if change.channel_id:
            detail += f" <#{change.channel_id}>"
        entry = self._entry(requester, "policy", detail)

        async def work(connection: AsyncConnection) -> None:
            await safety_policies.put_on(connection, choice)

        await self._audit.write_with(entry, work)
        self._protection.changed(guild_id)

    async def put_phrase(self, requester: Requester, text: str, kind: PhraseKind) -> Phrase:
        """A moderator may allow one (from a review); only managers refuse one."""
        if requester.guild_id is not None and requester.may_manage and kind is PhraseKind.ALLOW:
            guild_id = requester.guild_id
        else:
            guild_id = managed_server(requester)
        phrase = Phrase(_phrase(text), kind)

        async def work(connection: AsyncConnection) -> None:
            await phrases.put_on(
                connection, guild_id, phrase, by=requester.user_id, now_ms=self._now_ms(), most=MOST_PHRASES
            )

        try:
            await self._audit.write_with(self._entry(requester, f"phrase-{kind.value}", phrase.text), work)
        except TooManyPhrases:
            raise SettingRefused("phrase", "too-many-phrases", most=str(MOST_PHRASES)) from None
        self._protection.changed(guild_id)
        return phrase

    async def remove_phrase(self, requester: Requester, text: str) -> None:
        guild_id = managed_server(requester)

        async def work(connection: AsyncConnection) -> bool:
            return await phrases.remove_on(connection, guild_id, text)

        if not await self._audit.write_with(self._entry(requester, "phrase-removed", text), work):
            raise SettingRefused("phrase", "no-such-phrase")
        self._protection.changed(guild_id)

    async def phrases(self, requester: Requester) -> tuple[Phrase, ...]:
        return (await self._protection.chosen(managed_server(requester))).phrases

    async def try_phrase(self, requester: Requester, text: str) -> tuple[int, int]:
        """(how many of the newest prompts of this server a refused phrase would have stopped, of how many)."""
        guild_id = managed_server(requester)
        phrase = _phrase(text)
        found = await history.page(self._database, Search(guild_id=guild_id), limit=TRIED_PROMPTS)
        texts = [texts_of(generation.parameters) for generation in found if generation.parameters.prompt]
        hits = await asyncio.to_thread(lambda: sum(self._gate.contains(one, phrase) for one in texts))
        return hits, len(texts)

    def _choice(self, guild_id: int, chosen: Chosen, change: Change) -> Choice:
        """The whole choice of that place as it would be. Raises SettingRefused."""
        known = chosen.choices.get(change.channel_id)
        base = known or chosen.choices.get(WHOLE_SERVER)
        preset = base.preset if base else "family"
        actions: Mapping[str, str] = base.actions if base else {}
        if change.category:
            if change.category not in presets()[preset].actions:
                raise SettingRefused("category", "no-such-category")
            if change.action not in list(Action):
                raise SettingRefused("action", "no-such-action")
            actions = {**actions, change.category: change.action}
        elif change.preset:
            if change.preset not in presets():
                raise SettingRefused("preset", "no-such-preset")
            preset, actions = change.preset, {}
        else:
            preset, actions = "", {}
        return Choice(
            guild_id=guild_id,
            channel_id=change.channel_id,
            preset=preset,
            actions=actions,
            made_by=None,
            made_at_ms=0,
        )

    def _entry(self, requester: Requester, action: str, detail: str) -> Entry:
        return Entry(
            at_ms=self._now_ms(),
            guild_id=requester.guild_id,
            actor_id=requester.user_id,
            action=action,
            detail=detail,
        )


def _phrase(text: str) -> str:
    """As it is kept. Raises SettingRefused."""
    phrase = " ".join(text.split()).casefold()
    if not 2 <= len(phrase) <= MAX_PHRASE_CHARACTERS:
        raise SettingRefused("phrase", "phrase-length", most=str(MAX_PHRASE_CHARACTERS))
    return phrase
