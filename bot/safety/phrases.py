"""Phrases that a server's managers allow or refuse, beside the rules that ship with Lienzo.

A refused phrase is found the way words of the rules are, however it is hidden. An allowed one is taken out of the text
before it is judged, as it is written and only so, and fixed rules still see the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.safety.normalise import Normaliser, View, canonical
from bot.safety.texts import PromptTexts

MAX_PHRASE_CHARACTERS = 100
# So many letters in a row are the phrase, wherever gaps are put between them; fewer may stand in another word.
SURE_LETTERS = 8


def contains(normaliser: Normaliser, texts: PromptTexts, phrases: Sequence[str]) -> str | None:
    """The first of the phrases that is in one of the wanted texts; None if none is."""
    wanted = {phrase: words for phrase in phrases if (words := _words(normaliser, phrase))}
    if not wanted:
        return None
    views = [view for text in texts.wanted for view in normaliser.views(text)]
    for phrase, words in wanted.items():
        if any(_is_in(words, view) for view in views):
            return phrase
    return None


def without(texts: PromptTexts, phrases: Sequence[str]) -> PromptTexts:
    """The texts with the phrases taken out."""
    patterns = [canonical(phrase) for phrase in phrases]
    alternatives = "|".join(re.escape(one) for one in sorted(patterns, key=len, reverse=True) if one)
    if not alternatives:
        return texts
    found = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")

    def cut(text: str) -> str:
        plain = canonical(text)
        return found.sub(" ", plain) if found.search(plain) else text

    return replace(
        texts,
        prompt=cut(texts.prompt),
        negative_prompt=cut(texts.negative_prompt),
        prompt_2=cut(texts.prompt_2),
        negative_prompt_2=cut(texts.negative_prompt_2),
        styles=tuple(map(cut, texts.styles)),
    )


def _words(normaliser: Normaliser, phrase: str) -> View:
    views = normaliser.views(phrase)
    return views[0] if views else ()


def _is_in(words: View, view: View) -> bool:
    size, letters = len(words), "".join(words)
    if len(letters) >= SURE_LETTERS and letters in "".join(view):
        return True
    return any(view[at : at + size] == words for at in range(len(view) - size + 1))
