"""Lexicons: named lists of words and phrases, found in a text by looking up each of its words once.

An entry is one word or several; "*" at the end of a word stands for any ending. Chinese and Japanese write without
gaps, so entries in those scripts are looked for anywhere. An exception is a phrase in which a word means something
else ("naked eye"): a hit inside it does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.safety.letters import is_east_asian

MIN_STEM = 3  # letters before a "*"
MIN_FOREIGN = 6  # letters of a word in another language, to be read out of hidden ones


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``ambiguous``: entries that are something else in other languages, and count only in texts of ``language``."""

    name: str
    words: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found: words ``start`` to ``end`` of the text."""

    lexicon: str
    start: int
    end: int
    entry: str


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    rest: tuple[str, ...]  # the words after the first
    lexicon: str
    is_exception: bool
    language: str  # empty: in any
    is_foreign: bool

    def continues(self, words: Sequence[str], at: int) -> bool:
        if at + len(self.rest) >= len(words):
            return False
        return all(_matches(want, words[at + 1 + index]) for index, want in enumerate(self.rest))


@dataclass(slots=True)
class LexiconIndex:
    """All lexicons together. Only ever read after it is made."""

    _exact: dict[str, list[_Entry]] = field(default_factory=dict)
    _stems: dict[str, list[_Entry]] = field(default_factory=dict)
    _anywhere: list[tuple[str, str, bool]] = field(default_factory=list)
    vocabulary: frozenset[str] = frozenset()  # whole words, parts of phrases too
    single_words: frozenset[str] = frozenset()  # that make a hit on their own
    stems: frozenset[str] = frozenset()
    _cache: dict[str, tuple[_Entry, ...]] = field(default_factory=dict)
    _by_second: dict[str, tuple[tuple[_Entry, ...], dict[str, list[_Entry]]]] = field(default_factory=dict)
    _longest_stem: int = 0

    @classmethod
    def of(cls, lexicons: Iterable[Lexicon]) -> LexiconIndex:
        index = cls()
        vocabulary: set[str] = set()
        single: set[str] = set()
        for lexicon in lexicons:
            for words, is_exception, language in (
                (lexicon.words, False, ""),
                (lexicon.ambiguous, False, lexicon.language),
                (lexicon.exceptions, True, ""),
            ):
                for text in words:
                    index._add(lexicon, text, is_exception, language, vocabulary, single)
        index.vocabulary = frozenset(vocabulary)
        index.single_words = frozenset(single)
        index.stems = frozenset(index._stems)
        index._longest_stem = max(map(len, index._stems), default=0)
        return index

    def _add(
        self, lexicon: Lexicon, text: str, is_exception: bool, language: str, vocabulary: set[str], single: set[str]
    ) -> None:
        if any(map(is_east_asian, text)):
            self._anywhere.append((text.replace(" ", ""), lexicon.name, is_exception))
            return
        first, *rest = text.split()
        entry = _Entry(text, tuple(rest), lexicon.name, is_exception, language, bool(lexicon.language))
        if first.endswith("*"):
            self._stems.setdefault(first[:-1], []).append(entry)
        else:
            self._exact.setdefault(first, []).append(entry)
        if not is_exception and not lexicon.language:
            vocabulary.update(word.rstrip("*") for word in (first, *rest))
            if not rest:
                single.add(first.rstrip("*"))

    def starts_of(self, word: str) -> tuple[_Entry, ...]:
        """The entries whose first word this is."""
        known = self._cache.get(word)
        if known is None:
            found = list(self._exact.get(word, ()))
            for length in range(MIN_STEM, min(len(word), self._longest_stem) + 1):
                found += self._stems.get(word[:length], ())
            known = tuple(found)
            if len(self._cache) < 50_000:
                self._cache[word] = known
        return known

    def _candidates(self, word: str, following: str) -> Iterator[_Entry]:
        """The entries that begin with the word and may go on with the following one. Ages alone are thousands."""
        known = self._by_second.get(word)
        if known is None:
            others: list[_Entry] = []
            by_second: dict[str, list[_Entry]] = {}
            for entry in self.starts_of(word):
                if entry.rest and not entry.rest[0].endswith("*"):
                    by_second.setdefault(entry.rest[0], []).append(entry)
                else:
                    others.append(entry)
            known = tuple(others), by_second
            if len(self._by_second) < 50_000:
                self._by_second[word] = known
        yield from known[0]
        yield from known[1].get(following, ())

    def is_word(self, word: str) -> bool:
        """Whether an entry is, or begins like, this one word. Short words of other languages are too often something
        else in disguise."""
        return any(
            not entry.rest
            and not entry.is_exception
            and not entry.language
            and (not entry.is_foreign or len(word) >= MIN_FOREIGN)
            for entry in self.starts_of(word)
        )

    def hits(self, words: Sequence[str], language: str = "en") -> list[Hit]:
        """What is found, without what lies inside an exception of the same lexicon."""
        found: list[Hit] = []
        spared: list[Hit] = []
        for at, word in enumerate(words):
            for entry in self._candidates(word, words[at + 1] if at + 1 < len(words) else ""):
                if entry.language and entry.language != language:
                    continue
                if not entry.rest or entry.continues(words, at):
                    hit = Hit(entry.lexicon, at, at + 1 + len(entry.rest), entry.text)
                    (spared if entry.is_exception else found).append(hit)
        found += self._hits_anywhere(words)
        if not spared:
            return found
        return [hit for hit in found if not any(_inside(hit, exception) for exception in spared)]

    def _hits_anywhere(self, words: Sequence[str]) -> Iterator[Hit]:
        if not self._anywhere or not any(is_east_asian(word[0]) or is_east_asian(word[-1]) for word in words):
            return
        text = "".join(words)
        for entry, _, is_exception in self._anywhere:
            if is_exception:
                text = text.replace(entry, " " * len(entry))
        for entry, lexicon, is_exception in self._anywhere:
            if not is_exception and entry in text:
                yield Hit(lexicon, 0, len(words), entry)


def _matches(want: str, word: str) -> bool:
    return word.startswith(want[:-1]) if want.endswith("*") else word == want


def _inside(hit: Hit, exception: Hit) -> bool:
    return hit.lexicon == exception.lexicon and exception.start <= hit.start and hit.end <= exception.end
