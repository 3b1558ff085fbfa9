"""Training from beginning to end. Everything is decided on the training split; the held-out split is only measured.

1. words.txt: the words of harmless prompts, for the reader (bot/safety/reading.py).
2. Every prompt as read, in windows (material.py). Lexicon entries count as very short prompts of their category;
   scenes.toml are descriptions of our own, each set into harmless surroundings several times.
3. Models for both readings (readers.py): of windows by their words, of spans by what the encoder makes of them, which
   is tuned for it (tuning.py); this takes most of the time, and goes on where it was stopped.
4. Thresholds from four-fold cross-validation (thresholds.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from bot.safety.classifier import LENGTHS, WEIGHTS, WORDS
from bot.safety.encoder import TUNED
from bot.safety.rules import load_lexicons
from bot.safety.sets import CLEAN_SETS, HARMFUL_SETS, TRAINED_SETS, read_sets
from bot.safety.training.material import CLASSIFIED, FOLDS, Material, ordinary_words, prepare, stopped_by_words
from bot.safety.training.measuring import cut_at_rate, report, tell
from bot.safety.training.pinning import pin
from bot.safety.training.readers import Readers, Readings, best_of, course
from bot.safety.training.scenes import ALONE, SCRAMBLED
from bot.safety.training.spans import Spans, TwiceRead, spans_of
from bot.safety.training.thresholds import (
    CERTAIN_BUDGET,
    LIKELY_BUDGET,
    SUSPECT_BUDGET,
    Budget,
    choose,
    lower,
    measure_tails,
)
from bot.safety.training.tuning import tune_each
from bot.safety.training.windows import Vocabulary

MAX_FEATURES = 90_000
TUNED_BEFORE = Path("build/tuned")
AWAKE_SHARE = 0.05  # of the clean prompts, in each category, that the first reading passes on to the second
OURS = ("lexicons", "words", "scenes", ALONE, SCRAMBLED)  # never held out; what is scrambled only measures
# Of each set of harmless texts this share may be refused; and how much each of them counts where the thresholds of the
# lengths are reckoned.
BUDGETS = {
    "coco_10k": (0.0131, 1.0),
    "diffusiondb_benign": (0.0131, 2.0),
    "partiprompts": (0.0131, 2.0),
    "discord_benign": (0.0044, 4.0),
    "hard_negatives": (0.03, 3.0),
    "imagereward": (0.03, 0.5),
    SCRAMBLED: (0.0131, 0.5),
    ALONE: (0.012, 2.0),
}
CLEAN_BUDGET = 0.0043  # of the clean sets together
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
    spans = spans_of(material.views)
    if measures_left_out:
        measure_left_out(material, spans, is_train)
        return
    vocabulary = Vocabulary.of(material.windows, material.rows_of(is_train), MAX_FEATURES)
    readings = Readings(material, vocabulary.matrix(material.windows), spans)
    chosen = [is_train & (material.folds != fold) for fold in range(FOLDS)]
    *of_folds, readers = fit_each(readings, [*chosen, is_train])
    unseen = cross_validated(readings, of_folds)
    wake = wake_at(material, unseen[0], is_train & is_clean(material))
    cuts = choose_thresholds(material, twice_read(readings, unseen, wake), is_train)
    tell(f"{len(vocabulary.keys)} features; {cuts}")
    write(material, vocabulary, readers, wake, cuts, ordinary)
    if measures_held_out:
        found = cuts.scores(material, twice_read(readings, readings.logits(readers, ~is_train), wake).read)
        report(material, found, cuts.likely, ~is_train, "held out, with words")


def is_clean(material: Material) -> NDArray[np.bool_]:
    return np.isin([prompt.set for prompt in material.prompts], CLEAN_SETS)


def twice_read(readings: Readings, logits: Sequence[NDArray[np.float32]], wake: NDArray[np.float32]) -> TwiceRead:
    return TwiceRead.of(readings.material.views, readings.material.windows, readings.spans, logits, wake)


def wake_at(material: Material, first: NDArray[np.float32], clean: NDArray[np.bool_]) -> NDArray[np.float32]:
    """What only AWAKE_SHARE of the clean prompts reach. ``first``: of each window, by the first reading."""
    return lower(best_of(first, material.windows.owner, len(material.prompts)), clean, AWAKE_SHARE)


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


def fit_each(readings: Readings, choices: Sequence[NDArray[np.bool_]]) -> list[Readers]:
    """``choices``: of prompts, to learn from."""
    tuned = tune_each([course(readings.material, readings.spans, chosen) for chosen in choices], TUNED_BEFORE)
    return [readings.fit(chosen, one) for chosen, one in zip(choices, tuned, strict=True)]


def cross_validated(readings: Readings, of_folds: Sequence[Readers]) -> list[NDArray[np.float32]]:
    """Logits by models that have not seen the prompt they read, nor what else was made of the same text. ``of_folds``:
    fitted without each fold."""
    folds = readings.material.folds
    found = [np.zeros((len(owner), len(CLASSIFIED)), dtype=np.float32) for owner in readings.owners]
    for number, readers in enumerate(of_folds):
        logits = readings.logits(readers, folds == number)
        for every, some, owner in zip(found, logits, readings.owners, strict=True):
            mine = folds[owner] == number
            every[mine] = some[mine]
    return found


def choose_thresholds(material: Material, found: TwiceRead, is_train: NDArray[np.bool_]) -> Cuts:
    by_words = stopped_by_words(material)
    sets = np.array([prompt.set for prompt in material.prompts])
    is_benign = (is_train | (sets == SCRAMBLED)) & np.array([prompt.is_benign for prompt in material.prompts])
    is_harmful = is_train & np.array([prompt.label == "harmful" for prompt in material.prompts])
    clean = is_train & is_clean(material)
    budgets = [
        Budget(clean, CLEAN_BUDGET),
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
    tails = measure_tails(found.logits, material.lengths, by_words, budgets)
    doubts = tails.logits(choose(tails.standardised(found.read, material.lengths), by_words, budgets, harmful))
    left = margins(found.read, doubts, material.lengths)
    likely = scores(np.minimum(lower(left, clean, LIKELY_BUDGET), 0))
    suspect = scores(np.minimum(lower(left, clean, SUSPECT_BUDGET), 0))
    certain = scores(np.maximum(lower(left, clean, CERTAIN_BUDGET), 0))
    cuts = Cuts(
        doubts,
        {
            category: {
                "sure": 0.5,
                "likely": float(f"{likely[place]:.5g}"),
                "suspect": float(f"{suspect[place]:.5g}"),
                "certain": float(f"{certain[place]:.5g}"),
            }
            for place, category in enumerate(CLASSIFIED)
        },
    )
    is_own = np.isin(sets, [name for name in OURS if name not in BUDGETS])
    title = "cross-validated on the training split, with words"
    report(material, scores(left), cuts.likely, (is_train | is_benign) & ~is_own, title)
    return cuts


def measure_left_out(material: Material, spans: Sequence[Spans], is_train: NDArray[np.bool_]) -> None:
    """Recall on each harmful set by a model that was trained without it, at 1 % false refusals: the honest figure."""
    sets = np.array([prompt.set for prompt in material.prompts])
    clean = is_clean(material) & ~is_train
    by_words = stopped_by_words(material)
    recalls = []
    # I2P holds the same prompts as its human-judged part.
    rests = [is_train & (sets != left_out) & ((left_out != "i2p_human") | (sets != "i2p")) for left_out in HARMFUL_SETS]
    every = tune_each([course(material, spans, rest) for rest in rests], TUNED_BEFORE)
    for left_out, rest, tuned in zip(HARMFUL_SETS, rests, every, strict=True):
        vocabulary = Vocabulary.of(material.windows, material.rows_of(rest), MAX_FEATURES)
        readings = Readings(material, vocabulary.matrix(material.windows), spans)
        logits = readings.logits(readings.fit(rest, tuned), clean | (sets == left_out))
        found = twice_read(readings, logits, wake_at(material, logits[0], clean)).read
        cut = cut_at_rate(found[clean], by_words[clean], 0.01)
        mine = (sets == left_out) & (material.labels.sum(axis=1) > 0)
        recalls.append(float(((found[mine] > cut).any(axis=1) | by_words[mine]).mean()))
        tell(f"left out {left_out:24s} {100 * recalls[-1]:5.1f} % of {int(mine.sum())}")
    tell(f"mean {100 * np.mean(recalls):.1f} %")


def write(
    material: Material,
    vocabulary: Vocabulary,
    readers: Readers,
    wake: NDArray[np.float32],
    cuts: Cuts,
    ordinary: Sequence[str],
) -> None:
    first = readers.windows
    about = {"categories": CLASSIFIED, "thresholds": cuts.thresholds, "lexicons": material.lexicons}
    np.savez_compressed(
        WEIGHTS,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        keys=vocabulary.keys,
        idf=vocabulary.idf.astype(np.float16),
        weights=first.weights.astype(np.float16),
        lexicon_weights=first.lexicon_weights,
        bias=first.bias,
        doubts=cuts.doubts,
        wake=wake,
        hidden_weights=np.array([reader.hidden_weights for reader in readers.tuned.readers], dtype=np.float16),
        hidden_bias=np.array([reader.hidden_bias for reader in readers.tuned.readers], dtype=np.float16),
        meaning_weights=np.array([reader.weights for reader in readers.tuned.readers], dtype=np.float16),
        meaning_bias=np.array([reader.bias for reader in readers.tuned.readers], dtype=np.float16),
    )
    TUNED.write_bytes(save(readers.tuned.layers))
    WORDS.write_text("\n".join(ordinary) + "\n", encoding="utf-8")
    pin()
