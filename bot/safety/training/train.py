"""Training from beginning to end. Everything is decided on the training split; the held-out split is only measured.

1. words.txt: the words of harmless prompts, for the reader (bot/safety/reading.py).
2. Every prompt as read, in windows. Lexicon entries count as very short prompts of their category; scenes.toml are
   descriptions of our own, each set into harmless surroundings several times.
3. A first fit on all windows; then, because one window makes a long prompt harmful and the others are harmless, a
   second one in which each harmful prompt counts by its most suspicious window.
4. Thresholds from four-fold cross-validation (thresholds.py).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.safety.classifier import LENGTHS, MEANINGS, WEIGHTS, WORDS, load_meanings
from bot.safety.lexicons import Hit, Lexicon, LexiconIndex
from bot.safety.normalise import Normaliser, View, canonical
from bot.safety.reading import Reader
from bot.safety.rules import load_lexicons
from bot.safety.sets import CLEAN_SETS, HARMFUL_SETS, TRAINED_SETS, Prompt, read_sets
from bot.safety.training.fit import Fitted, fit
from bot.safety.training.scenes import ALONE, SCENE_COPIES, SCRAMBLED, examples, scenes, scrambled
from bot.safety.training.thresholds import CERTAIN_BUDGET, SUSPECT_BUDGET, Budget, choose, lower, measure_tails
from bot.safety.training.windows import Vocabulary, Windows, windows_of
from bot.safety.wording import content_length

CLASSIFIED = ("sexual", "violence_gore", "disturbing", "hate", "illegal")
MAX_FEATURES = 90_000
FOLDS = 4
PENALTY = 2e-6
LEXICON_PENALTY = 3e-4
EXAMPLE_WEIGHT = 0.25
MIXED_WEIGHT = 0.4  # I2P tells what its pictures showed, not what its prompts meant
HARMFUL_SHARE = 0.25  # of all the weight in a category
MAX_SET_SHARE = 0.5  # of a category's harmful weight, so that one large set does not decide what the category is
STOPPING_LEXICONS = frozenset({"sexual", "nudity", "gore", "hate", "illegal", "self_harm"})  # as 90_rules.toml has them
SCENE_WEIGHT = 1.3  # of all copies of one together
HARMLESS_WEIGHT = 40.0
# How much a harmless prompt counts. Scrambled and hard ones are few; ImageReward is only loosely checked.
CLEAN_WEIGHTS = {
    "discord_benign": 8.0,
    "scenes": HARMLESS_WEIGHT / SCENE_COPIES,
    ALONE: HARMLESS_WEIGHT / SCENE_COPIES,
    "words": 0.8,
    "hard_negatives": 5.0,
    "diffusiondb_benign": 1.5,
    "imagereward": 0.8,
}
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
SCENES = ("scenes", ALONE)
MIN_WORD_PROMPTS = 3


@dataclass(frozen=True, slots=True)
class Material:
    prompts: list[Prompt]
    windows: Windows
    labels: NDArray[np.float32]  # prompt, category
    weights: NDArray[np.float32]  # prompt, category: 0 says nothing about it
    lexicons: tuple[str, ...]
    lengths: NDArray[np.int64]  # of each prompt, in words that say what is to be seen
    folds: NDArray[np.int64]  # what was made of one text is in one fold

    def rows_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return chosen[self.windows.owner]


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
        report(material, found, ~is_train, "held out, with words")


def ordinary_words(prompts: Iterable[Prompt], lexicons: Iterable[Lexicon]) -> list[str]:
    """Words of enough harmless training prompts, most frequent first, without what makes a lexicon hit."""
    hits = LexiconIndex.of(lexicons)
    counts: Counter[str] = Counter()
    for prompt in prompts:
        if prompt.is_benign and not prompt.is_held_out:
            words = set("".join(c if c.isalpha() else " " for c in canonical(prompt.text)).split())
            counts.update(word for word in words if word.isascii() and len(word) <= 18)
    return [
        word
        for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if count >= MIN_WORD_PROMPTS and not hits.is_word(word) and (len(word) > 1 or word in "ai")
    ]


def prepare(prompts: Sequence[Prompt], lexicons: Sequence[Lexicon], ordinary: Sequence[str]) -> Material:
    index = LexiconIndex.of(lexicons)
    normaliser = Normaliser(Reader(index, ordinary, load_meanings().keys()))
    names = tuple(sorted({lexicon.name for lexicon in lexicons}))
    judged = distinct(prompts)
    own = [(prompt, prompt.text) for prompt in (*judged, *examples(lexicons, ordinary))]
    made = [*own, *scenes(judged), *scrambled(judged)]
    every = [prompt for prompt, _ in made]
    folds = np.array([hashlib.sha256(source.encode()).digest()[1] % FOLDS for _, source in made])
    views: list[tuple[View, list[Hit]]] = []
    for prompt in every:
        seen = normaliser.views(prompt.text)
        words = seen[0] if seen else ()
        views.append((words, index.hits(words)))
    windows = windows_of(views, {name: at for at, name in enumerate(names)})
    lengths = np.array([content_length(words) for words, _ in views])
    return Material(every, windows, *label(every), names, lengths, folds)


def distinct(prompts: Iterable[Prompt]) -> list[Prompt]:
    """One of each text; what people judged goes before what was only measured."""
    kept: dict[str, Prompt] = {}
    for prompt in sorted(prompts, key=lambda prompt: prompt.label == "mixed"):
        text = " ".join(prompt.text.lower().split())
        if (known := kept.get(text)) is None:
            kept[text] = prompt
        elif prompt.label == known.label == "harmful":
            kept[text] = replace(known, categories=known.categories | prompt.categories)
    return list(kept.values())


def label(prompts: Sequence[Prompt]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    labels = np.zeros((len(prompts), len(CLASSIFIED)), dtype=np.float32)
    weights = np.zeros_like(labels)
    for number, prompt in enumerate(prompts):
        for place, category in enumerate(CLASSIFIED):
            if prompt.is_benign:
                weights[number, place] = CLEAN_WEIGHTS.get(prompt.set, 1.0)
            elif prompt.label == "example" and category in prompt.categories:
                labels[number, place] = 1
                weights[number, place] = SCENE_WEIGHT / SCENE_COPIES if prompt.set in SCENES else EXAMPLE_WEIGHT
            elif prompt.label == "harmful" and category in prompt.categories:
                labels[number, place], weights[number, place] = 1, 1
            elif prompt.label == "mixed":
                nudity, inappropriate = prompt.image_rates
                if category in prompt.categories:
                    rate = max(2 * nudity, inappropriate) if category == "sexual" else inappropriate
                else:
                    rate = {"sexual": 1.6 * nudity, "disturbing": inappropriate - 0.3}.get(category, 0.0)
                if rate >= 0.5:
                    labels[number, place], weights[number, place] = 1, MIXED_WEIGHT
    return labels, weights


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
    suspect = scores(np.minimum(lower(left, is_clean, SUSPECT_BUDGET), 0))
    certain = scores(np.maximum(lower(left, is_clean, CERTAIN_BUDGET), 0))
    cuts = Cuts(
        doubts,
        {
            category: {
                "sure": 0.5,
                "suspect": round(float(suspect[place]), 5),
                "certain": round(float(certain[place]), 5),
            }
            for place, category in enumerate(CLASSIFIED)
        },
    )
    is_own = np.isin(sets, [name for name in OURS if name not in BUDGETS])
    report(
        material, scores(left), (is_train | is_benign) & ~is_own, "cross-validated on the training split, with words"
    )
    return cuts


def stopped_by_words(material: Material) -> NDArray[np.bool_]:
    columns = [place for place, name in enumerate(material.lexicons) if name in STOPPING_LEXICONS]
    found = np.zeros(len(material.prompts), dtype=np.bool_)
    np.logical_or.at(found, material.windows.owner, (material.windows.lexicons[:, columns] > 0).any(axis=1))
    return found


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
        cut = _at_rate(found[is_clean], by_words[is_clean], 0.01)
        mine = (sets == left_out) & (material.labels.sum(axis=1) > 0)
        recalls.append(float(((found[mine] > cut).any(axis=1) | by_words[mine]).mean()))
        tell(f"left out {left_out:24s} {100 * recalls[-1]:5.1f} % of {int(mine.sum())}")
    tell(f"mean {100 * np.mean(recalls):.1f} %")


def _at_rate(clean: NDArray[np.float32], by_words: NDArray[np.bool_], rate: float) -> NDArray[np.float32]:
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


def report(
    material: Material,
    scores: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    title: str,
) -> None:
    flagged = np.asarray((scores >= 0.5).any(axis=1) | stopped_by_words(material), dtype=np.bool_)
    sets = np.array([prompt.set for prompt in material.prompts])
    is_benign = np.array([prompt.is_benign for prompt in material.prompts])
    tell(title)
    for name in (*CLEAN_SETS, "imagereward", "hard_negatives", ALONE, SCRAMBLED):
        if (mine := chosen & is_benign & (sets == name)).any():
            tell(f"  {name:24s} {100 * flagged[mine].mean():5.2f} % of {int(mine.sum())}")
    mine = chosen & np.isin(sets, CLEAN_SETS)
    tell(f"  {'clean sets together':24s} {100 * flagged[mine].mean():5.2f} % of {int(mine.sum())}")
    is_judged = np.array([prompt.label == "harmful" for prompt in material.prompts])
    for place, category in enumerate(CLASSIFIED):
        mine = chosen & is_judged & (material.labels[:, place] > 0)
        tell(f"  {category:24s} {100 * flagged[mine].mean():5.1f} % of {int(mine.sum())}")
        for name in HARMFUL_SETS:
            if (part := mine & (sets == name)).any():
                tell(f"    {name:22s} {100 * flagged[part].mean():5.1f} % of {int(part.sum())}")


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


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
