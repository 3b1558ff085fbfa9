"""The second readers: small networks on the encoder's numbers, by AdamW (Loshchilov and Hutter, arXiv:1711.05101).

A network finds more than a regression would, if it is kept from learning the few harmful prompts by heart: numbers and
hidden units are left out by chance (dropout), weights are kept small, and it stops early. Batches are drawn by how much
a span weighs, with a seed, on one thread: the same spans give the same network.
"""

from __future__ import annotations

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


def fit_reader(numbers: NDArray[np.float32], labels: NDArray[np.float32], weights: NDArray[np.floating[Any]]) -> Reader:
    """``numbers``: span, encoder's width. ``labels`` and ``weights``: span, category."""
    torch.manual_seed(0)
    chance = np.random.default_rng(0)
    share = weights / weights.sum(axis=0)
    drawn = share.sum(axis=1) / share.sum()
    counted = np.divide(share, drawn[:, None], out=np.zeros_like(share), where=drawn[:, None] > 0)
    inputs, wanted, counts = (torch.tensor(each, dtype=torch.float32) for each in (numbers, labels, counted))
    hidden, last = nn.Linear(numbers.shape[1], HIDDEN), nn.Linear(HIDDEN, labels.shape[1])
    nn.init.constant_(last.bias, FIRST_BIAS)
    network = nn.Sequential(
        nn.Dropout(LEFT_OUT_NUMBERS), hidden, nn.GELU(approximate="tanh"), nn.Dropout(LEFT_OUT_UNITS), last
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    upto = np.cumsum(drawn)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        batch = np.minimum(np.searchsorted(upto, chance.random(BATCH) * upto[-1]), len(numbers) - 1)
        found = network(SCALE * inputs[batch])
        loss = (binary_cross_entropy_with_logits(found, wanted[batch], reduction="none") * counts[batch]).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return Reader(
        *(
            part.detach().numpy().astype(np.float16).astype(np.float32)  # as they are stored
            for part in (SCALE * hidden.weight.T, hidden.bias, last.weight.T, last.bias)
        )
    )
