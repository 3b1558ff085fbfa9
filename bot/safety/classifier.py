"""The bundled classifier: how likely a text belongs to each category, without a network or a GPU.

It reads twice. First with logistic regressions over TF-IDF of words, word pairs, letter groups and groups of like
words, and over which lexicons were hit; one for each category. A text is scored in windows of twelve and of seven words
and the highest counts, because one sentence of harmless style words would otherwise hide any other. Five in six
harmless texts end there. Of the others, what stands around the most suspicious windows is read again, for what it means
(encoder.py), by a small network for each size, and the log-odds of both readings are added, those of words for less.
bot/safety/training/ made the weights; model/README.md says from what and how good they are.
"""

from __future__ import annotations

import io
import json
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.safety.encoder import Encoder, gelu, load_encoder
from bot.safety.features import KIND_LENGTHS, KIND_SHIFT, pair_features, word_features
from bot.safety.lexicons import Hit
from bot.safety.model.files import WeightsUnusable, pinned
from bot.safety.model.pinned import MEANINGS_SHA256, WEIGHTS_SHA256, WORDS_SHA256
from bot.safety.normalise import SMALL_STRIDE, SMALL_WINDOW, STRIDE, WINDOW, View
from bot.safety.spans import SIZES, Bounds, around, overlapping
from bot.safety.wording import content_length

WEIGHTS = Path(__file__).with_name("model") / "weights.npz"
WORDS = Path(__file__).with_name("model") / "words.txt"
MEANINGS = Path(__file__).with_name("model") / "meanings.npz"
MAX_LETTERS = 24  # of one word, for its letter groups
MAX_COUNTED_HITS = 3
MOST_SUSPECTS = 4  # windows of a text that are read again, unless more categories are awake
MOST_PIECES_READ = 48  # of one text in all its views, and the span that begins within: more would take too long
NOT_AT_ALL = -30.0  # log-odds
FIRST_COUNTS = 0.6  # how much the first reading's log-odds count beside the second's: by cross-validation
LENGTHS = (4, 8, 20)  # words that say what is to be seen: where the next length begins; each has its own thresholds


@dataclass(frozen=True, slots=True)
class Thresholds:
    """``sure``: above it the category counts as found. ``likely``: enough to lead the model away from it. ``suspect``:
    enough where something else is suspicious too. ``certain``: enough to accuse somebody."""

    sure: float
    likely: float
    suspect: float
    certain: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Of what runs of one size mean: a network of one hidden layer."""

    hidden_weights: NDArray[np.float32]  # number of the encoder, hidden
    hidden_bias: NDArray[np.float32]
    weights: NDArray[np.float32]  # hidden, category
    bias: NDArray[np.float32]

    def __call__(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """``numbers``: run, number of the encoder. Returns log-odds: run, category."""
        hidden = gelu(numbers @ self.hidden_weights + self.hidden_bias)
        return np.asarray(hidden @ self.weights + self.bias, dtype=np.float32)


@dataclass(slots=True)
class Classifier:
    categories: tuple[str, ...]
    thresholds: Mapping[str, Thresholds]
    version: str
    lexicons: Mapping[str, int]
    _places: Mapping[int, int]
    _kinds: NDArray[np.int64]
    _meanings: Mapping[int, int]
    _idf: NDArray[np.float32]
    _weights: NDArray[np.float32]  # feature, category
    _lexicon_weights: NDArray[np.float32]  # lexicon, category
    _bias: NDArray[np.float32]
    _doubts: NDArray[np.float32]  # length, category: log-odds at which a text of that length is one of it
    _wake: NDArray[np.float32]  # category: log-odds of the first reading that a second one is worth
    _encoder: Encoder
    _readers: tuple[Reader, ...]  # one for each of SIZES
    _cache: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def scores(self, views: Iterable[tuple[View, Sequence[Hit]]]) -> dict[str, float]:
        """How sure each category is, 0 to 1, by its highest window of all views; from 0.5 on it counts as found."""
        best = np.full(len(self.categories), NOT_AT_ALL, dtype=np.float32)
        suspicious: list[tuple[NDArray[np.float32], list[list[View]]]] = []
        for words, hits in views:
            if words:
                bounds = window_bounds(len(words))
                windows = self._windows(words, hits, bounds)
                if again := suspects(windows, bounds, self._wake):
                    runs = around(words, [bounds[at] for at in again])
                    doubts = self._doubts[bisect_right(LENGTHS, content_length(words))]
                    suspicious.append((FIRST_COUNTS * windows.max(axis=0) - doubts, runs))
        meanings = self._read_again([runs for _, runs in suspicious])
        for (margin, _), meaning in zip(suspicious, meanings, strict=True):
            np.maximum(best, margin + meaning, out=best)
        return dict(zip(self.categories, (1 / (1 + np.exp(-best))).tolist(), strict=True))

    def _read_again(self, views: Sequence[Sequence[Sequence[View]]]) -> list[NDArray[np.float32]]:
        """Log-odds by the second reading, of each view: the mean of what its runs of each size mean, of those the
        highest. ``views``: by size, the most suspicious first. What is too much to read counts like what was read."""
        places: dict[View, int] = {}
        pieces: list[list[int]] = []
        left = MOST_PIECES_READ
        for run in chain.from_iterable(zip_longest(*(every for view in views for every in view))):
            if run and run not in places and left > 0:
                places[run] = len(pieces)
                pieces.append(self._encoder.ids(run))
                left -= len(pieces[-1])
        if not pieces:
            return []
        numbers = self._encoder.embed(pieces)
        read = [reader(numbers) for reader in self._readers]
        found = []
        for view in views:
            of_size = [[places[run] for run in every if run in places] or list(range(len(pieces))) for every in view]
            highest = [every[mine].max(axis=0) for every, mine in zip(read, of_size, strict=True)]
            found.append(np.asarray(np.mean(highest, axis=0), dtype=np.float32))
        return found

    def _windows(self, words: View, hits: Sequence[Hit], bounds: Sequence[Bounds]) -> NDArray[np.float32]:
        """Log-odds by the first reading: window, category. All at once: a long text has hundreds."""
        scores = self._bias + lexicon_counts(hits, bounds, self.lexicons) @ self._lexicon_weights
        of_words = [self._places_of(word) for word in words]
        pairs = [self._places.get(feature, -1) for feature in pair_features(words)]
        of_pairs = [np.array([place] if place >= 0 else [], dtype=np.int64) for place in pairs]
        # Windows of the same words, as of one symbol a thousand times, are worked out once.
        distinct: dict[View, int] = {}
        same = np.array([distinct.setdefault(words[start:end], len(distinct)) for start, end in bounds])
        first = np.unique(same, return_index=True)[1]
        pieces = [
            np.concatenate([*of_words[start:end], *of_pairs[start : end - 1]])
            for start, end in (bounds[number] for number in first.tolist())
        ]
        window = np.repeat(np.arange(len(pieces)), [piece.size for piece in pieces])
        if not window.size:
            return np.asarray(scores, dtype=np.float32)
        features = len(self._idf)
        found, counts = np.unique(window * features + np.concatenate(pieces), return_counts=True)
        window, place = np.divmod(found, features)
        values = (1 + np.log(counts.astype(np.float32))) * self._idf[place]
        kind = window * len(KIND_LENGTHS) + self._kinds[place]
        squares = np.bincount(kind, values * values, len(pieces) * len(KIND_LENGTHS))
        scale = np.tile(KIND_LENGTHS, len(pieces)) / np.sqrt(np.maximum(squares, 1e-12))
        weighed = (values * scale[kind].astype(np.float32))[:, None] * self._weights[place]
        starts = np.searchsorted(window, np.arange(len(pieces)))
        sums = np.add.reduceat(np.vstack([weighed, np.zeros_like(weighed[:1])]), starts, axis=0)
        sums[np.bincount(window, minlength=len(pieces)) == 0] = 0
        return np.asarray(scores + sums[same], dtype=np.float32)

    def _places_of(self, word: str) -> NDArray[np.int64]:
        known = self._cache.get(word)
        if known is None:
            places = (self._places.get(feature, -1) for feature in word_features(word[:MAX_LETTERS], self._meanings))
            known = np.array([place for place in places if place >= 0], dtype=np.int64)
            if len(self._cache) < 50_000:
                self._cache[word] = known
        return known


def suspects(windows: NDArray[np.float32], bounds: Sequence[Bounds], wake: NDArray[np.float32]) -> list[int]:
    """Which windows are read again; none if no category is awake. Of each category that one of them wakes the highest,
    the most suspicious category first; then others that are awake, away from those, so that a decoy hides nothing."""
    best = windows.max(axis=0)
    awake = [place for place in np.argsort(wake - best, kind="stable").tolist() if best[place] >= wake[place]]
    found = [int(windows[:, place].argmax()) for place in awake]
    if not found:
        return []
    margins = (windows - wake).max(axis=1)
    for number in np.argsort(-margins, kind="stable").tolist():
        if margins[number] < 0 or len(found) >= MOST_SUSPECTS:
            break
        start, end = bounds[number]
        if all(end <= bounds[other][0] or start >= bounds[other][1] for other in found):
            found.append(number)
    return found


def window_bounds(count: int) -> list[Bounds]:
    """All of a short text; a long one in overlapping pieces, of two sizes: a few words among many are found by the
    small ones, a scene that takes a sentence by the large ones."""
    if count <= WINDOW:
        return [(0, count)] if count else []
    return [*overlapping(count, WINDOW, STRIDE), *overlapping(count, SMALL_WINDOW, SMALL_STRIDE)]


def lexicon_counts(
    hits: Sequence[Hit], bounds: Sequence[tuple[int, int]], places: Mapping[str, int]
) -> NDArray[np.float32]:
    """How often each lexicon is hit in each window, MAX_COUNTED_HITS at most: window, lexicon."""
    counts = np.zeros((len(bounds), len(places)), dtype=np.float32)
    known = [hit for hit in hits if hit.lexicon in places]
    if known and bounds:
        of_hits = np.array([(hit.start, hit.end, places[hit.lexicon]) for hit in known])
        of_windows = np.array(bounds)
        is_inside = (of_hits[:, 0] >= of_windows[:, :1]) & (of_hits[:, 1] <= of_windows[:, 1:])
        window, hit = np.nonzero(is_inside)
        np.add.at(counts, (window, of_hits[hit, 2]), 1)
    return np.minimum(counts, MAX_COUNTED_HITS)


_READER = ("hidden_weights", "hidden_bias", "meaning_weights", "meaning_bias")  # of each size
_NUMBERS = ("idf", "weights", "lexicon_weights", "bias", "doubts", "wake", *_READER)


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """Raises WeightsUnusable: a gate without its classifier would let through most of what it should stop."""
    data = pinned(WEIGHTS, WEIGHTS_SHA256)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            keys = arrays["keys"]
            numbers = {name: arrays[name].astype(np.float32) for name in _NUMBERS}
    except (ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise WeightsUnusable(f"{WEIGHTS}: {error}; install Lienzo again") from None
    if not all(np.isfinite(array).all() for array in numbers.values()) or not all(
        numbers[name].any() for name in ("weights", "meaning_weights")
    ):
        raise WeightsUnusable(f"{WEIGHTS}: its numbers are none; install Lienzo again")
    return Classifier(
        tuple(about["categories"]),
        {category: Thresholds(**values) for category, values in about["thresholds"].items()},
        WEIGHTS_SHA256[:12],
        {name: place for place, name in enumerate(about["lexicons"])},
        dict(zip(keys.tolist(), range(len(keys)), strict=True)),
        (keys >> np.uint64(KIND_SHIFT)).astype(np.int64),
        load_meanings(),
        numbers["idf"],
        numbers["weights"],
        numbers["lexicon_weights"],
        numbers["bias"],
        numbers["doubts"],
        numbers["wake"],
        load_encoder(),
        tuple(Reader(*(numbers[name][size] for name in _READER)) for size in range(len(SIZES))),
    )


@lru_cache(maxsize=1)
def load_meanings() -> Mapping[int, int]:
    """Hash of a word -> number of its group of like words. Raises WeightsUnusable."""
    data = pinned(MEANINGS, MEANINGS_SHA256)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return dict(zip(arrays["words"].tolist(), arrays["groups"].tolist(), strict=True))
    except (ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise WeightsUnusable(f"{MEANINGS}: {error}; install Lienzo again") from None


@lru_cache(maxsize=1)
def load_ordinary_words() -> tuple[str, ...]:
    """The words of harmless prompts, most frequent first. Raises WeightsUnusable."""
    return tuple(pinned(WORDS, WORDS_SHA256).decode("utf-8").split())
