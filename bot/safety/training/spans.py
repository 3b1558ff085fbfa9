"""The second reading, in training: every run of every prompt, as an encoder reads it, and what the classifier reads."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from bot.safety.classifier import FIRST_COUNTS, NOT_AT_ALL, suspects
from bot.safety.encoder import Encoder, load_published_encoder
from bot.safety.normalise import View
from bot.safety.spans import SIZES, Bounds, nearest, runs, undecorated
from bot.safety.training.windows import Windows

BATCH = 64

Numbers = NDArray[np.float32]
Text = tuple[int, ...]

_encoder: Encoder  # of a process that reads


@dataclass(frozen=True, slots=True)
class Spans:
    """Runs of one size, of all prompts one after another. ``first``: of each prompt's, the number of the first.
    ``texts``: as the encoder's ``ids`` gives them. ``numbers``: by the encoder as published."""

    owner: NDArray[np.int64]
    bounds: list[Bounds]
    first: NDArray[np.int64]
    texts: list[Text]
    numbers: Numbers  # span, encoder's width


def spans_of(views: Sequence[View]) -> list[Spans]:
    """For each size. ``views``: one of each prompt."""
    encoder = load_published_encoder()
    places = [undecorated(words) for words in views]
    found = []
    for size in range(len(SIZES)):
        of_prompts = [runs(len(mine))[size] for mine in places]
        texts = [
            tuple(encoder.ids([words[at] for at in mine[start:end]]))
            for words, mine, every in zip(views, places, of_prompts, strict=True)
            for start, end in every
        ]
        counts = [len(every) for every in of_prompts]
        owner = np.repeat(np.arange(len(views)), counts)
        found.append(Spans(owner, list(chain(*of_prompts)), np.cumsum([0, *counts]), texts, read(texts, encoder)))
    return found


def read(texts: Sequence[Text], encoder: Encoder) -> Numbers:
    """The same text once, and those of one length together; by as many processes as there are cores."""
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    batches = []
    for _, same in groupby(distinct, key=len):
        together = list(same)
        batches += [together[at : at + BATCH] for at in range(0, len(together), BATCH)]
    with ProcessPoolExecutor(initializer=_read_with, initargs=(encoder,)) as pool:
        numbers = np.concatenate(list(pool.map(_embed, batches, chunksize=8)))
    places = {text: number for number, text in enumerate(distinct)}
    return np.asarray(numbers[[places[text] for text in texts]])


def _read_with(encoder: Encoder) -> None:
    global _encoder
    _encoder = encoder


def _embed(texts: list[Text]) -> Numbers:
    return _encoder.embed(texts)


@dataclass(frozen=True, slots=True)
class TwiceRead:
    """Log-odds of each prompt and category. The classifier reads only what is awake a second time; how high the others
    would come tells what is high."""

    logits: Numbers
    is_awake: NDArray[np.bool_]

    @classmethod
    def of(
        cls, views: Sequence[View], windows: Windows, spans: Sequence[Spans], logits: Sequence[Numbers], wake: Numbers
    ) -> TwiceRead:
        """``logits``: of each window, then of the spans of each size."""
        by_words, *by_meaning = logits
        found = np.full((len(views), by_words.shape[1]), NOT_AT_ALL, dtype=np.float32)
        is_awake = np.zeros(len(views), dtype=np.bool_)
        starts = np.searchsorted(windows.owner, np.arange(len(views) + 1))
        for prompt, words in enumerate(views):
            mine = by_words[starts[prompt] : starts[prompt + 1]]
            if len(mine):
                best = mine.max(axis=0)
                bounds = windows.bounds[starts[prompt] : starts[prompt + 1]]
                suspicious = suspects(mine, bounds, wake)
                is_awake[prompt] = bool(suspicious)
                highest = suspicious or [int(mine[:, np.argmin(wake - best)].argmax())]
                places = undecorated(words)
                meanings = []
                for size, read in zip(spans, by_meaning, strict=True):
                    begin, end = size.first[prompt : prompt + 2]
                    every = size.bounds[begin:end]
                    chosen = [begin + nearest(every, places, bounds[at]) for at in highest]
                    meanings.append(read[chosen].max(axis=0))
                found[prompt] = FIRST_COUNTS * best + np.mean(meanings, axis=0)
        return cls(found, is_awake)

    @property
    def read(self) -> Numbers:
        """As the classifier has them."""
        return np.where(self.is_awake[:, None], self.logits, np.float32(NOT_AT_ALL))
