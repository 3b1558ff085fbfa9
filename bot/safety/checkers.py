"""Operators' own text checkers, beside the built-in rules and classifier: a model, or a service asked over HTTP.

A checker says how likely a request belongs to each of its labels; from the threshold on, a label's category counts as
found, and the policy says what is done. They run within the gate's deadline; one that fails, is late or answers with
nonsense blocks. What a checker finds adds to what the rules find; it never takes anything away.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from bot.safety.judging import Match
from bot.safety.texts import PromptTexts

MAX_ANSWER_BYTES = 65_536


class CheckerFailed(Exception):
    """It gave no answer, or none that can be believed."""


class TextChecker(Protocol):
    async def check(self, texts: PromptTexts) -> list[Match]:
        """What it finds in the texts that are asked for. Raises CheckerFailed, or anything else: all of it blocks."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Labels:
    """``categories``: ours for each label of the checker that counts. ``threshold``: 0 to 1."""

    categories: Mapping[str, str]
    threshold: float

    def matches(self, checker: str, scores: Mapping[str, float]) -> list[Match]:
        found = []
        for label, category in self.categories.items():
            score = scores.get(label)
            if score is None or isinstance(score, bool) or not isinstance(score, int | float):
                raise CheckerFailed(f"{checker} says nothing about {label!r}")
            if not (math.isfinite(score) and 0 <= score <= 1):
                raise CheckerFailed(f"{checker} gives {label!r} the score {score}")
            if score >= self.threshold:
                found.append(Match(f"{checker}:{label}", category, float(score)))
        return found


class ModelChecker:
    """``score``: blocking, from texts to the highest chance of each label; called in a thread."""

    def __init__(self, score: Callable[[Sequence[str]], Mapping[str, float]], labels: Labels) -> None:
        self._score = score
        self._labels = labels

    async def check(self, texts: PromptTexts) -> list[Match]:
        if not texts.wanted:
            return []
        return self._labels.matches("text-model", await asyncio.to_thread(self._score, texts.wanted))

    async def close(self) -> None:
        pass


class EndpointChecker:
    """Asks ``url`` by POST with {"texts": [...], "negative_texts": [...]} and expects {"scores": {label: 0 to 1}}.

    ``token``: sent as "Authorization: Bearer ...", where there is one. Redirects are not followed: the texts go where
    the operator said, and nowhere else.
    """

    def __init__(self, url: str, token: str, labels: Labels) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._labels = labels
        self._session: aiohttp.ClientSession | None = None

    async def check(self, texts: PromptTexts) -> list[Match]:
        asked = {"texts": list(texts.wanted), "negative_texts": list(texts.refused)}
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, trust_env=False)
        async with self._session.post(self._url, json=asked, allow_redirects=False) as answer:
            if answer.status != 200:
                raise CheckerFailed(f"text-endpoint answered {answer.status}")
            if (answer.content_length or 0) > MAX_ANSWER_BYTES:
                raise CheckerFailed("text-endpoint answered with far too much")
            said: Any = await answer.json(content_type=None)
        scores = said.get("scores") if isinstance(said, dict) else None
        if not isinstance(scores, dict):
            raise CheckerFailed('text-endpoint answered without "scores"')
        return self._labels.matches("text-endpoint", scores)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
