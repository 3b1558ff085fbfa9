"""Which language a prompt is in, as far as the gate has to know: one of those it has lexicons for, or another.

Models with a multilingual text encoder understand what the lexicons and the classifier do not. There a prompt in a
language the gate cannot judge is not passed unseen; the policy says what is done.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from bot.safety.letters import is_east_asian

ENGLISH = "en"
CHINESE = "zh"
UNKNOWN = ""

# Small words that say which language it is, without those that another of the five has too.
_SMALL_WORDS = {
    "es": (
        "de un el los las del una unos unas con por para sobre muy mas pero como entre bajo sin y es esta estan su "
        "sus hay desde hacia hasta donde cuando junto estilo mujer hombre chica chico gato perro retrato noche luz"
    ),
    "fr": (
        "de un d l le les des du une dans avec sur pour par est sont qui et au aux ce cette ces son ses leur tres "
        "plus mais sous entre vers chez femme homme fille chat chien portrait nuit lumiere jeune deux"
    ),
    "de": (
        "der die das den dem des ein eine einen einem einer und mit auf im am ist sind von zum zur fur uber unter "
        "vor hinter neben aus bei nach nicht sehr oder wie frau mann madchen junge katze hund nacht licht zwei"
    ),
    "pt": (
        "de um o os uma uns umas com por para sobre muito mais mas como entre sob sem e esta estao seu sua seus suas "
        "ha desde ate onde quando ao aos na no nas nos da do das dos em mulher homem menina menino gato cachorro "
        "noite luz"
    ),
    "en": (
        "the a an of in on with and at by from to for is are his her their its into over under near behind through "
        "between without as very style portrait painting photo"
    ),
}
_KNOWN = frozenset({*_SMALL_WORDS, CHINESE})


def is_judged(language: str) -> bool:
    """Whether the gate has words for it."""
    return language in _KNOWN


def detect(text: str, words: Sequence[str], is_english_word: Callable[[str], bool]) -> str:
    """``text`` as it was written, for its scripts; ``words`` as they are read, for the rest."""
    scripts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            script = _script(character)
            scripts[script] = scripts.get(script, 0) + 1
    letters = sum(scripts.values())
    if not letters:
        return ENGLISH
    if letters - scripts.get("LATIN", 0) > 0.3 * letters:
        is_chinese = scripts.get("CJK", 0) > 0.9 * (letters - scripts.get("LATIN", 0))
        return CHINESE if is_chinese else UNKNOWN
    spelled = [word for word in words if word.isalpha() and not is_east_asian(word[0])]
    if not spelled:
        return ENGLISH
    found = {language: sum(word in small for word in spelled) for language, small in _small_words().items()}
    known = sum(map(is_english_word, spelled)) / len(spelled)
    best = max(found, key=lambda language: found[language])
    if found[best] > found[ENGLISH] and best != ENGLISH and (known < 0.6 or found[best] > found[ENGLISH] + 2):
        return best
    # Names are no English words, but neither do they make a prompt foreign.
    return ENGLISH if known >= (0.5 if len(spelled) > 3 else 0.3) else UNKNOWN


@lru_cache(maxsize=1)
def _small_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    name = unicodedata.name(unicodedata.normalize("NFKC", character)[0], "UNKNOWN").split()[0]
    return {"IDEOGRAPHIC": "CJK", "MATHEMATICAL": "LATIN", "FULLWIDTH": "LATIN", "FEMININE": "LATIN"}.get(name, name)
