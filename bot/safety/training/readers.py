"""All that the classifier reads with, as it is fitted: regressions on windows, and a network on the spans of each size.

Each is fitted twice: first on all of a prompt's windows or spans; then, because one makes a long prompt harmful and the
others are harmless, once more with each harmful prompt counting by its most suspicious one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.safety.classifier import Reader
from bot.safety.training.fit import Fitted, fit
from bot.safety.training.material import CLASSIFIED, Material
from bot.safety.training.network import fit_reader
from bot.safety.training.spans import Spans

PENALTY = 2e-6
LEXICON_PENALTY = 3e-4
HARMFUL_SHARE = 0.25  # of all the weight in a category
MAX_SET_SHARE = 0.5  # of a category's harmful weight, so that one large set does not decide what the category is
BEST_SHARE = 0.85  # of a harmful prompt's weight, on its most suspicious window or span

Numbers = NDArray[np.float32]
Weights = NDArray[np.floating[Any]]
Model = TypeVar("Model", Fitted, Reader)


@dataclass(frozen=True, slots=True)
class Readers:
    windows: Fitted
    spans: list[Reader]  # of each size


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

    def fit(self, chosen: NDArray[np.bool_]) -> Readers:
        """``chosen``: prompts."""
        weights = balanced(self.material, chosen)
        lexicons = self.material.windows.lexicons

        def by_words(used: NDArray[np.bool_], labels: Numbers, counted: Weights, start: Fitted | None) -> Fitted:
            return fit(
                self.features[used],
                lexicons[used],
                labels,
                counted.astype(np.float32),
                penalty=PENALTY,
                lexicon_penalty=LEXICON_PENALTY,
                start=start,
            )

        def by_meaning(size: Spans) -> Reader:
            return self._fit_twice(
                size.owner,
                weights,
                lambda used, labels, counted, _: fit_reader(size.numbers[used], labels, counted),
                lambda reader: reader(size.numbers),
            )

        windows = self._fit_twice(
            self.material.windows.owner, weights, by_words, lambda fitted: fitted.logits(self.features, lexicons)
        )
        return Readers(windows, [by_meaning(size) for size in self.spans])

    def logits(self, readers: Readers) -> list[Numbers]:
        """Of each window, then of the spans of each size: by category."""
        by_words = readers.windows.logits(self.features, self.material.windows.lexicons)
        return [by_words, *(read(size.numbers) for read, size in zip(readers.spans, self.spans, strict=True))]

    def _fit_twice(
        self,
        owner: NDArray[np.int64],
        weights: Numbers,
        fitted: Callable[[NDArray[np.bool_], Numbers, Weights, Model | None], Model],
        logits: Callable[[Model], Numbers],
    ) -> Model:
        of_prompt = np.maximum(np.bincount(owner, minlength=len(self.material.prompts)), 1)[owner, None]
        labels = self.material.labels[owner]
        used = np.any(weights > 0, axis=1)[owner]
        spread = weights[owner] / np.where(labels > 0, of_prompt, 1)
        first = fitted(used, labels[used], spread[used], None)
        best = highest(logits(first), owner, len(self.material.prompts))
        focused = np.where(labels > 0, weights[owner] * (BEST_SHARE * best + (1 - BEST_SHARE) / of_prompt), spread)
        return fitted(used, labels[used], focused[used], first)


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
