"""Logistic regressions for several categories at once, by L-BFGS on sparse rows.

Every row has a weight for every category: a prompt of one kind of harm says nothing about the others (weight 0), and a
rare category weighs as much as a frequent one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

ITERATIONS = 45
FURTHER_ITERATIONS = 25  # from an earlier fit


@dataclass(frozen=True, slots=True)
class Fitted:
    weights: NDArray[np.float32]  # feature, category
    lexicon_weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, rows: csr_matrix, lexicons: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(rows @ self.weights + lexicons @ self.lexicon_weights + self.bias, dtype=np.float32)


def fit(
    rows: csr_matrix,
    lexicons: NDArray[np.float32],
    labels: NDArray[np.float32],
    weights: NDArray[np.float32],
    *,
    penalty: float,
    lexicon_penalty: float,
    start: Fitted | None = None,
) -> Fitted:
    """``labels`` and ``weights``: row, category. The same input gives the same weights: nothing is drawn by lot."""
    features, categories, dense = rows.shape[1], labels.shape[1], lexicons.shape[1]
    shape = (features + dense + 1, categories)
    transposed = rows.T.tocsr()
    scale = weights / weights.sum(axis=0, keepdims=True)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        every = flat.reshape(shape)
        linear, lexical, bias = every[:features], every[features:-1], every[-1]
        logits = rows @ linear.astype(np.float32) + lexicons @ lexical + bias
        # log(1 + exp(z)) - y z, written so that large numbers do not overflow
        value = float((scale * (np.logaddexp(0, logits) - labels * logits)).sum())
        value += 0.5 * penalty * float((linear**2).sum()) + 0.5 * lexicon_penalty * float((lexical**2).sum())
        error = (scale * (1 / (1 + np.exp(-np.clip(logits, -40, 40))) - labels)).astype(np.float32)
        gradient = np.empty(shape)
        gradient[:features] = transposed @ error + penalty * linear
        gradient[features:-1] = lexicons.T @ error + lexicon_penalty * lexical
        gradient[-1] = error.sum(axis=0)
        return value, gradient.ravel()

    first = np.zeros(shape)
    first[-1] = -2.0
    if start is not None:
        first[:features], first[features:-1], first[-1] = start.weights, start.lexicon_weights, start.bias
    iterations = ITERATIONS if start is None else FURTHER_ITERATIONS
    result = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 8})
    every = result.x.reshape(shape).astype(np.float32)
    return Fitted(every[:features], every[features:-1], every[-1])
