"""Readers of what spans mean: small networks on the encoder's numbers.

By AdamW (Loshchilov and Hutter, arXiv:1711.05101). A network finds more than a regression would, if it is kept from
learning the few harmful prompts by heart: numbers and hidden units are left out by chance (dropout), weights are kept
small, and it stops early. Batches are drawn by how much a span weighs, with a seed, on one thread: the same spans give
the same network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from bot.safety.classifier import Reader

HIDDEN = 256
STEPS = 480
BATCH = 512
RATE = 2e-3  # falls to nothing
DECAY = 0.2
LEFT_OUT_NUMBERS, LEFT_OUT_UNITS = 0.2, 0.5
SCALE = 10.0  # of the encoder's numbers, whose vectors have length 1
FIRST_BIAS = -2.0


@dataclass(frozen=True, slots=True)
class Lots:
    """Rows by chance, each as often as it weighs. ``counts``: row, category; how much a drawn one counts."""

    counts: NDArray[np.float32]
    _upto: NDArray[np.float64]

    @classmethod
    def of(cls, weights: NDArray[np.floating[Any]]) -> Lots:
        share = weights / weights.sum(axis=0)
        drawn = share.sum(axis=1) / share.sum()
        counts = np.divide(share, drawn[:, None], out=np.zeros_like(share), where=drawn[:, None] > 0)
        return cls(counts.astype(np.float32), np.cumsum(drawn, dtype=np.float64))

    def draw(self, chance: np.random.Generator, number: int) -> NDArray[np.int64]:
        found = np.searchsorted(self._upto, chance.random(number) * self._upto[-1])
        return np.asarray(np.minimum(found, len(self._upto) - 1))


def fit_reader(numbers: NDArray[np.float32], labels: NDArray[np.float32], weights: NDArray[np.floating[Any]]) -> Reader:
    """``numbers``: span, encoder's width. ``labels`` and ``weights``: span, category."""
    torch.manual_seed(0)
    chance, lots = np.random.default_rng(0), Lots.of(weights)
    inputs, wanted, counts = (torch.from_numpy(each) for each in (numbers, labels, lots.counts))
    reader = network(numbers.shape[1], labels.shape[1])
    optimiser = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        batch = lots.draw(chance, BATCH)
        found = reader(SCALE * inputs[batch])
        loss = (binary_cross_entropy_with_logits(found, wanted[batch], reduction="none") * counts[batch]).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return reader_of(reader)


def network(numbers: int, categories: int) -> nn.Sequential:
    """``numbers``: the encoder's width. Reads SCALE times what the encoder gives."""
    last = nn.Linear(HIDDEN, categories)
    nn.init.constant_(last.bias, FIRST_BIAS)
    return nn.Sequential(
        nn.Dropout(LEFT_OUT_NUMBERS),
        nn.Linear(numbers, HIDDEN),
        nn.GELU(approximate="tanh"),
        nn.Dropout(LEFT_OUT_UNITS),
        last,
    )


def reader_of(network: nn.Sequential) -> Reader:
    hidden, last = (part for part in network if isinstance(part, nn.Linear))
    return Reader(
        *(
            part.detach().numpy().astype(np.float16).astype(np.float32)  # as they are stored
            for part in (SCALE * hidden.weight.T, hidden.bias, last.weight.T, last.bias)
        )
    )
