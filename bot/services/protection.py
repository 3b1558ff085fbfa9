"""Protection: what the gate is to allow in a place, from what the operator and the server's managers chose.

A server chooses a preset and single actions, for itself or for one channel; the stricter of that and of these caps
holds: the operator's floor; standard where the place is not age-restricted; family in direct messages, and wherever
nothing looks at the pictures. What cannot be read stops everything, like any other fault of a check.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.errors import PromptBlocked
from bot.safety import Policy, Verdict, presets
from bot.safety.verdict import UNAVAILABLE
from bot.services.house_rules import Place
from config import SafetySettings
from db import Database, phrases, safety_policies
from db.phrases import Phrase, PhraseKind
from db.safety_policies import WHOLE_SERVER, Choice

log = logging.getLogger(__name__)

KEPT_SERVERS = 1000  # in memory


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a server's managers chose: by channel (0 is the whole server), and their phrases."""

    choices: Mapping[int, Choice]
    phrases: tuple[Phrase, ...]


NOTHING_CHOSEN = Chosen({}, ())


class Protection:
    def __init__(self, settings: SafetySettings, database: Database) -> None:
        self._database = database
        self._floor = presets()[settings.floor]
        self.are_pictures_checked = settings.image_check == "required" or bool(settings.picture_checkers)
        self._chosen: OrderedDict[int, Chosen] = OrderedDict()

    async def policy_at(self, place: Place) -> Policy:
        """Raises PromptBlocked (our fault) if it cannot be read."""
        try:
            return self.effective(await self.chosen(place.guild_id), place)
        except Exception as error:
            log.exception("the policy of server %s cannot be read; it blocks", place.guild_id)
            raise PromptBlocked(
                Verdict("prompt", UNAVAILABLE, f"policy:{type(error).__name__}", is_our_fault=True)
            ) from error

    async def chosen(self, guild_id: int | None) -> Chosen:
        if guild_id is None:
            return NOTHING_CHOSEN
        known = self._chosen.get(guild_id)
        if known is None:
            known = Chosen(
                await safety_policies.of_server(self._database, guild_id),
                tuple(await phrases.of_server(self._database, guild_id)),
            )
            self._chosen[guild_id] = known
        self._chosen.move_to_end(guild_id)
        while len(self._chosen) > KEPT_SERVERS:
            self._chosen.popitem(last=False)
        return known

    def changed(self, guild_id: int) -> None:
        """It is read again when it is next needed."""
        self._chosen.pop(guild_id, None)

    def effective(self, chosen: Chosen, place: Place) -> Policy:
        nearest = (chosen.choices.get(one or WHOLE_SERVER) for one in (place.channel_id, place.parent_id, WHOLE_SERVER))
        choice = next(filter(None, nearest), None)
        base = _policy_of(choice) if choice else presets()["family"]
        caps = [self._floor]
        if not place.is_age_restricted:
            caps.append(presets()["standard"])
        if place.guild_id is None or not self.are_pictures_checked:
            caps.append(presets()["family"])
        texts = {kind: tuple(one.text for one in chosen.phrases if one.kind is kind) for kind in PhraseKind}
        policy = base.at_least(*caps)
        return replace(policy, allowed=texts[PhraseKind.ALLOW], denied=texts[PhraseKind.DENY])


def _policy_of(choice: Choice) -> Policy:
    """Raises KeyError or ValueError for a preset or action that this version does not know."""
    return presets()[choice.preset].changed(choice.actions)
