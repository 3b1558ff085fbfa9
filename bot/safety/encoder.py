"""What a few words mean, as numbers: a small sentence encoder that runs without torch, on any processor.

all-MiniLM-L6-v2 (Reimers and Gurevych, sbert.net; Apache-2.0, licence beside the weights): a BERT (Devlin and others,
arXiv:1810.04805) of six layers that was trained to give sentences of like meaning like numbers; the first three are
here. So what the classifier learned of one wording, it knows of others. Its matrices are kept in 8 bits; of its word
pieces those that English is written with. bot/safety/training/encoder.py made that file. The layers were then trained
on for what the classifier asks (bot/safety/training/tuning.py); as tuned they are in a file of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import WhitespaceSplit

from bot.safety.model.files import WeightsUnusable, pinned
from bot.safety.model.pinned import ENCODER_SHA256, TUNED_SHA256, WORD_PIECES_SHA256

ENCODER: Final = Path(__file__).with_name("model") / "encoder.safetensors"
TUNED: Final = Path(__file__).with_name("model") / "tuned.safetensors"
WORD_PIECES: Final = Path(__file__).with_name("model") / "word_pieces.txt"
UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"
HEADS = 12
MOST_PIECES = 30  # of one text, besides its start and end; the files have no more positions
LONGEST_WORD = 24  # letters; what is longer is cut
READ_LAYERS = (2, 3)  # after these; the later three found little more, and take as long again
EPSILON = 1e-12  # as BERT's layer norms have it

Numbers = NDArray[np.float32]
Tensors = dict[str, NDArray[Any]]  # as a file has them


@dataclass(frozen=True, slots=True)
class Norm:
    scale: Numbers
    shift: Numbers

    def __call__(self, states: Numbers) -> Numbers:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = np.einsum("...i,...i->...", centred, centred)[..., None] / np.float32(states.shape[-1])
        return np.asarray(centred / np.sqrt(variance + np.float32(EPSILON)) * self.scale + self.shift)


@dataclass(frozen=True, slots=True)
class Linear:
    weight: Numbers  # in, out
    bias: Numbers

    def __call__(self, states: Numbers) -> Numbers:
        return np.asarray(states @ self.weight + self.bias)


@dataclass(frozen=True, slots=True)
class Layer:
    """Attention to the words around, then each for itself, both added to what was there."""

    attention: Linear  # to queries, keys and values at once
    mixed: Linear
    mixed_norm: Norm
    wide: Linear
    narrow: Linear
    norm: Norm

    def __call__(self, states: Numbers, lengths: Sequence[int]) -> Numbers:
        """``states``: the pieces of all texts one after another, each text ``lengths`` of them."""
        attended = np.empty_like(states)
        begin = 0
        projected = self.attention(states).reshape(len(states), 3, HEADS, -1).transpose(1, 2, 0, 3)
        for length in lengths:
            queries, keys, values = projected[:, :, begin : begin + length]
            likeness = queries @ keys.swapaxes(-1, -2) / np.float32(np.sqrt(queries.shape[-1]))
            likeness = np.exp(likeness - likeness.max(axis=-1, keepdims=True))
            likeness /= likeness.sum(axis=-1, keepdims=True)
            attended[begin : begin + length] = (likeness @ values).transpose(1, 0, 2).reshape(length, -1)
            begin += length
        states = self.mixed_norm(states + self.mixed(attended))
        return self.norm(states + self.narrow(gelu(self.wide(states))))


def gelu(numbers: Numbers) -> Numbers:
    """The tanh form (Hendrycks and Gimpel, arXiv:1606.08415); at most 0.0005 from the exact one."""
    inner = np.tanh(np.float32(0.7978845608) * (numbers + np.float32(0.044715) * numbers * numbers * numbers))
    return np.asarray(np.float32(0.5) * numbers * (1 + inner))


@dataclass(frozen=True, slots=True)
class Encoder:
    _tokenizer: Tokenizer
    _start: int
    _end: int
    _pieces: NDArray[np.int8]  # piece, number
    _piece_scales: Numbers
    _positions: Numbers
    _norm: Norm
    layers: tuple[Layer, ...]

    @property
    def width(self) -> int:
        """Numbers for each text."""
        return len(READ_LAYERS) * int(self._positions.shape[1])

    def ids(self, words: Sequence[str]) -> list[int]:
        """Its pieces, start and end included."""
        found = self._tokenizer.encode(" ".join(word[:LONGEST_WORD] for word in words), add_special_tokens=False).ids
        return [self._start, *found[:MOST_PIECES], self._end]

    def embed(self, texts: Sequence[Sequence[int]]) -> Numbers:
        """Of texts as ``ids`` gives them: text, ``width``. After each of READ_LAYERS the mean of a text's pieces, as a
        vector of length 1."""
        lengths = [len(text) for text in texts]
        states = self.first_states(texts)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        means = []
        for number, layer in enumerate(self.layers, 1):
            states = layer(states, lengths)
            if number in READ_LAYERS:
                mean = np.add.reduceat(states, starts, axis=0) / np.array(lengths, dtype=np.float32)[:, None]
                means.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
        return np.asarray(np.concatenate(means, axis=1), dtype=np.float32)

    def first_states(self, texts: Sequence[Sequence[int]]) -> Numbers:
        """What the first layer gets: the pieces of all texts one after another."""
        ids = np.concatenate([np.asarray(text, dtype=np.int64) for text in texts])
        places = np.concatenate([np.arange(len(text)) for text in texts])
        states = self._pieces[ids].astype(np.float32) * self._piece_scales[ids, None] + self._positions[places]
        return self._norm(states)

    def with_layers(self, tensors: Tensors) -> Encoder:
        return replace(self, layers=_layers(tensors))


@lru_cache(maxsize=1)
def load_encoder() -> Encoder:
    """As tuned. Raises WeightsUnusable."""
    return _load(TUNED, TUNED_SHA256)


@lru_cache(maxsize=1)
def load_published_encoder() -> Encoder:
    """As its authors trained it. Raises WeightsUnusable."""
    return _load(ENCODER, ENCODER_SHA256)


def _load(layers: Path, sha256: str) -> Encoder:
    """``layers``: the file that they are taken from; all else is the same."""
    pieces = pinned(WORD_PIECES, WORD_PIECES_SHA256).decode("utf-8").split("\n")
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    try:
        tensors = load(pinned(ENCODER, ENCODER_SHA256))
        tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD))
        tokenizer.pre_tokenizer = WhitespaceSplit()
        return Encoder(
            tokenizer,
            vocabulary[START],
            vocabulary[END],
            tensors["pieces"],
            tensors["pieces.scale"].astype(np.float32),
            tensors["positions"].astype(np.float32),
            _norm(tensors, "norm"),
            _layers(load(pinned(layers, sha256))),
        )
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsUnusable(f"{ENCODER} or {layers}: {error}; install Lienzo again") from None


def _layers(tensors: Tensors) -> tuple[Layer, ...]:
    return tuple(_layer(tensors, f"layers.{number}.") for number in range(max(READ_LAYERS)))


def _layer(tensors: Tensors, name: str) -> Layer:
    return Layer(
        _linear(tensors, f"{name}attention"),
        _linear(tensors, f"{name}mixed"),
        _norm(tensors, f"{name}mixed_norm"),
        _linear(tensors, f"{name}wide"),
        _linear(tensors, f"{name}narrow"),
        _norm(tensors, f"{name}norm"),
    )


def _linear(tensors: Tensors, name: str) -> Linear:
    weight = tensors[name].astype(np.float32)
    weight *= tensors[f"{name}.scale"].astype(np.float32)
    return Linear(weight, tensors[f"{name}.bias"].astype(np.float32))


def _norm(tensors: Tensors, name: str) -> Norm:
    return Norm(*(tensors[f"{name}.{part}"].astype(np.float32) for part in ("scale", "shift")))
