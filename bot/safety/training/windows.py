"""Prompts as rows of numbers: one row for each window of each prompt, exactly as the classifier sees it later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.safety.classifier import MAX_LETTERS, lexicon_counts, load_meanings, window_bounds
from bot.safety.features import KIND_LENGTHS, KIND_SHIFT, pair_features, word_features
from bot.safety.lexicons import Hit
from bot.safety.normalise import View
from bot.safety.spans import Bounds

MIN_PROMPTS = 3  # a feature of fewer prompts is dropped: it would be learned by heart, and could leak


@dataclass(frozen=True, slots=True)
class Windows:
    """``owner``: which prompt a row is of."""

    owner: NDArray[np.int64]
    bounds: list[Bounds]
    features: list[Counter[int]]
    lexicons: NDArray[np.float32]


def windows_of(views: Sequence[tuple[View, Sequence[Hit]]], places: Mapping[str, int]) -> Windows:
    """``views``: one of each prompt, with what the lexicons find in it."""
    owner: list[int] = []
    every: list[Bounds] = []
    features: list[Counter[int]] = []
    lexicons: list[NDArray[np.float32]] = []
    known: dict[str, list[int]] = {}
    meanings = load_meanings()
    for number, (words, hits) in enumerate(views):
        for word in words:
            if word not in known:
                known[word] = word_features(word[:MAX_LETTERS], meanings)
        of_words = [known[word] for word in words]
        pairs = pair_features(words)
        bounds = window_bounds(len(words))
        lexicons.extend(lexicon_counts(hits, bounds, places))
        for start, end in bounds:
            counts = Counter(feature for word in of_words[start:end] for feature in word)
            counts.update(pairs[start : end - 1])
            owner.append(number)
            every.append((start, end))
            features.append(counts)
    return Windows(np.array(owner), every, features, np.array(lexicons, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]

    @classmethod
    def of(cls, windows: Windows, rows: NDArray[np.bool_], most: int) -> Vocabulary:
        """The ``most`` frequent features that occur in enough prompts of the given rows."""
        prompts: Counter[int] = Counter()
        frequency: Counter[int] = Counter()
        seen_of: dict[int, set[int]] = {}
        for row in np.flatnonzero(rows).tolist():
            frequency.update(windows.features[row].keys())
            seen_of.setdefault(int(windows.owner[row]), set()).update(windows.features[row].keys())
        for seen in seen_of.values():
            prompts.update(seen)
        kept = sorted(
            (key for key, count in prompts.items() if count >= MIN_PROMPTS), key=lambda key: (-prompts[key], key)
        )
        keys = np.array(sorted(kept[:most]), dtype=np.uint64)
        total = int(rows.sum())
        # Rounded as they are stored, so that what is measured is what is shipped.
        idf = np.array([np.log((1 + total) / (1 + frequency[key])) + 1 for key in keys.tolist()])
        return cls(keys, idf.astype(np.float16).astype(np.float32))

    def matrix(self, windows: Windows) -> csr_matrix:
        places = {key: place for place, key in enumerate(self.keys.tolist())}
        indices: list[int] = []
        values: list[float] = []
        starts = [0]
        for counts in windows.features:
            for feature, count in counts.items():
                if (place := places.get(feature)) is not None:
                    indices.append(place)
                    values.append(count)
            starts.append(len(indices))
        column = np.array(indices, dtype=np.int32)
        value = (1 + np.log(np.array(values, dtype=np.float32))) * self.idf[column]
        rows = csr_matrix((value, column, np.array(starts, dtype=np.int64)), shape=(len(starts) - 1, len(self.keys)))
        kinds = (self.keys >> np.uint64(KIND_SHIFT)).astype(np.int64)[column]
        of_row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)) * len(KIND_LENGTHS) + kinds
        squares = np.bincount(of_row, rows.data.astype(np.float64) ** 2, rows.shape[0] * len(KIND_LENGTHS))
        rows.data *= (np.array(KIND_LENGTHS)[kinds] / np.sqrt(squares[of_row])).astype(np.float32)
        return rows
