"""What people typed, made fit to be shown: it cannot ping, link, format or break the layout.

AutoMod does not look at what bots write, so the bot has to.
"""

from __future__ import annotations

import unicodedata

SHOWN_CHARACTERS = 300


def quoted(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """``text`` on one line in Discord's code style, which renders nothing inside; shortened to ``limit`` characters."""
    shown = plain(text)
    if len(shown) > limit:
        shown = shown[: limit - 1].rstrip() + "…"
    # A back-tick would end the code; this look-alike does not. Bare links are not clickable inside code.
    return f"`{shown.replace('`', 'ˋ')}`"


def plain(text: str) -> str:
    """Without controls, direction overrides and invisible characters; single spaces."""
    kept = (
        " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cs", "Co", "Cn") or character == "\u200d"
    )
    return " ".join("".join(kept).split())


def plain_lines(text: str, limit: int = 1500) -> str:
    """Several lines fit to stand in a code block."""
    shown = "\n".join(plain(line) for line in text.splitlines())
    return shown[:limit].replace("`", "ˋ")
