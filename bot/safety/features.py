"""What the classifier sees of a text: its words, pairs of words, the letter groups in each, and for each word the group
of words that mean something like it.

Features are numbers, not strings: a hash of each. So the weights hold no piece of anybody's text, and rare features are
dropped in training besides. Letter groups make typos and endings look like the word they come from; groups of words
make what was not in training look like what was.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise

GROUPS = (3, 4, 5)  # letters
# Each kind of features is brought to a length of its own, so that the many letter groups do not drown the words.
KIND_LENGTHS = (0.7, 0.6, 0.4)
_WORDS, _LETTERS, _MEANINGS = range(3)
KIND_SHIFT = 32  # a feature is its kind and, below this bit, a hash


def word_features(word: str, meanings: Mapping[int, int]) -> list[int]:
    """Of one word alone, with its beginning and end marked. ``meanings``: the group of a word, by the word's hash."""
    padded = f" {word} "
    found = [_feature(_WORDS, word)]
    for length in GROUPS:
        found += [_feature(_LETTERS, padded[at : at + length]) for at in range(len(padded) - length + 1)]
    if (group := meanings.get(word_hash(word))) is not None:
        found.append(_MEANINGS << KIND_SHIFT | group)
    return found


def pair_features(words: Sequence[str]) -> list[int]:
    return [_feature(_WORDS, f"{first} {second}") for first, second in pairwise(words)]


def word_hash(word: str) -> int:
    return zlib.crc32(word.encode())


def _feature(kind: int, text: str) -> int:
    return kind << KIND_SHIFT | zlib.crc32(text.encode())
