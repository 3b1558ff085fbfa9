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

from bot.safety.classifier import MEANINGS, WEIGHTS, WORDS, load_meanings
from bot.safety.lexicons import Hit, Lexicon, LexiconIndex
from bot.safety.normalise import Normaliser, View, canonical
from bot.safety.reading import Reader
from bot.safety.rules import load_lexicons
from bot.safety.sets import CLEAN_SETS, HARMFUL_SETS, TRAINED_SETS, Prompt, read_sets
from bot.safety.training.fit import Fitted, fit
from bot.safety.training.scenes import SCENE_COPIES, examples, scenes
from bot.safety.training.thresholds import choose, suspicious
from bot.safety.training.windows import Vocabulary, Windows, windows_of

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
    "words": 0.8,
    "hard_negatives": 5.0,
    "diffusiondb_benign": 1.5,
    "imagereward": 0.8,
}
OURS = ("lexicons", "words", "scenes")  # never held out
MIN_WORD_PROMPTS = 3


@dataclass(frozen=True, slots=True)
class Material:
    prompts: list[Prompt]
    windows: Windows
    labels: NDArray[np.float32]  # prompt, category
    weights: NDArray[np.float32]  # prompt, category: 0 says nothing about it
    lexicons: tuple[str, ...]

    def rows_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return chosen[self.windows.owner]


def train(folder: Path, *, measures_left_out: bool, measures_held_out: bool) -> None:
    lexicons = load_lexicons()
    prompts = [prompt for prompt in read_sets(sorted(folder.glob("*.jsonl"))) if prompt.set in TRAINED_SETS]
    ordinary = ordinary_words(prompts, lexicons)
    material = prepare(prompts, lexicons, ordinary)
    is_train = np.array([prompt.set in OURS or not prompt.is_held_out for prompt in material.prompts])
    tell(f"{len(material.prompts)} prompts in {len(material.windows.owner)} windows")
    if measures_left_out:
        measure_left_out(material, is_train)
        return
    vocabulary = Vocabulary.of(material.windows, material.rows_of(is_train), MAX_FEATURES)
    rows = vocabulary.matrix(material.windows)
    thresholds = choose_thresholds(material, rows, is_train)
    fitted = fit_twice(material, rows, is_train)
    tell(f"{len(vocabulary.keys)} features; thresholds {thresholds}")
    write(material, vocabulary, fitted, thresholds, ordinary)
    if measures_held_out:
        report(material, prompt_scores(material, rows, fitted), thresholds, ~is_train, "held out, with words")


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
    every = [*judged, *examples(lexicons, ordinary), *scenes(judged)]
    views: list[tuple[View, list[Hit]]] = []
    for prompt in every:
        seen = normaliser.views(prompt.text)
        words = seen[0] if seen else ()
        views.append((words, index.hits(words)))
    labels, weights = label(every)
    return Material(every, windows_of(views, {name: at for at, name in enumerate(names)}), labels, weights, names)


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
                weights[number, place] = SCENE_WEIGHT / SCENE_COPIES if prompt.set == "scenes" else EXAMPLE_WEIGHT
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


def prompt_scores(material: Material, rows: csr_matrix, fitted: Fitted) -> NDArray[np.float32]:
    logits = fitted.logits(rows, material.windows.lexicons)
    best = np.full((len(material.prompts), logits.shape[1]), -30, dtype=np.float32)
    np.maximum.at(best, material.windows.owner, logits)
    return np.asarray(1 / (1 + np.exp(-best)), dtype=np.float32)


def choose_thresholds(material: Material, rows: csr_matrix, is_train: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """On scores of models that have not seen the prompt they score."""
    scores = np.zeros((len(material.prompts), len(CLASSIFIED)), dtype=np.float32)
    fold = np.array([hashlib.sha256(prompt.text.encode()).digest()[1] % FOLDS for prompt in material.prompts])
    is_example = np.array([prompt.set in OURS for prompt in material.prompts])
    for number in range(FOLDS):
        fitted = fit_twice(material, rows, is_train & ((fold != number) | is_example))
        mine = fold == number
        scores[mine] = prompt_scores(material, rows, fitted)[mine]
    by_words = stopped_by_words(material)
    sets = np.array([prompt.set for prompt in material.prompts])
    is_harmful = np.array([prompt.label == "harmful" for prompt in material.prompts]) & is_train
    cuts = choose(
        scores,
        by_words,
        [is_train & (sets == name) for name in CLEAN_SETS],
        is_train & (sets == "hard_negatives"),
        {
            category: [
                mine
                for name in HARMFUL_SETS
                if (mine := is_harmful & (sets == name) & (material.labels[:, place] > 0)).any()
            ]
            for place, category in enumerate(CLASSIFIED)
        },
    )
    suspect = np.minimum(suspicious(scores, is_train & np.isin(sets, CLEAN_SETS)), cuts)
    thresholds = {
        category: {"sure": round(float(cuts[place]), 5), "suspect": round(float(suspect[place]), 5)}
        for place, category in enumerate(CLASSIFIED)
    }
    report(material, scores, thresholds, is_train & ~is_example, "cross-validated on the training split, with words")
    return thresholds


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
        scores = prompt_scores(material, rows, fit_twice(material, rows, rest))
        by_words = stopped_by_words(material)
        cut = _at_rate(scores[is_clean], by_words[is_clean], 0.01)
        mine = (sets == left_out) & (material.labels.sum(axis=1) > 0)
        recalls.append(float(((scores[mine] > cut).any(axis=1) | by_words[mine]).mean()))
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
    thresholds: dict[str, dict[str, float]],
    chosen: NDArray[np.bool_],
    title: str,
) -> None:
    cuts = np.array([thresholds[category]["sure"] for category in CLASSIFIED], dtype=np.float32)
    flagged = np.asarray((scores >= cuts).any(axis=1) | stopped_by_words(material), dtype=np.bool_)
    sets = np.array([prompt.set for prompt in material.prompts])
    tell(title)
    for name in (*CLEAN_SETS, "imagereward", "hard_negatives"):
        mine = chosen & (sets == name)
        tell(f"  {name:24s} {100 * flagged[mine].mean():5.2f} % of {int(mine.sum())}")
    mine = chosen & np.isin(sets, CLEAN_SETS)
    tell(f"  {'clean sets together':24s} {100 * flagged[mine].mean():5.2f} % of {int(mine.sum())}")
    is_judged = np.array([prompt.label == "harmful" for prompt in material.prompts])
    for place, category in enumerate(CLASSIFIED):
        mine = chosen & is_judged & (material.labels[:, place] > 0)
        tell(f"  {category:24s} {100 * flagged[mine].mean():5.1f} % of {int(mine.sum())}")


def write(
    material: Material,
    vocabulary: Vocabulary,
    fitted: Fitted,
    thresholds: dict[str, dict[str, float]],
    ordinary: Sequence[str],
) -> None:
    about = {"categories": CLASSIFIED, "thresholds": thresholds, "lexicons": material.lexicons}
    np.savez_compressed(
        WEIGHTS,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        keys=vocabulary.keys,
        idf=vocabulary.idf.astype(np.float16),
        weights=fitted.weights.astype(np.float16),
        lexicon_weights=fitted.lexicon_weights,
        bias=fitted.bias,
    )
    WORDS.write_text("\n".join(ordinary) + "\n", encoding="utf-8")
    pins = {"WEIGHTS_SHA256": WEIGHTS, "WORDS_SHA256": WORDS, "MEANINGS_SHA256": MEANINGS}
    lines = [f'{name} = "{hashlib.sha256(file.read_bytes()).hexdigest()}"' for name, file in pins.items()]
    header = '"""Which files the classifier consists of. Written by `make train-safety`."""\n\n'
    WEIGHTS.with_name("pinned.py").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
