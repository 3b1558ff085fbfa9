"""Training from beginning to end. Everything is decided on the training split; the held-out split is only measured.

1. words.txt: the words of harmless prompts, for the reader (bot/safety/reading.py).
2. Every prompt as read, in windows (material.py). Lexicon entries count as very short prompts of their category;
   scenes.toml are descriptions of our own, each set into harmless surroundings several times.
3. A first fit on all windows; then, because one window makes a long prompt harmful and the others are harmless, a
   second one in which each harmful prompt counts by its most suspicious window.
4. Thresholds from four-fold cross-validation (thresholds.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.safety.classifier import LENGTHS, MEANINGS, WEIGHTS, WORDS
from bot.safety.rules import load_lexicons
from bot.safety.sets import CLEAN_SETS, HARMFUL_SETS, TRAINED_SETS, read_sets
from bot.safety.training.fit import Fitted, fit
from bot.safety.training.material import CLASSIFIED, FOLDS, Material, ordinary_words, prepare, stopped_by_words
from bot.safety.training.measuring import cut_at_rate, report, tell
from bot.safety.training.scenes import ALONE, SCRAMBLED
from bot.safety.training.thresholds import (
    CERTAIN_BUDGET,
    LIKELY_BUDGET,
    SUSPECT_BUDGET,
    Budget,
    choose,
    lower,
    measure_tails,
)
from bot.safety.training.windows import Vocabulary

MAX_FEATURES = 90_000
PENALTY = 2e-6
LEXICON_PENALTY = 3e-4
HARMFUL_SHARE = 0.25  # of all the weight in a category
MAX_SET_SHARE = 0.5  # of a category's harmful weight, so that one large set does not decide what the category is
OURS = ("lexicons", "words", "scenes", ALONE, SCRAMBLED)  # never held out; what is scrambled only measures
# Of each set of harmless texts this share may be refused; and how much each of them counts where the thresholds of the
# lengths are reckoned.
BUDGETS = {
    "coco_10k": (0.0131, 1.0),
    "diffusiondb_benign": (0.0131, 2.0),
    "partiprompts": (0.0131, 2.0),
    "discord_benign": (0.0102, 4.0),
    "hard_negatives": (0.03, 3.0),
    "imagereward": (0.03, 0.5),
    SCRAMBLED: (0.0131, 0.5),
    ALONE: (0.012, 2.0),
}
CLEAN_BUDGET = 0.0055  # of the clean sets together
WORDS_BUDGET = 0.003  # of single words, besides those that are in a lexicon
WORDS_SHARE = 0.3


def train(folder: Path, *, measures_left_out: bool, measures_held_out: bool) -> None:
    lexicons = load_lexicons()
    prompts = [prompt for prompt in read_sets(sorted(folder.glob("*.jsonl"))) if prompt.set in TRAINED_SETS]
    ordinary = ordinary_words(prompts, lexicons)
    material = prepare(prompts, lexicons, ordinary)
    is_train = np.array(
        [(prompt.set in OURS or not prompt.is_held_out) and prompt.set != SCRAMBLED for prompt in material.prompts]
    )
    tell(f"{len(material.prompts)} prompts in {len(material.windows.owner)} windows")
    if measures_left_out:
        measure_left_out(material, is_train)
        return
    vocabulary = Vocabulary.of(material.windows, material.rows_of(is_train), MAX_FEATURES)
    rows = vocabulary.matrix(material.windows)
    cuts = choose_thresholds(material, cross_validated(material, rows, is_train), is_train)
    fitted = fit_twice(material, rows, is_train)
    tell(f"{len(vocabulary.keys)} features; {cuts}")
    write(material, vocabulary, fitted, cuts, ordinary)
    if measures_held_out:
        found = cuts.scores(material, prompt_logits(material, rows, fitted))
        report(material, found, cuts.likely, ~is_train, "held out, with words")


def fit_twice(material: Material, rows: csr_matrix, chosen: NDArray[np.bool_]) -> Fitted:
    """First by all windows, then harmful prompts by their most suspicious one."""
    windows = material.windows
    of_prompt = np.maximum(np.bincount(windows.owner, minlength=len(material.prompts)), 1)
    weights = balanced(material, chosen)
    labels = material.labels[windows.owner]
    spread = weights[windows.owner] / np.where(labels > 0, of_prompt[windows.owner, None], 1)
    used = material.rows_of(chosen)
    first = _fit(rows[used], windows.lexicons[used], labels[used], spread[used])
    best = best_windows(first.logits(rows, windows.lexicons), windows.owner, len(material.prompts))
    focused = np.where(
        labels > 0, weights[windows.owner] * (0.85 * best + 0.15 / of_prompt[windows.owner, None]), spread
    )
    return _fit(rows[used], windows.lexicons[used], labels[used], focused[used].astype(np.float32), first)


def _fit(
    rows: csr_matrix,
    lexicons: NDArray[np.float32],
    labels: NDArray[np.float32],
    weights: NDArray[np.floating[Any]],
    start: Fitted | None = None,
) -> Fitted:
    return fit(
        rows,
        lexicons,
        labels,
        weights.astype(np.float32),
        penalty=PENALTY,
        lexicon_penalty=LEXICON_PENALTY,
        start=start,
    )


def balanced(material: Material, chosen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Weights in which no set and no category outweighs the others."""
    weights = material.weights * chosen[:, None]
    sets = np.array([prompt.set for prompt in material.prompts])
    for place in range(len(CLASSIFIED)):
        harmful = weights[:, place] * material.labels[:, place]
        for name in np.unique(sets[harmful > 0]):
            share, others = harmful[sets == name].sum(), harmful[sets != name].sum()
            if others and share > MAX_SET_SHARE * (share + others):
                weights[(sets == name) & (harmful > 0), place] *= MAX_SET_SHARE / (1 - MAX_SET_SHARE) * others / share
        is_harmful = material.labels[:, place] > 0
        total, clean = weights[is_harmful, place].sum(), weights[~is_harmful, place].sum()
        weights[is_harmful, place] *= HARMFUL_SHARE / (1 - HARMFUL_SHARE) * clean / max(total, 1e-9)
    return weights


def best_windows(logits: NDArray[np.float32], owner: NDArray[np.int64], prompts: int) -> NDArray[np.float32]:
    """1 for each prompt's highest window in each category, 0 for the others."""
    best = np.full((prompts, logits.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(best, owner, logits)
    return np.asarray(logits >= best[owner], dtype=np.float32)


def prompt_logits(material: Material, rows: csr_matrix, fitted: Fitted) -> NDArray[np.float32]:
    logits = fitted.logits(rows, material.windows.lexicons)
    best = np.full((len(material.prompts), logits.shape[1]), -30, dtype=np.float32)
    np.maximum.at(best, material.windows.owner, logits)
    return best


@dataclass(frozen=True, slots=True)
class Cuts:
    """``doubts``: length, category; the log-odds at which it counts as found. ``thresholds``: by category, of the
    scores that are left."""

    doubts: NDArray[np.float32]
    thresholds: dict[str, dict[str, float]]

    @property
    def likely(self) -> NDArray[np.float32]:
        """One number for each category."""
        return np.array([self.thresholds[category]["likely"] for category in CLASSIFIED], dtype=np.float32)

    def scores(self, material: Material, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        return scores(margins(logits, self.doubts, material.lengths))


def margins(
    logits: NDArray[np.float32], doubts: NDArray[np.float32], lengths: NDArray[np.int64]
) -> NDArray[np.float32]:
    return logits - doubts[np.digitize(lengths, LENGTHS)]


def scores(margins: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-margins)), dtype=np.float32)


def cross_validated(material: Material, rows: csr_matrix, is_train: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Logits by models that have not seen the prompt they score, nor what else was made of the same text."""
    logits = np.zeros((len(material.prompts), len(CLASSIFIED)), dtype=np.float32)
    for number in range(FOLDS):
        fitted = fit_twice(material, rows, is_train & (material.folds != number))
        mine = material.folds == number
        logits[mine] = prompt_logits(material, rows, fitted)[mine]
    return logits


def choose_thresholds(material: Material, logits: NDArray[np.float32], is_train: NDArray[np.bool_]) -> Cuts:
    by_words = stopped_by_words(material)
    sets = np.array([prompt.set for prompt in material.prompts])
    is_benign = (is_train | (sets == SCRAMBLED)) & np.array([prompt.is_benign for prompt in material.prompts])
    is_harmful = is_train & np.array([prompt.label == "harmful" for prompt in material.prompts])
    is_clean = is_train & np.isin(sets, CLEAN_SETS)
    budgets = [
        Budget(is_clean, CLEAN_BUDGET),
        Budget(is_benign & (sets == "words") & ~by_words, WORDS_BUDGET, WORDS_SHARE),
        *(Budget(is_benign & (sets == name), share, weight) for name, (share, weight) in BUDGETS.items()),
    ]
    harmful = {
        category: [
            mine
            for name in HARMFUL_SETS
            if (mine := is_harmful & (sets == name) & (material.labels[:, place] > 0)).any()
        ]
        for place, category in enumerate(CLASSIFIED)
    }
    tails = measure_tails(logits, material.lengths, by_words, budgets)
    doubts = tails.logits(choose(tails.standardised(logits, material.lengths), by_words, budgets, harmful))
    left = margins(logits, doubts, material.lengths)
    likely = scores(np.minimum(lower(left, is_clean, LIKELY_BUDGET), 0))
    suspect = scores(np.minimum(lower(left, is_clean, SUSPECT_BUDGET), 0))
    certain = scores(np.maximum(lower(left, is_clean, CERTAIN_BUDGET), 0))
    cuts = Cuts(
        doubts,
        {
            category: {
                "sure": 0.5,
                "likely": round(float(likely[place]), 5),
                "suspect": round(float(suspect[place]), 5),
                "certain": round(float(certain[place]), 5),
            }
            for place, category in enumerate(CLASSIFIED)
        },
    )
    is_own = np.isin(sets, [name for name in OURS if name not in BUDGETS])
    title = "cross-validated on the training split, with words"
    report(material, scores(left), cuts.likely, (is_train | is_benign) & ~is_own, title)
    return cuts


def measure_left_out(material: Material, is_train: NDArray[np.bool_]) -> None:
    """Recall on each harmful set by a model that was trained without it, at 1 % false refusals: the honest figure."""
    sets = np.array([prompt.set for prompt in material.prompts])
    is_clean = np.isin(sets, CLEAN_SETS) & ~is_train
    recalls = []
    for left_out in HARMFUL_SETS:
        # I2P holds the same prompts as its human-judged part.
        rest = is_train & (sets != left_out) & ((left_out != "i2p_human") | (sets != "i2p"))
        vocabulary = Vocabulary.of(material.windows, material.rows_of(rest), MAX_FEATURES)
        rows = vocabulary.matrix(material.windows)
        found = prompt_logits(material, rows, fit_twice(material, rows, rest))
        by_words = stopped_by_words(material)
        cut = cut_at_rate(found[is_clean], by_words[is_clean], 0.01)
        mine = (sets == left_out) & (material.labels.sum(axis=1) > 0)
        recalls.append(float(((found[mine] > cut).any(axis=1) | by_words[mine]).mean()))
        tell(f"left out {left_out:24s} {100 * recalls[-1]:5.1f} % of {int(mine.sum())}")
    tell(f"mean {100 * np.mean(recalls):.1f} %")


def write(
    material: Material,
    vocabulary: Vocabulary,
    fitted: Fitted,
    cuts: Cuts,
    ordinary: Sequence[str],
) -> None:
    about = {"categories": CLASSIFIED, "thresholds": cuts.thresholds, "lexicons": material.lexicons}
    np.savez_compressed(
        WEIGHTS,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        keys=vocabulary.keys,
        idf=vocabulary.idf.astype(np.float16),
        weights=fitted.weights.astype(np.float16),
        lexicon_weights=fitted.lexicon_weights,
        bias=fitted.bias,
        doubts=cuts.doubts,
    )
    WORDS.write_text("\n".join(ordinary) + "\n", encoding="utf-8")
    pins = {"WEIGHTS_SHA256": WEIGHTS, "WORDS_SHA256": WORDS, "MEANINGS_SHA256": MEANINGS}
    lines = [f'{name} = "{hashlib.sha256(file.read_bytes()).hexdigest()}"' for name, file in pins.items()]
    header = '"""Which files the classifier consists of. Written by `make train-safety`."""\n\n'
    WEIGHTS.with_name("pinned.py").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
