"""What the classifier sees of a text: its words, pairs of words, and the letter groups inside each word.

Features are numbers, not strings: a hash of each. So the weights hold no piece of anybody's text, and rare features are
dropped in training besides. Letter groups make typos and endings look like the word they come from.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

GROUPS = (3, 4, 5)  # letters


def word_features(word: str) -> list[int]:
    """Of one word alone, with its beginning and end marked."""
    padded = f" {word} "
    found = [_hash(f"w{word}")]
    for length in GROUPS:
        found += [_hash(padded[at : at + length]) for at in range(len(padded) - length + 1)]
    return found


def pair_features(words: Sequence[str]) -> list[int]:
    return [_hash(f"p{first} {second}") for first, second in pairwise(words)]


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())
