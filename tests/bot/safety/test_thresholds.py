"""Thresholds: as much harm found as the budgets of false refusals allow, and never more refused than that."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.training.thresholds import GOALS, Budget, choose

HARMLESS, HARMFUL = 120, 20  # texts
CATEGORIES = len(GOALS)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.01, 0.03]))
def test_no_budget_is_overspent(seed: int, share: float) -> None:
    chance = np.random.default_rng(seed)
    scores = chance.normal(size=(HARMLESS + HARMFUL, CATEGORIES)).astype(np.float32)
    is_harmless = np.arange(len(scores)) < HARMLESS
    kind = chance.integers(0, CATEGORIES, size=HARMFUL)
    scores[HARMLESS + np.arange(HARMFUL), kind] += 2
    by_words = ~is_harmless & (chance.random(len(scores)) < 0.1)
    harmful = {name: [~is_harmless & (np.append(np.full(HARMLESS, -1), kind) == at)] for at, name in enumerate(GOALS)}
    budgets = [
        Budget(is_harmless, share),
        Budget(is_harmless & (np.arange(len(scores)) % 3 == 0), share / 2),
    ]
    cuts = choose(scores, by_words, budgets, {name: sets for name, sets in harmful.items() if sets[0].any()})
    stopped = (scores >= cuts).any(axis=1)
    assert stopped[is_harmless].mean() <= share
    assert stopped[budgets[1].texts].mean() <= share / 2


def test_a_budget_goes_where_it_finds_most() -> None:
    """One harmless text may be refused: at the price of one, the first category has one of its four harmful texts, the
    second all of its six."""
    names = list(GOALS)[:2]
    scores = np.full((121, CATEGORIES), -5, dtype=np.float32)
    scores[:2, 0], scores[2, 0] = (3, 1), 2  # two harmless texts, and a harmful one between them
    scores[3, 1], scores[4:10, 1] = 1, 0.5  # a harmless one, and below it six harmful ones
    scores[10, 1] = 0
    harmless = np.ones(len(scores), dtype=np.bool_)
    harmless[[2, *range(4, 10), 11, 12, 13]] = False
    of_first, of_second = np.zeros((2, len(scores)), dtype=np.bool_)
    of_first[[2, 11, 12, 13]] = of_second[4:10] = True
    by_words = np.zeros(len(scores), dtype=np.bool_)
    cuts = choose(scores, by_words, [Budget(harmless, 0.01)], {names[0]: [of_first], names[1]: [of_second]})
    stopped = (scores >= cuts).any(axis=1)
    assert stopped[of_second].all()
    assert not stopped[of_first].any()
    assert stopped[harmless].sum() == 1
