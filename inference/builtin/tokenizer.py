"""A byte-level BPE vocabulary in the layout of CLIP's, learned from our own captions.

Sennrich et al. 2016 (byte-pair encoding) over the bytes of GPT-2 (Radford et al. 2019) with CLIP's end-of-word mark
`</w>` (Radford et al. 2021). All 256 bytes exist with and without the mark, so nothing that a person types is out of
vocabulary: an unknown word merely falls into letters.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

from inference.builtin import data

MERGES: Final = 760
START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
LENGTH: Final = 77
"""Tokens of a prompt, start and end included, as in every Stable Diffusion."""

_WORD = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]+")


def byte_symbols() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes, printable bytes first: the order in CLIP's vocabulary."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    symbols = [chr(byte) for byte in kept]
    symbols += [chr(256 + index) for index, _ in enumerate(byte for byte in range(256) if byte not in kept)]
    return symbols


def learn_merges(texts: Iterable[str], number: int) -> list[tuple[str, str]]:
    """The `number` most useful merges: again and again the commonest neighbours in all words become one symbol."""
    words = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    split = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    merges: list[tuple[str, str]] = []
    while len(merges) < number:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in split.items():
            for pair in pairwise(parts):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for word, parts in split.items():
            if len(parts) > 1:
                split[word] = _merged(parts, best)
    return merges


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    index = 0
    while index < len(parts):
        if index + 1 < len(parts) and (parts[index], parts[index + 1]) == pair:
            joined.append(parts[index] + parts[index + 1])
            index += 2
        else:
            joined.append(parts[index])
            index += 1
    return joined


def build(work: Path) -> None:
    """Writes `vocab.json` and `merges.txt` from the captions of all shards; an existing vocabulary stays as it is,
    because weights depend on it."""
    folder = work / "tokenizer"
    if (folder / "vocab.json").exists():
        return
    texts = (caption for name in data.shard_names(work) for told in data.load_captions(work, name) for caption in told)
    merges = learn_merges(texts, MERGES)
    symbols = byte_symbols()
    tokens = [*symbols, *(symbol + "</w>" for symbol in symbols), *(a + b for a, b in merges), START, END]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    data.write_json(folder / "vocab.json", {token: index for index, token in enumerate(tokens)})


def vocabulary(folder: Path) -> dict[str, int]:
    tokens: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    return tokens
