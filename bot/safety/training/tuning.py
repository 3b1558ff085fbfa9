"""The encoder's layers and a network for each size of run, trained together on what our categories are about.

What the layers knew is kept by small steps, few of them, and by leaving the word pieces as they were: so words that
were never in a harmful prompt still stand where the encoder's authors put them. AdamW (Loshchilov and Hutter,
arXiv:1711.05101); the rate rises at first and then falls to nothing. One fit takes minutes and is kept in a folder, so
that training that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, dropout, gelu

from bot.safety.classifier import Reader
from bot.safety.encoder import (
    EPSILON,
    HEADS,
    READ_LAYERS,
    Encoder,
    Layer,
    Linear,
    Norm,
    Tensors,
    load_published_encoder,
)
from bot.safety.training.encoder import stored_linear, stored_norm
from bot.safety.training.network import DECAY, RATE, SCALE, Lots, network, reader_of

STEPS = 600
WARM_UP = 100
BATCH = 96  # of each size
ENCODER_RATE = 1e-4
ENCODER_DECAY = 0.01
LEFT_OUT = 0.1  # of the encoder's numbers, as BERT was trained
MOST_CHANGE = 1.0  # length of a step's gradient

Texts = Sequence[Sequence[int]]
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """``texts``: of a batch, as the encoder's ``ids`` gives them. ``labels`` and ``counts``: text, category."""

    texts: list[Sequence[int]]
    labels: Numbers
    counts: Numbers


@dataclass(frozen=True, slots=True)
class Tuned:
    """``layers``: as the encoder's file has them."""

    layers: Tensors
    readers: list[Reader]  # of each size


def lessons(texts: Texts, labels: Numbers, weights: NDArray[np.floating[Any]]) -> list[Lesson]:
    """All batches of runs of one size, drawn by what they weigh. ``labels`` and ``weights``: run, category."""
    chance, lots = np.random.default_rng(0), Lots.of(weights)
    drawn = [lots.draw(chance, BATCH) for _ in range(STEPS)]
    return [Lesson([texts[at] for at in batch], labels[batch], lots.counts[batch]) for batch in drawn]


def tune_each(courses: Sequence[Sequence[Sequence[Lesson]]], kept: Path) -> list[Tuned]:
    """A fit for each course: its lessons of each size. Each on one thread, for it to end where it ends anywhere; as
    many at once as there are cores. ``kept``: a folder for what is done."""
    kept.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(_tuned_once, courses, [kept] * len(courses)))


def _tuned_once(course: Sequence[Sequence[Lesson]], kept: Path) -> Tuned:
    of_what = hashlib.sha256(Path(__file__).read_bytes() + pickle.dumps(course)).hexdigest()
    file = kept / f"{of_what[:32]}.npz"
    if not file.exists():
        tuned, part = tune(course), file.with_suffix(".part.npz")
        readers = {
            f"reader {size}.{name}": array
            for size, reader in enumerate(tuned.readers)
            for name, array in asdict(reader).items()
        }
        np.savez(part, allow_pickle=False, **tuned.layers, **readers)
        part.rename(file)
    with np.load(file) as arrays:
        return Tuned(
            {name: array for name, array in arrays.items() if not name.startswith("reader ")},
            [
                Reader(*(arrays[f"reader {size}.{field.name}"] for field in fields(Reader)))
                for size in range(len(course))
            ],
        )


def tune(course: Sequence[Sequence[Lesson]]) -> Tuned:
    """``course``: lessons of each size, as many of one as of the other."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    published = load_published_encoder()
    encoder = _TrainedEncoder(published)
    readers = [network(published.width, course[0][0].labels.shape[1]) for _ in course]
    optimiser = torch.optim.AdamW(
        [
            {"params": list(encoder.parameters()), "weight_decay": ENCODER_DECAY},
            {"params": [weight for reader in readers for weight in reader.parameters()], "weight_decay": DECAY},
        ]
    )
    every = [*encoder.parameters(), *(weight for reader in readers for weight in reader.parameters())]
    for step, of_sizes in enumerate(zip(*course, strict=True)):
        left = 1 - step / len(course[0])
        optimiser.param_groups[0]["lr"] = ENCODER_RATE * left * min(1, step / WARM_UP)
        optimiser.param_groups[1]["lr"] = RATE * left
        loss = torch.zeros(())
        for reader, lesson in zip(readers, of_sizes, strict=True):
            found = reader(SCALE * encoder(lesson.texts))
            wanted, counts = torch.from_numpy(lesson.labels), torch.from_numpy(lesson.counts)
            loss = loss + (binary_cross_entropy_with_logits(found, wanted, reduction="none") * counts).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(every, MOST_CHANGE)
        optimiser.step()
    return Tuned(encoder.stored(), [reader_of(reader) for reader in readers])


class _TrainedLayer(nn.Module):
    """``bot.safety.encoder.Layer``, to be trained."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.attention, self.mixed = _trained_linear(layer.attention), _trained_linear(layer.mixed)
        self.wide, self.narrow = _trained_linear(layer.wide), _trained_linear(layer.narrow)
        self.mixed_norm, self.norm = _trained_norm(layer.mixed_norm), _trained_norm(layer.norm)

    def forward(self, states: Tensor, text: Tensor, place: Tensor, is_beyond: Tensor) -> Tensor:
        """``states``: the pieces of all texts one after another; ``text`` and ``place``: where each of them stands in
        ``is_beyond``, which is true where a text has no more pieces."""
        texts, longest = is_beyond.shape
        spread = torch.zeros(texts, longest, 3 * states.shape[1]).index_put((text, place), self.attention(states))
        queries, keys, values = spread.view(texts, longest, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        likeness = queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5
        likeness = self._some(likeness.masked_fill(is_beyond[:, None, None], -1e9).softmax(-1))
        attended = (likeness @ values).transpose(1, 2).reshape(texts, longest, -1)[text, place]
        states = self.mixed_norm(states + self._some(self.mixed(attended)))
        narrowed = self.narrow(gelu(self.wide(states), approximate="tanh"))
        return cast(Tensor, self.norm(states + self._some(narrowed)))

    def _some(self, numbers: Tensor) -> Tensor:
        return dropout(numbers, LEFT_OUT, self.training)


class _TrainedEncoder(nn.Module):
    """``bot.safety.encoder.Encoder`` with layers to be trained."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder
        self.layers = nn.ModuleList(_TrainedLayer(layer) for layer in encoder.layers)

    def forward(self, texts: Texts) -> Tensor:
        """Text, number: as the encoder's ``embed``."""
        lengths = [len(text) for text in texts]
        text = torch.repeat_interleave(torch.arange(len(texts)), torch.tensor(lengths))
        place = torch.cat([torch.arange(length) for length in lengths])
        is_beyond = torch.arange(max(lengths)) >= torch.tensor(lengths)[:, None]
        states = dropout(torch.from_numpy(self._encoder.first_states(texts)), LEFT_OUT, self.training)
        means = []
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, text, place, is_beyond)
            if number in READ_LAYERS:
                mean = (
                    torch.zeros(len(texts), states.shape[1]).index_add(0, text, states) / torch.tensor(lengths)[:, None]
                )
                means.append(mean / mean.norm(dim=1, keepdim=True))
        return torch.cat(means, dim=1)

    def stored(self) -> Tensors:
        weights = {name: weight.detach().numpy() for name, weight in self.named_parameters()}
        found: Tensors = {}
        for number in range(len(self.layers)):
            for part in ("attention", "mixed", "wide", "narrow"):
                found |= stored_linear(weights, [f"layers.{number}.{part}"], f"layers.{number}.{part}")
            for part in ("mixed_norm", "norm"):
                found |= stored_norm(weights, f"layers.{number}.{part}", f"layers.{number}.{part}")
        return found


def _trained_linear(linear: Linear) -> nn.Linear:
    found = nn.Linear(*linear.weight.shape)
    with torch.no_grad():
        found.weight.copy_(torch.from_numpy(linear.weight.T))
        found.bias.copy_(torch.from_numpy(linear.bias))
    return found


def _trained_norm(norm: Norm) -> nn.LayerNorm:
    found = nn.LayerNorm(norm.scale.size, eps=EPSILON)
    with torch.no_grad():
        found.weight.copy_(torch.from_numpy(norm.scale))
        found.bias.copy_(torch.from_numpy(norm.shift))
    return found
