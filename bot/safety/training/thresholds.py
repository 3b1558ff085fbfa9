"""Where each category's score begins to count: as much harm found as a budget of false refusals allows.

All thresholds begin out of reach. Again and again the one is lowered, to just below the next clean prompt, that finds
most for it, until the budget is spent. A category whose goal is reached gains nothing more, so the budget goes to where
it is needed; several sets of one category count alike besides their prompts, so that the largest does not decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

BUDGET = 0.005  # of the clean prompts, refused by rules of words and the classifier together
SET_BUDGET = 0.0131  # of each clean set
HARD_BUDGET = 0.05  # of the prompts that only look bad
SUSPECT_BUDGET = 0.02  # of the clean prompts, where something else is suspicious too
GOALS = {"sexual": 0.93, "violence_gore": 0.88, "hate": 0.85, "disturbing": 0.7, "illegal": 0.7}
MARGIN = 1e-5

Flags = NDArray[np.bool_]


def choose(
    scores: NDArray[np.float32],
    by_words: Flags,
    clean_sets: Sequence[Flags],
    hard: Flags,
    harmful: Mapping[str, Sequence[Flags]],
) -> NDArray[np.float32]:
    """``by_words``: what the rules of words stop anyway. ``harmful``: for each category its prompts, set by set."""
    categories = list(harmful)
    clean = np.logical_or.reduce(list(clean_sets))
    ladders = [np.sort(scores[clean | hard, place])[::-1] for place in range(len(categories))]
    steps = [0] * len(categories)
    cuts = np.array([ladder[0] + MARGIN for ladder in ladders], dtype=np.float32)

    def stopped(at: NDArray[np.float32]) -> Flags:
        return np.asarray((scores >= at).any(axis=1) | by_words, dtype=np.bool_)

    while True:
        worth = _worth(stopped(cuts), harmful)
        best, gain = None, 0.0
        for place, ladder in enumerate(ladders):
            # A few steps at once: single ones often find nothing yet.
            for further in (1, 2, 3, 5):
                tried = cuts.copy()
                tried[place] = ladder[min(steps[place] + further, len(ladder) - 1)] + MARGIN
                found = stopped(tried)
                if not _is_affordable(found, clean_sets, clean, hard):
                    break
                per_step = (_worth(found, harmful) - worth) / further
                if per_step > gain + 1e-12:
                    best, gain = (place, further, tried), per_step
        if best is None:
            return cuts
        place, further, cuts = best
        steps[place] += further


def suspicious(scores: NDArray[np.float32], clean: Flags) -> NDArray[np.float32]:
    """Lower thresholds, each category by itself."""
    return np.asarray(np.quantile(scores[clean], 1 - SUSPECT_BUDGET, axis=0), dtype=np.float32)


def _is_affordable(stopped: Flags, clean_sets: Sequence[Flags], clean: Flags, hard: Flags) -> bool:
    return bool(
        stopped[clean].mean() <= BUDGET
        and all(stopped[of_set].mean() <= SET_BUDGET for of_set in clean_sets)
        and (not hard.any() or stopped[hard].mean() <= HARD_BUDGET)
    )


def _worth(stopped: Flags, harmful: Mapping[str, Sequence[Flags]]) -> float:
    total = 0.0
    for category, sets in harmful.items():
        rates = [float(stopped[of_set].mean()) for of_set in sets]
        counts = [int(of_set.sum()) for of_set in sets]
        recall = 0.5 * float(np.average(rates, weights=counts)) + 0.5 * float(
            np.average(rates, weights=np.sqrt(counts))
        )
        total += min(recall, GOALS[category]) + 0.05 * recall
    return total
