"""All that the classifier reads with, as it is fitted: regressions on windows, and for the spans of each size a network
on what an encoder gives that is trained with them.

Each is fitted twice: first on all of a prompt's windows or spans; then, because one makes a long prompt harmful and the
others are harmless, once more with each harmful prompt counting by its most suspicious one. Of spans the first time is
by a network alone, on the encoder as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.safety.classifier import NOT_AT_ALL
from bot.safety.encoder import load_published_encoder
from bot.safety.training.fit import Fitted, fit
from bot.safety.training.material import CLASSIFIED, Material
from bot.safety.training.network import fit_reader
from bot.safety.training.spans import Spans, read
from bot.safety.training.tuning import Lesson, Tuned, lessons

PENALTY = 2e-6
LEXICON_PENALTY = 3e-4
HARMFUL_SHARE = 0.25  # of all the weight in a category
MAX_SET_SHARE = 0.5  # of a category's harmful weight, so that one large set does not decide what the category is
BEST_SHARE = 0.85  # of a harmful prompt's weight, on its most suspicious window or span

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Readers:
    windows: Fitted
    tuned: Tuned


@dataclass(frozen=True, slots=True)
class Readings:
    """``features``: of each window."""

    material: Material
    features: csr_matrix
    spans: Sequence[Spans]

    @property
    def owners(self) -> list[NDArray[np.int64]]:
        """Of each window, then of the spans of each size: which prompt it is of."""
        return [self.material.windows.owner, *(size.owner for size in self.spans)]

    def fit(self, chosen: NDArray[np.bool_], tuned: Tuned) -> Readers:
        """``chosen``: prompts; those that ``tuned`` learned from."""
        rows = _Weighed.of(self.material, self.material.windows.owner, chosen)
        used, lexicons = rows.used, self.material.windows.lexicons

        def fitted(weights: Numbers, start: Fitted | None) -> Fitted:
            return fit(
                self.features[used],
                lexicons[used],
                rows.labels[used],
                weights[used],
                penalty=PENALTY,
                lexicon_penalty=LEXICON_PENALTY,
                start=start,
            )

        first = fitted(rows.spread, None)
        return Readers(fitted(rows.focused(first.logits(self.features, lexicons)), first), tuned)

    def logits(self, readers: Readers, wanted: NDArray[np.bool_]) -> list[Numbers]:
        """Of each window, then of the spans of each size: by category. ``wanted``: the prompts whose spans are read;
        those of others are not at all anything."""
        found = [readers.windows.logits(self.features, self.material.windows.lexicons)]
        encoder = load_published_encoder().with_layers(readers.tuned.layers)
        for reader, size in zip(readers.tuned.readers, self.spans, strict=True):
            logits = np.full((len(size.owner), len(CLASSIFIED)), NOT_AT_ALL, dtype=np.float32)
            mine = np.flatnonzero(wanted[size.owner])
            logits[mine] = reader(read([size.texts[at] for at in mine], encoder))
            found.append(logits)
        return found


def course(material: Material, spans: Sequence[Spans], chosen: NDArray[np.bool_]) -> list[list[Lesson]]:
    """For each size what the second reading learns from ``chosen`` prompts."""
    found = []
    for size in spans:
        rows = _Weighed.of(material, size.owner, chosen)
        first = fit_reader(size.numbers[rows.used], rows.labels[rows.used], rows.spread[rows.used])
        found.append(lessons(size.texts, rows.labels, rows.focused(first(size.numbers))))
    return found


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Windows or spans of prompts, and how much each counts. ``labels`` and ``weights``: row, category; ``weights`` are
    those of a row's prompt, which has ``of_prompt`` rows."""

    owner: NDArray[np.int64]
    labels: Numbers
    weights: Numbers
    of_prompt: Numbers
    prompts: int

    @classmethod
    def of(cls, material: Material, owner: NDArray[np.int64], chosen: NDArray[np.bool_]) -> _Weighed:
        prompts = len(material.prompts)
        of_prompt = np.maximum(np.bincount(owner, minlength=prompts), 1)[owner, None].astype(np.float32)
        return cls(owner, material.labels[owner], balanced(material, chosen)[owner], of_prompt, prompts)

    @property
    def used(self) -> NDArray[np.bool_]:
        return np.asarray(np.any(self.weights > 0, axis=1))

    @property
    def spread(self) -> Numbers:
        """A harmful prompt counts as one, by all its rows together."""
        return np.where(self.labels > 0, self.weights / self.of_prompt, self.weights)

    def focused(self, logits: Numbers) -> Numbers:
        """And mostly by its highest one."""
        best = highest(logits, self.owner, self.prompts)
        share = BEST_SHARE * best + (1 - BEST_SHARE) / self.of_prompt
        return np.where(self.labels > 0, self.weights * share, self.weights).astype(np.float32)


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


def highest(logits: NDArray[np.float32], owner: NDArray[np.int64], prompts: int) -> NDArray[np.float32]:
    """1 for each prompt's highest row in each category, 0 for the others."""
    return np.asarray(logits >= best_of(logits, owner, prompts)[owner], dtype=np.float32)


def best_of(logits: NDArray[np.float32], owner: NDArray[np.int64], prompts: int) -> NDArray[np.float32]:
    """Of each prompt the highest in each category; of one without rows, less than any number."""
    best = np.full((prompts, logits.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(best, owner, logits)
    return best
