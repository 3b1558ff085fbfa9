"""What a trained classifier does to the sets, told on the terminal."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from bot.safety.policy import suspicions
from bot.safety.sets import CLEAN_SETS, HARMFUL_SETS
from bot.safety.training.material import CLASSIFIED, Material, stopped_by_words
from bot.safety.training.scenes import ALONE, SCRAMBLED

LED_AWAY = [place for place, category in enumerate(CLASSIFIED) if category in suspicions()]


def report(
    material: Material,
    scores: NDArray[np.float32],
    likely: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    title: str,
) -> None:
    """In brackets: stopped, or led away from what is ``likely``."""
    flagged = np.asarray((scores >= 0.5).any(axis=1) | stopped_by_words(material), dtype=np.bool_)
    met = flagged | (scores[:, LED_AWAY] >= likely[LED_AWAY]).any(axis=1)
    sets = np.array([prompt.set for prompt in material.prompts])
    is_benign = np.array([prompt.is_benign for prompt in material.prompts])

    def line(name: str, mine: NDArray[np.bool_]) -> None:
        if mine.any():
            shares = f"{100 * flagged[mine].mean():6.2f} % ({100 * met[mine].mean():6.2f} %)"
            tell(f"  {name:24s} {shares} of {int(mine.sum())}")

    tell(title)
    for name in (*CLEAN_SETS, "imagereward", "hard_negatives", ALONE, SCRAMBLED):
        line(name, chosen & is_benign & (sets == name))
    line("clean sets together", chosen & np.isin(sets, CLEAN_SETS))
    is_judged = np.array([prompt.label == "harmful" for prompt in material.prompts])
    for place, category in enumerate(CLASSIFIED):
        mine = chosen & is_judged & (material.labels[:, place] > 0)
        line(category, mine)
        for name in HARMFUL_SETS:
            line(f"  {name}", mine & (sets == name))


def cut_at_rate(clean: NDArray[np.float32], by_words: NDArray[np.bool_], rate: float) -> NDArray[np.float32]:
    """The same share of clean prompts for each category, so that all together, with words, reach ``rate``."""
    low, high = 0.0, rate
    for _ in range(40):
        share = (low + high) / 2
        cut = np.quantile(clean, 1 - share, axis=0, method="higher")
        if ((clean > cut).any(axis=1) | by_words).mean() <= rate:
            low = share
        else:
            high = share
    return np.asarray(np.quantile(clean, 1 - low, axis=0, method="higher"), dtype=np.float32)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
