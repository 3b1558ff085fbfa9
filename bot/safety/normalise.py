"""Text -> the views in which a hidden word becomes visible.

People hide words from filters with look-alike letters, invisible characters, spacing, punctuation, digits, repeats,
markup and codes; text encoders, and more so their pre-processing, often read straight through it. One canonical form
cannot undo all of that at once (undoing "n.u.d.e" would glue harmless sentences together), so the rules and the
classifier look at a few views side by side:

  decode      escapes, tags, base64, upside down        bot/safety/decoding.py, letters.py
  spell       weights, alternatives, schedules           bot/safety/markup.py
  split       every mark is a gap between words          -> the view "as written"
  read        each word as a reader makes it out         -> the view "as read", bot/safety/reading.py
  join        pieces of a word put together              -> a third view, where there are such
  decipher    the whole text reversed or shifted         -> a fourth, where it is nonsense otherwise
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from bot.safety.decoding import decoded, unescape, without_tags
from bot.safety.letters import readings, upside_down, without_east_asian_shapes
from bot.safety.markup import spellings
from bot.safety.reading import Reader, rot_alphabets

MAX_CHARACTERS = 4000  # of one text; ImageRequest allows fewer, this bounds the work whatever comes in
MAX_VIEWS = 16
WINDOW = 12  # words: long prompts are judged piece by piece, so that harmless words do not dilute the others
STRIDE = 4
SMALL_WINDOW, SMALL_STRIDE = 7, 3

View = tuple[str, ...]

_SPACED_LETTERS = re.compile(r"(?<![^\W_])(?:[^\W_@$!|][\W_]{1,8}?|[@$!|]\s){2,}[^\W_](?![^\W_])")
_SEPARATORS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"\b(?:[A-Z]?[a-z]{2,})(?:[A-Z][a-z]{2,})+\b")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")


def canonical(text: str) -> str:
    """Small letters, look-alikes resolved, nothing invisible, single spaces; punctuation stays."""
    return " ".join(_visible(without_east_asian_shapes(unescape(text[:MAX_CHARACTERS])), is_final=True).split())


class Normaliser:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def views(self, text: str) -> list[View]:
        """As read first, then as written, then what else it may be hiding."""
        text = unescape(text[:MAX_CHARACTERS])
        sources = [without_east_asian_shapes(text), *decoded(text)]
        if (turned := upside_down(text)) is not None:
            sources.append(turned)
        if any(map(_is_symbol, text)):
            sources.append(_symbols_named(text))
        found: dict[View, None] = {}
        for source in sources:
            for spelling in spellings(source):
                for view in self._views_of(without_tags(spelling)):
                    found.setdefault(view)
                if len(found) >= MAX_VIEWS:
                    break
        return list(found)[:MAX_VIEWS]

    def _views_of(self, text: str) -> Iterator[View]:
        text = _CAMEL.sub(lambda match: _HUMP.sub(" ", match[0]), text)
        visible = _visible(text, is_final=False)
        pieces = _SPACED_LETTERS.sub(_despaced, visible).split()
        read = tuple(word for piece in pieces for word in self._reader.read(piece))
        written = tuple(_NOT_WORD.sub(" ", _visible(text, is_final=True)).split())
        if read:
            yield read
        if written and written != read:
            yield written
        if joined := self._reader.joined(written if written else read):
            yield tuple(joined)
        if len(read) > 1 and self._reader.known_share(read) < 0.5 and (plain := self._deciphered(written)):
            yield plain

    def _deciphered(self, words: Sequence[str]) -> View | None:
        """The one simple cipher that turns a nonsense text into known words."""
        sample = words[:24]
        ways: list[Callable[[str], str]] = [
            _reversed,
            self._reader.without_pig_latin,
            *(_shift(table) for table in rot_alphabets()),
        ]
        share, best = max(
            ((self._reader.known_share([way(word) for word in sample]), way) for way in ways), key=lambda pair: pair[0]
        )
        if share < 0.6:
            return None
        return tuple(best(word) for word in (reversed(words) if best is _reversed else words))


def _reversed(word: str) -> str:
    return word[::-1]


def _shift(alphabet: dict[int, int]) -> Callable[[str], str]:
    return lambda word: word.translate(alphabet)


def _visible(text: str, *, is_final: bool) -> str:
    """Without what cannot be seen. Letters that may be read in two ways stay as they are unless ``is_final``."""
    if text.isascii():
        return text.lower()
    found = []
    for character in text:
        if character.isspace():
            found.append(" ")
            continue
        ways = readings(character)
        found.append(ways[0] if is_final or len(ways) == 1 else character)
    return "".join(found)


def _despaced(match: re.Match[str]) -> str:
    """ "n u d e" -> "nude". Of two sorts of gaps the rarer one parts words: "a  n u d e", "a n  u  d  e" """
    text = match[0]
    gaps = Counter(len(gap) for gap in _SEPARATORS.findall(text))
    within = max(gaps, key=lambda length: (gaps[length], -length))
    return _SEPARATORS.sub(lambda gap: "" if len(gap[0]) == within else " ", text)


def _is_symbol(character: str) -> bool:
    return character > "\u2000" and unicodedata.category(character) == "So"


def _symbols_named(text: str) -> str:
    """Pictures in the text as words: what the picture is called, and one word that no typed text has."""
    named = []
    for character in text:
        name = unicodedata.name(character, "").lower() if _is_symbol(character) else ""
        if not name or (len(readings(character)[0]) == 1 and readings(character)[0].isascii()):
            named.append(character)
        else:
            named.append(f" {name} emoji{_NOT_WORD.sub('', name)} ")
    return "".join(named)
