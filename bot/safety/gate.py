"""The gate. Every way in passes check_prompt, every picture passes check_picture, and anything that raises blocks.

What was let pass comes back as a Cleared, the only thing that can be queued or posted; what was stopped comes back as a
Verdict. The checks run in a thread and within a deadline: a check that hangs must not hold up the bot, and blocks.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias, TypeVar

from bot.safety import phrases
from bot.safety.checkers import TextChecker
from bot.safety.cleared import _SEAL, Cleared, Conditions
from bot.safety.judging import Match, found_by, weigh
from bot.safety.policy import Policy, family
from bot.safety.rules import Rules
from bot.safety.texts import PromptTexts
from bot.safety.verdict import BROKEN_PICTURE, UNAVAILABLE, UNCHECKED, Action, Verdict

log = logging.getLogger(__name__)

T = TypeVar("T")
_Judge: TypeAlias = "Callable[[PromptTexts, Policy, Sequence[Match]], Verdict | Conditions]"

MIN_CONTRAST = 0.002  # below it a picture is one flat colour: filtered to black, or drawn by broken weights
NSFW_THRESHOLD = 0.5
MAX_REMEMBERED = 512  # requests that the operator's checkers have seen
# Enough where the prompt names somebody who must not be shown so, or is suspected itself.
SUSPECT_NSFW_THRESHOLD = 0.25


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as it is stored and sent."""

    data: bytes = field(repr=False)
    extension: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PictureEvidence:
    """What is known about a picture. ``scores``: what the scorers measured, 0 to 1.

    checked_by_construction: the checkpoint can draw nothing that would have to be checked.
    """

    texts: PromptTexts
    scores: Mapping[str, float]
    checked_by_construction: bool


class Gate:
    """``policy``: family unless told. ``is_multilingual``: the models' text encoders read more than English; a request
    may also say so for its own model (PromptTexts.is_multilingual). ``checkers``: the operator's own, beside the rules;
    closed with the gate."""

    def __init__(
        self,
        rules: Rules,
        *,
        is_image_check_required: bool,
        timeout_seconds: float,
        policy: Policy | None = None,
        is_multilingual: bool = False,
        checkers: Sequence[TextChecker] = (),
    ) -> None:
        self._rules = rules
        self._is_image_check_required = is_image_check_required
        self._timeout_seconds = timeout_seconds
        self._policy = policy or family()
        self._is_multilingual = is_multilingual
        self._checkers = tuple(checkers)
        self._checked: OrderedDict[PromptTexts, list[Match]] = OrderedDict()

    @property
    def version(self) -> str:
        return self._rules.version

    def contains(self, texts: PromptTexts, phrase: str) -> bool:
        """Whether the phrase is in there, hidden or not. Blocking, a millisecond."""
        return phrases.contains(self._rules.normaliser, texts, [phrase]) is not None

    async def check_prompt(self, texts: PromptTexts, policy: Policy | None = None) -> Cleared[PromptTexts] | Verdict:
        """A Verdict if the prompt is stopped: its ``action`` is block, or review if a moderator may let it pass. What
        the policy is milder about is said by the conditions of the Cleared: lead away from it, hide the picture."""
        return await self._judge("prompt", texts, texts, policy, self._judge_prompt)

    async def check_picture(
        self, picture: PictureFile, evidence: PictureEvidence, policy: Policy | None = None
    ) -> Cleared[PictureFile] | Verdict:
        """Also checks the prompt again: the rules may have changed while the picture waited."""
        return await self._judge("image", picture, evidence.texts, policy, partial(self._judge_picture, evidence))

    async def check_look(
        self, picture: PictureFile, evidence: PictureEvidence, policy: Policy | None = None
    ) -> Cleared[PictureFile] | None:
        """Of an early look at a picture, as check_picture; None where it is not to be shown.

        Stricter than that: what is measured on something blurred is less sure, so that a suspicion is enough, and what
        would go behind a spoiler need not be seen before it is finished.
        """
        if evidence.scores.get("nsfw", 0.0) >= SUSPECT_NSFW_THRESHOLD:
            return None
        result = await self.check_picture(picture, evidence, policy)
        return None if isinstance(result, Verdict) or result.conditions.is_spoiler else result

    async def check_upload(
        self, uploaded: T, scores: Mapping[str, float], *, is_trusted: bool = False
    ) -> Cleared[T] | Verdict:
        """A picture that somebody handed in, or a part of one: stricter than for what is drawn, and in every policy.
        ``scores``: as in PictureEvidence. is_trusted: the operator answers for pictures that nothing looks at."""
        fault = self._invalid(scores)
        if fault is not None:
            return fault
        if "nsfw" not in scores and not is_trusted:
            return Verdict("image", UNCHECKED, "no-image-checker", is_our_fault=True)
        if scores.get("nsfw", 0.0) >= SUSPECT_NSFW_THRESHOLD:
            return Verdict("image", "upload_sexual", "upload-score", score=scores["nsfw"])
        return Cleared(uploaded, _SEAL)

    async def recheck_stored(
        self, picture: PictureFile, texts: PromptTexts, policy: Policy | None = None
    ) -> Cleared[PictureFile] | Verdict:
        """A picture that passed before it was stored and is posted only now, after a restart: its prompt again.

        What was measured on it is not known any more, so where the policy hides some pictures, this one is hidden.
        """
        return await self._judge("image", picture, texts, policy, self._judge_stored)

    async def close(self) -> None:
        for checker in self._checkers:
            await checker.close()

    async def _judge(
        self, stage: str, value: T, texts: PromptTexts, policy: Policy | None, judge: _Judge
    ) -> Cleared[T] | Verdict:
        policy = policy or self._policy
        try:
            async with asyncio.timeout(self._timeout_seconds):
                further = await self._check(texts, policy) if self._checkers else []
                judged = await asyncio.to_thread(judge, texts, policy, further)
        except Exception as error:  # fail closed: whatever is wrong with a check, nothing passes
            log.exception("the %s check failed; it blocks", stage)
            return Verdict(stage, UNAVAILABLE, f"gate:{type(error).__name__}", is_our_fault=True)
        return judged if isinstance(judged, Verdict) else Cleared(value, _SEAL, judged)

    async def _check(self, texts: PromptTexts, policy: Policy) -> list[Match]:
        """What the operator's checkers find, all at once. The same texts come several times: to be accepted, to be
        drawn, to be posted."""
        if policy.allowed:
            texts = phrases.without(texts, policy.allowed)
        if texts not in self._checked:
            found = await asyncio.gather(*(checker.check(texts) for checker in self._checkers))
            self._checked[texts] = [match for of_one in found for match in of_one]
            if len(self._checked) > MAX_REMEMBERED:
                self._checked.popitem(last=False)
        return self._checked[texts]

    def _judge_prompt(
        self, texts: PromptTexts, policy: Policy, further: Sequence[Match], nsfw: float = 0.0
    ) -> Verdict | Conditions:
        """``further``: what others than the rules found. ``nsfw``: measured on its picture, if there is one already."""
        if self._is_multilingual and not texts.is_multilingual:
            texts = replace(texts, is_multilingual=True)
        found = found_by(self._rules, texts, policy, is_picture_nude=nsfw >= SUSPECT_NSFW_THRESHOLD)
        found += further
        is_suspected = any(match.is_suspicion and match.category == "sexual" for match in found)
        if nsfw >= (SUSPECT_NSFW_THRESHOLD if is_suspected else NSFW_THRESHOLD):
            found.append(Match("nsfw-score", "sexual", nsfw, stage="image"))
        verdict, conditions = weigh(found, texts, policy)
        return verdict if verdict.action.stops else conditions

    def _judge_picture(
        self, evidence: PictureEvidence, texts: PromptTexts, policy: Policy, further: Sequence[Match]
    ) -> Verdict | Conditions:
        fault = self._fault(evidence)
        nsfw = 0.0 if fault else evidence.scores.get("nsfw", 0.0)
        judged = self._judge_prompt(texts, policy, further, nsfw)
        return judged if isinstance(judged, Verdict) else fault or judged

    def _judge_stored(self, texts: PromptTexts, policy: Policy, further: Sequence[Match]) -> Verdict | Conditions:
        judged = self._judge_prompt(texts, policy, further)
        hides = policy.action("sexual") in (Action.STEER, Action.SPOILER)
        return replace(judged, is_spoiler=True) if isinstance(judged, Conditions) and hides else judged

    def _fault(self, evidence: PictureEvidence) -> Verdict | None:
        """What is wrong with the picture or with what was measured on it, whatever it shows."""
        scores = evidence.scores
        if (invalid := self._invalid(scores)) is not None:
            return invalid
        if scores.get("contrast", 0.0) < MIN_CONTRAST:
            return Verdict("image", BROKEN_PICTURE, "contrast", is_our_fault=True)
        if "nsfw" not in scores and self._is_image_check_required and not evidence.checked_by_construction:
            return Verdict("image", UNCHECKED, "no-image-checker", is_our_fault=True)
        return None

    @staticmethod
    def _invalid(scores: Mapping[str, float]) -> Verdict | None:
        for name, score in scores.items():
            if not (math.isfinite(score) and 0 <= score <= 1):
                return Verdict("image", UNAVAILABLE, f"score:{name}", is_our_fault=True)
        return None
