"""meanings.npz: frequent English words in groups of like meaning, from the GloVe 6B vectors (Pennington and others,
2014; public domain, PDDL 1.0). `python -m bot.safety.training.meanings FILE`, with their text file of 50 dimensions,
makes it.

The groups are what k-means finds among the directions of the vectors; only a hash of each word and the number of its
group are kept. They change rarely, so training the classifier does not need the vectors.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.safety.classifier import MEANINGS
from bot.safety.features import word_hash
from bot.safety.training.pinning import pin

MOST_WORDS = 60_000
GROUPS = 600
ROUNDS = 12


def make(vectors: Path) -> None:
    words: list[str] = []
    rows: list[NDArray[np.float32]] = []
    for word, row in read(vectors):
        if word.isalpha() and word.isascii() and len(word) > 1:
            words.append(word)
            rows.append(row)
        if len(words) == MOST_WORDS:
            break
    groups = k_means(np.array(rows))
    np.savez_compressed(
        MEANINGS, words=np.array([word_hash(word) for word in words], dtype=np.uint32), groups=groups.astype(np.uint16)
    )
    pin()


def read(file: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The most frequent word first."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            word, *numbers = line.split(" ")
            yield word, np.array(numbers, dtype=np.float32)


def k_means(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of each row's group. The same rows give the same groups."""
    rows = rows - rows.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    centres = rows[np.random.default_rng(0).choice(len(rows), GROUPS, replace=False)]
    nearest = np.zeros(len(rows), dtype=np.int64)
    for _ in range(ROUNDS):
        nearest = np.concatenate([(piece @ centres.T).argmax(axis=1) for piece in np.array_split(rows, 16)])
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, rows)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
    return nearest


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path, help="glove.6B.50d.txt")
    make(parser.parse_args().vectors)
