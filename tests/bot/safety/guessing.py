"""A classifier that gives categories certain scores, whatever the text is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.safety.classifier import Thresholds
from bot.safety.rules import Rules


class Guessing:
    def __init__(self, thresholds: Mapping[str, Thresholds], scores: Mapping[str, float]) -> None:
        self.thresholds = thresholds
        self._scores = {**dict.fromkeys(thresholds, 0.0), **scores}

    def scores(self, _: Iterable[tuple[Sequence[str], Any]]) -> dict[str, float]:
        return self._scores


def guessing(rules: Rules, thresholds: Mapping[str, Thresholds] | None = None, /, **scores: float) -> Rules:
    """The same rules with such a classifier; without scores it finds nothing."""
    classifier: Any = Guessing(thresholds or rules.classifier.thresholds, scores)
    return replace(rules, classifier=classifier)
