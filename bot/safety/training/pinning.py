"""The classifier's files, and a SHA-256 of each: what is loaded later must be what was made here."""

from __future__ import annotations

import hashlib

from bot.safety.classifier import MEANINGS, WEIGHTS, WORDS
from bot.safety.encoder import ENCODER, TUNED, WORD_PIECES

FILES = {
    "WEIGHTS": WEIGHTS,
    "WORDS": WORDS,
    "MEANINGS": MEANINGS,
    "ENCODER": ENCODER,
    "TUNED": TUNED,
    "WORD_PIECES": WORD_PIECES,
}


def pin() -> None:
    lines = ['"""Which files the classifier consists of. Written by bot/safety/training/pinning.py."""', ""]
    for name, file in FILES.items():
        lines.append(f'{name}_SHA256 = "{hashlib.sha256(file.read_bytes()).hexdigest()}"')
    WEIGHTS.with_name("pinned.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
