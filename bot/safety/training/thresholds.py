"""Where each category's score begins to count: as much harm found as a budget of false refusals allows.

Texts of different length have thresholds of their own: few words say little, and the highest of many windows is often
high by chance. How high harmless texts of each length score is measured first, so that one number for each category is
left to choose; a free threshold for each length would fit the few harmful prompts there are, and refuse twice as many
harmless ones it has not seen.

All begin out of reach. Again and again the one is lowered, to just below the next harmless text, that finds most for
it, until a budget is spent; then each gives some back, and each two, to see whether others make more of it. The further
a category is from its goal the more it counts, so the budget goes to where it is needed; several sets of one category
count alike besides their prompts, so that the largest does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bot.safety.classifier import LENGTHS

LIKELY_BUDGET = 0.01  # of the clean prompts, in each category, where the model is led away from it
SUSPECT_BUDGET = 0.02  # of the clean prompts, where something else is suspicious too
CERTAIN_BUDGET = 0.0002  # of the clean prompts, where somebody is accused
GOALS = {"sexual": 0.94, "violence_gore": 0.82, "hate": 0.92, "disturbing": 0.52, "illegal": 0.66}
TAIL = 0.03  # of the harmless texts of a length, the highest: what a threshold is reckoned from
LEAST_EXCESS = 0.2
# So many excesses more for each length: who is in a picture, or where, is no offence, and few words say little else.
DOUBTS = (2.0, 0.7, 0.5, 0.3)
STEPS = (1, 2, 3, 5, 8, 13)  # at once: single ones often find nothing yet
BACK = (2, 5, 12, 25)  # steps that one category gives back, to see what the others make of them
BACK_OF_TWO = (3, 8, 20, 99)  # or each of two
LADDER = 12  # only so many-th of the harmless texts, the highest, can be thresholds
MARGIN = 1e-4

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Budget:
    """Of these harmless texts this share may be refused, by rules of words and the classifier together. ``weight``: of
    each of them where it is measured how high harmless texts score."""

    texts: Flags
    share: float
    weight: float = 0.0

    def allows(self, stopped: Flags) -> bool:
        return not self.texts.any() or bool(stopped[self.texts].mean() <= self.share)


@dataclass(frozen=True, slots=True)
class Tails:
    """How high harmless texts score: ``start`` is where the highest of them begin, ``excess`` how far above that they
    are on average. Both: length, category."""

    start: Numbers
    excess: Numbers

    def standardised(self, logits: Numbers, lengths: NDArray[np.int64]) -> Numbers:
        """In excesses above the start: the same number is as rare among harmless texts of any length."""
        of_text = np.digitize(lengths, LENGTHS)
        return np.asarray((logits - self.start[of_text]) / self.excess[of_text], dtype=np.float32)

    def logits(self, standardised: Numbers) -> Numbers:
        """``standardised``: one number for each category. Returns length, category."""
        return np.asarray(self.start + self.excess * standardised, dtype=np.float32)


def measure_tails(logits: Numbers, lengths: NDArray[np.int64], by_words: Flags, budgets: Sequence[Budget]) -> Tails:
    weights = np.zeros(len(logits))
    for budget in budgets:
        weights[budget.texts & ~by_words] = np.maximum(weights[budget.texts & ~by_words], budget.weight)
    of_text = np.digitize(lengths, LENGTHS)
    start = np.zeros((len(LENGTHS) + 1, logits.shape[1]), dtype=np.float32)
    excess = np.ones_like(start)
    for length in range(len(LENGTHS) + 1):
        mine = (weights > 0) & (of_text == length)
        for place in range(logits.shape[1]):
            order = np.argsort(-logits[mine, place], kind="stable")
            highest, weight = logits[mine, place][order], weights[mine][order]
            end = int(np.searchsorted(np.cumsum(weight) / weight.sum(), TAIL))
            mean = float(np.average(highest[: end + 1] - highest[end], weights=weight[: end + 1]))
            start[length, place], excess[length, place] = highest[end], max(LEAST_EXCESS, mean)
    return Tails(start + np.array(DOUBTS, dtype=np.float32)[:, None] * excess, excess)


def choose(
    scores: Numbers, by_words: Flags, budgets: Sequence[Budget], harmful: Mapping[str, Sequence[Flags]]
) -> Numbers:
    """A threshold for each category. ``scores``: standardised; ``by_words``: what the rules of words stop anyway;
    ``harmful``: for each category its prompts, set by set."""
    harmless = np.logical_or.reduce([budget.texts for budget in budgets])
    search = _Search(
        scores,
        by_words,
        budgets,
        harmful,
        [np.sort(scores[harmless, place])[::-1] + np.float32(MARGIN) for place in range(scores.shape[1])],
        int(harmless.sum()) // LADDER,
    )
    best = search.lowered([0] * scores.shape[1])
    while (better := search.better(best)) is not None:
        best = better
    return search.cuts(best)


@dataclass(frozen=True, slots=True)
class _Search:
    """``ladders``: for each category its possible thresholds, the highest first; ``last``: how far down they go."""

    scores: Numbers
    by_words: Flags
    budgets: Sequence[Budget]
    harmful: Mapping[str, Sequence[Flags]]
    ladders: Sequence[Numbers]
    last: int

    def cuts(self, steps: Sequence[int]) -> Numbers:
        return np.array([ladder[at] for ladder, at in zip(self.ladders, steps, strict=True)], dtype=np.float32)

    def worth(self, steps: Sequence[int]) -> float:
        return _worth((self.scores >= self.cuts(steps)).any(axis=1) | self.by_words, self.harmful)

    def better(self, steps: Sequence[int]) -> list[int] | None:
        """What one category took from the budget, or two, may be worth more to the others."""
        places = range(len(steps))
        moves = [(one,) for one in product(places, BACK)] + [
            pair for pair in product(product(places, BACK_OF_TWO), repeat=2) if pair[0][0] < pair[1][0]
        ]
        worth = self.worth(steps)
        for move in moves:
            back = dict(move)
            tried = [max(0, at - back.get(place, 0)) for place, at in enumerate(steps)]
            tried = self.lowered(self.lowered(tried, move[0][0]))
            if self.worth(tried) > worth + 1e-6:
                return tried
        return None

    def lowered(self, steps: Sequence[int], but: int | None = None) -> list[int]:
        """From there on, as long as any threshold ``but`` one can be lowered to some use."""
        steps = list(steps)
        over = self.scores >= self.cuts(steps)
        while True:
            count = over.sum(axis=1)
            worth = _worth((count > 0) | self.by_words, self.harmful)
            best, gain = None, 1e-9
            for place, ladder in enumerate(self.ladders):
                others = ((count - over[:, place]) > 0) | self.by_words
                for further in STEPS if place != but else ():
                    at = min(steps[place] + further, self.last)
                    stopped = others | (self.scores[:, place] >= ladder[at])
                    if at <= steps[place] or not all(budget.allows(stopped) for budget in self.budgets):
                        break
                    per_step = (_worth(stopped, self.harmful) - worth) / further
                    if per_step > gain:
                        best, gain = (place, at), per_step
            if best is None:
                return steps
            place, steps[place] = best
            over[:, place] = self.scores[:, place] >= self.ladders[place][steps[place]]


def lower(logits: Numbers, clean: Flags, share: float) -> Numbers:
    """Each category's threshold by itself, that so many clean prompts reach."""
    return np.asarray(np.quantile(logits[clean], 1 - share, axis=0), dtype=np.float32)


def _worth(stopped: Flags, harmful: Mapping[str, Sequence[Flags]]) -> float:
    total = 0.0
    for category, sets in harmful.items():
        rates = [float(stopped[of_set].mean()) for of_set in sets]
        counts = [int(of_set.sum()) for of_set in sets]
        recall = 0.5 * float(np.average(rates, weights=counts)) + 0.5 * float(
            np.average(rates, weights=np.sqrt(counts))
        )
        total += 0.02 * recall - max(0.0, GOALS[category] - recall) ** 2
    return total
