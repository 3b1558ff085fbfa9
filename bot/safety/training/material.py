"""What the classifier is trained on: every prompt as read, in windows, with its labels and how much it counts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.safety.classifier import load_meanings
from bot.safety.lexicons import Hit, Lexicon, LexiconIndex
from bot.safety.normalise import Normaliser, View, canonical
from bot.safety.reading import Reader
from bot.safety.sets import Prompt
from bot.safety.training.scenes import ALONE, SCENE_COPIES, examples, scenes, scrambled
from bot.safety.training.windows import Windows, windows_of
from bot.safety.wording import content_length

CLASSIFIED = ("sexual", "violence_gore", "disturbing", "hate", "illegal")
FOLDS = 4
EXAMPLE_WEIGHT = 0.25
MIXED_WEIGHT = 0.4  # I2P tells what its pictures showed, not what its prompts meant
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
SCENES = ("scenes", ALONE)
MIN_WORD_PROMPTS = 3


@dataclass(frozen=True, slots=True)
class Material:
    prompts: list[Prompt]
    views: list[View]
    windows: Windows
    labels: NDArray[np.float32]  # prompt, category
    weights: NDArray[np.float32]  # prompt, category: 0 says nothing about it
    lexicons: tuple[str, ...]
    lengths: NDArray[np.int64]  # of each prompt, in words that say what is to be seen
    folds: NDArray[np.int64]  # what was made of one text is in one fold

    def rows_of(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return chosen[self.windows.owner]


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
    return Material(every, [words for words, _ in views], windows, *label(every), names, lengths, folds)


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


def stopped_by_words(material: Material) -> NDArray[np.bool_]:
    columns = [place for place, name in enumerate(material.lexicons) if name in STOPPING_LEXICONS]
    found = np.zeros(len(material.prompts), dtype=np.bool_)
    np.logical_or.at(found, material.windows.owner, (material.windows.lexicons[:, columns] > 0).any(axis=1))
    return found
