"""A hidden word, read: from what somebody wrote to the word a reader sees in it.

Each word of a text that is not known as it stands is tried in the ways people hide words: other letters, digits for
letters, stars for vowels, repeats, marks between letters, words glued or split, reversed, one letter wrong. A way is
believed only if a known word comes out, so ordinary rare words stay what they are. A word is known if a lexicon has it
or if it is one of the ordinary words of harmless prompts (words.txt, most frequent first).
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

from bot.safety.features import word_hash
from bot.safety.letters import LEET, readings
from bot.safety.lexicons import LexiconIndex

MAX_SPELLINGS = 48  # of one word
MAX_SEGMENTED = 400  # letters of one word that is taken apart; what is longer is cut there
MIN_TYPO_LETTERS = 7
MAX_TYPO_LETTERS = 32
MIN_SEGMENTED = 7
MIN_DRESSED = 5  # letters of a word that has an ending, or consonants of one that has lost its vowels
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ly", "ish", "y", "like", "ness", "less", "core")
_PREFIXES = ("un", "re", "non", "pre", "super", "ultra", "mega", "semi", "half", "the")
_STARS = frozenset("*#_•·.%?~×✱∗＊■□▪●○°^-")
_PUNCTUATION = ",;:!?)(\"'"
_ROT13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_NOT_LETTERS = re.compile(r"[\W_]+")
_VOWELS = re.compile(r"[aeiou]")
_ATBASH = str.maketrans("abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")
_DIGITS = re.compile(r"\d+")
_RUNS = re.compile(r"(.)\1+")
_RUN = re.compile(r"(.)\1*")
_LONG_RUNS = re.compile(r"(.)\1{2,}")
_MOST_MOVED = 4  # consonants that pig Latin takes to the end


class Reader:
    """``ordinary``: harmless words, most frequent first. ``common``: hashes of many more words that people write; such
    a word is what it is, and no slip or disguise of another."""

    def __init__(self, lexicons: LexiconIndex, ordinary: Sequence[str], common: Container[int] = frozenset()) -> None:
        self._lexicons = lexicons
        self._common = common
        self._costs = _costs(ordinary, lexicons.vocabulary)
        self._ordinary = frozenset(ordinary) - lexicons.single_words
        self._typos = _deletions(
            word
            for word in lexicons.single_words
            # One letter more for stems: they are cut off, so that more words are near them.
            if word.isascii() and len(word) >= MIN_TYPO_LETTERS + (word in lexicons.stems)
        )
        self._starred: dict[tuple[int, str], list[str]] = {}
        for word in lexicons.single_words:
            self._starred.setdefault((len(word), word[0]), []).append(word)
        self._collapsed: dict[str, list[str]] = {}
        self._skeletons: dict[str, list[str]] = {}
        for word in lexicons.single_words:
            if word.isascii() and word not in lexicons.stems:
                self._skeletons.setdefault(word[0] + _VOWELS.sub("", word), []).append(word)
            if (short := _RUNS.sub(r"\1", word)) != word:
                self._collapsed.setdefault(short, []).append(word)
        self._read: dict[str, tuple[str, ...]] = {}

    def is_known(self, word: str) -> bool:
        return word in self._ordinary or word in self._lexicons.vocabulary or self._lexicons.is_word(word)

    def is_common(self, word: str) -> bool:
        return word in self._ordinary or (word_hash(word) in self._common and not self._lexicons.is_word(word))

    def read(self, written: str) -> tuple[str, ...]:
        """The words that one piece of text between spaces stands for."""
        known = self._read.get(written)
        if known is None:
            known = tuple(self._make_out(written))
            if len(self._read) < 50_000:
                self._read[written] = known
        return known

    def known_share(self, words: Sequence[str]) -> float:
        letters = [word for word in words if len(word) > 1]
        return sum(self.is_known(word) for word in letters) / len(letters) if letters else 0.0

    def without_pig_latin(self, word: str) -> str:
        return next((found for found in _pig_latin(word) if self.is_known(found)), word)

    def joined(self, words: Sequence[str]) -> list[str] | None:
        """The words with pieces put together that make a lexicon's word ("na ked"); None if there are none.

        Pieces that are ordinary words each stay apart: "pen is mightier" is a proverb.
        """
        found: list[str] = []
        at = 0
        while at < len(words):
            length = self._joint_at(words, at)
            found.append("".join(words[at : at + length]))
            at += length
        return found if len(found) < len(words) else None

    def _joint_at(self, words: Sequence[str], at: int) -> int:
        """How many pieces make one lexicon's word from here on; 1 if none do."""
        for length in (2, 3, 4):
            pieces = words[at : at + length]
            word = "".join(pieces)
            if len(pieces) < length or len(word) > 16:
                return 1
            if len(word) >= 4 and self._makes_word(word, len(pieces[-1])) and not self._stand_alone(pieces):
                return length
        return 1

    def _makes_word(self, word: str, last: int) -> bool:
        """Whether it is a lexicon's word, and not without its last piece of so many letters already."""
        if word in self._lexicons.single_words and word not in self._lexicons.stems:
            return True
        return self._lexicons.is_word(word) and not any(
            word[:length] in self._lexicons.stems for length in range(1, len(word) - last + 1)
        )

    def _stand_alone(self, pieces: Sequence[str]) -> bool:
        """Whether each piece is a word. Short pieces that are rare words are pieces."""
        return all(
            piece in ("a", "i")
            or (len(piece) > 1 and piece in self._ordinary)
            or (len(piece) > 3 and (self.is_common(piece) or piece in self._lexicons.vocabulary))
            for piece in pieces
        )

    def _make_out(self, written: str) -> Iterable[str]:
        core = _EDGES.sub("", written)
        parts = _NOT_LETTERS.sub(" ", core).split()
        if not parts and not any(letter in LEET for letter in written):
            return ()
        if len(parts) == 1 and parts[0] == core and (self.is_known(core) or self.is_common(core)):
            return parts
        if len(parts) > 1 and all(map(self.is_known, parts)) and not self._hides(parts):
            return parts
        for spelling in islice(self._spellings(written, core, parts), MAX_SPELLINGS * 4):
            if self._lexicons.is_word(spelling):
                return (spelling,)
        if len(parts) == 1 and (corrected := self._stretched(parts[0]) or self._corrected(parts[0])):
            return (corrected,)
        if len(parts) == 1 and (plain := self._undressed(parts[0])):
            return (plain,)
        if starred := self._unstarred(written, core):
            return (starred,)
        letters = "".join(_spelled(core, with_digits=True)) if core else ""
        if (len(parts) <= 1 or len(letters) >= 2 * MIN_SEGMENTED) and (segmented := self._segmented(letters)):
            return segmented
        for spelling in islice(self._spellings(written, core, parts), MAX_SPELLINGS):
            if len(spelling) > 1 and spelling in self._ordinary:
                return (spelling,)
        return parts

    def _hides(self, parts: Sequence[str]) -> bool:
        return len("".join(parts)) >= 4 and self._lexicons.is_word("".join(parts)) and not self._stand_alone(parts)

    def _spellings(self, written: str, core: str, parts: Sequence[str]) -> Iterator[str]:
        """The words a piece may be, likeliest first."""
        glued = "".join(parts)
        yield from _variants(glued)
        if not glued.isalpha():
            without_digits = _DIGITS.sub("", glued)
            if len(without_digits) >= 3:
                yield from _variants(without_digits)
        if not glued.isalpha() or not glued.isascii() or not written == core == glued:
            seen = set()
            for text in (written, core):
                for letters in islice(product(*map(_options, text[:40])), MAX_SPELLINGS):
                    spelled = _NOT_LETTERS.sub("", "".join(letters))
                    if spelled not in seen and len(spelled) >= 3:
                        seen.add(spelled)
                        yield from _variants(spelled)
        if len(glued) >= 4:
            yield glued[::-1]
            yield glued.translate(_ROT13)
            yield from _pig_latin(glued)

    def _undressed(self, word: str) -> str | None:
        """The lexicon's word under an ending, a prefix, a simple cipher, or without its vowels."""
        if not MIN_DRESSED <= len(word) <= MAX_TYPO_LETTERS or not word.isascii() or not word.isalpha():
            return None
        known = self._lexicons.single_words
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= MIN_DRESSED and word[: -len(ending)] in known:
                return word[: -len(ending)]
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) - len(prefix) >= MIN_DRESSED and word[len(prefix) :] in known:
                return word[len(prefix) :]
        if len(word) > MIN_DRESSED:
            ends = word[-1] + word[1:-1] + word[0]
            for spelling in (ends, *(word.translate(alphabet) for alphabet in (_ATBASH, *rot_alphabets()))):
                if spelling in known:
                    return spelling
        consonants = _VOWELS.sub("", word)
        if len(consonants) >= MIN_DRESSED:
            for candidate in self._skeletons.get(word[0] + consonants, ()):
                if len(candidate) > len(word) and _is_part(word, candidate):
                    return candidate
        return None

    def _stretched(self, word: str) -> str | None:
        """ "bbooookkk" -> "book": the lexicon's word whose letters are repeated."""
        if not _RUNS.search(word):
            return None
        runs = [len(run[0]) for run in _RUN.finditer(word)]
        for candidate in self._collapsed.get(_RUNS.sub(r"\1", word), ()):
            if all(
                mine >= its for mine, its in zip(runs, (len(run[0]) for run in _RUN.finditer(candidate)), strict=True)
            ):
                return candidate
        return None

    def _corrected(self, word: str) -> str | None:
        """The lexicon's word that is one slip away: a letter more, fewer, other, or two swapped."""
        if not MIN_TYPO_LETTERS - 1 <= len(word) <= MAX_TYPO_LETTERS or not word.isascii() or not word.isalpha():
            return None
        for shape in (word, *(word[:at] + word[at + 1 :] for at in range(len(word)))):
            for candidate in self._typos.get(shape, ()):
                if candidate[0] == word[0] and _is_one_slip(word, candidate):
                    return candidate
        return None

    def _unstarred(self, written: str, core: str) -> str | None:
        """ "n*ked", "f**k": a mark for a letter, at most half of them."""
        for text in dict.fromkeys((core, written, written.strip(_PUNCTUATION))):
            stars = sum(letter in _STARS for letter in text)
            if not 0 < stars <= len(text) / 2 or not 4 <= len(text) <= 16 or not text[0].isalpha():
                continue
            seen = [(at, letter) for at, letter in enumerate(text) if letter not in _STARS]
            for word in self._starred.get((len(text), text[0]), ()):
                if all(word[at] == letter for at, letter in seen):
                    return word
        return None

    def _segmented(self, letters: str) -> tuple[str, ...] | None:
        """Glued words taken apart, if a lexicon's word is among them or there are too many letters for one word."""
        if len(letters) < MIN_SEGMENTED or not letters.isascii() or not letters.isalpha():
            return None
        letters = letters[:MAX_SEGMENTED]
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(letters) + 1):
            best.append(
                min(
                    (best[start][0] + self._costs.get(letters[start:end], 20.0 + 9.0 * (end - start)), start)
                    for start in range(max(0, end - 18), end)
                )
            )
        words: list[str] = []
        end = len(letters)
        while end:
            start = best[end][1]
            words.append(letters[start:end])
            end = start
        words.reverse()
        if any(word not in self._costs or (len(word) < 2 and word not in ("a", "i")) for word in words):
            return None
        is_found = any(len(word) >= 5 and self._lexicons.is_word(word) for word in words)
        return tuple(words) if is_found or len(letters) >= 2 * MIN_SEGMENTED else None


@lru_cache(maxsize=1)
def rot_alphabets() -> tuple[dict[int, int], ...]:
    """Every shift of the alphabet, ROT13 among them."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return tuple(str.maketrans(letters, letters[shift:] + letters[:shift]) for shift in range(1, 26))


def _pig_latin(word: str) -> Iterator[str]:
    """What it may be of: "orbexilzay" is "zorbexil" or "lzorbexi"."""
    if not word.endswith("ay"):
        return
    rest = word[:-2].replace("-", "")
    if rest[-1:] in ("w", "y", "h"):
        yield rest[:-1]
    for moved in range(1, _MOST_MOVED + 1):
        if len(rest) > moved + 1 and not any(letter in "aeiou" for letter in rest[-moved:]):
            yield rest[-moved:] + rest[:-moved]


def _options(letter: str) -> tuple[str, ...]:
    if letter in LEET:
        # A mark between letters is nothing or a letter, a digit is a letter.
        return (*LEET[letter], "") if not letter.isdigit() else LEET[letter]
    return readings(letter) if not letter.isascii() else (letter,)


def _spelled(text: str, *, with_digits: bool) -> Iterator[str]:
    for letter in text:
        option = _options(letter)[0] if with_digits else letter
        yield option if option.isalnum() else ""


def _variants(word: str) -> Iterator[str]:
    yield word
    if _RUNS.search(word):
        yield _LONG_RUNS.sub(r"\1", word)
        yield _LONG_RUNS.sub(r"\1\1", word)
        yield _RUNS.sub(r"\1", word)


def _costs(ordinary: Sequence[str], vocabulary: Iterable[str]) -> dict[str, float]:
    """What a word costs in a segmentation: the rarer the dearer (Zipf's law over its rank)."""
    scale = math.log(len(ordinary) + 2)
    costs = {word: math.log((rank + 1) * scale) for rank, word in enumerate(ordinary) if len(word) > 1 or word in "ai"}
    for word in vocabulary:
        if len(word) > 2:
            costs.setdefault(word, math.log((len(ordinary) + 1) * scale / 2))
    return costs


def _deletions(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        for shape in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            found.setdefault(shape, []).append(word)
    return found


def _is_part(short: str, long: str) -> bool:
    """Whether the letters of one are in the other, in their order."""
    rest = iter(long)
    return all(letter in rest for letter in short)


def _is_one_slip(written: str, word: str) -> bool:
    if abs(len(written) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(written), len(word)) and written[start] == word[start]:
        start += 1
    mine, its = written[start:], word[start:]
    return (
        mine[1:] == its  # one too many
        or mine == its[1:]  # one left out
        or mine[1:] == its[1:]  # another
        or (len(mine) == len(its) >= 2 and mine[0] == its[1] and mine[1] == its[0] and mine[2:] == its[2:])  # swapped
    )
