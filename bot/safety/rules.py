"""The rules of the gate: data files of words, and what it takes for them to stop a prompt.

A lexicon is a list of words and phrases, looked for in every view of a text. A rule names the lexicons that must be
found, and what else must be so. Both are TOML, so that a community can read, review and extend them; bot/safety/rules/
holds ours.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.safety.ages import ages_below
from bot.safety.classifier import Classifier, load_classifier, load_meanings, load_ordinary_words
from bot.safety.lexicons import Lexicon, LexiconIndex
from bot.safety.model.files import WeightsUnusable
from bot.safety.normalise import Normaliser, canonical
from bot.safety.reading import Reader

if TYPE_CHECKING:
    from bot.safety.judging import Match

BUILT_IN = Path(__file__).with_name("rules")


class RulesUnusable(Exception):
    """A rule file or the classifier's weights are broken; the message names the file and what is wrong."""


class _Lexicon(BaseModel):
    """``exceptions`` are phrases in which a word means something else; ``ambiguous`` words count in texts of the
    file's language only; ``ages_below`` adds every way to write a lower age."""

    model_config = ConfigDict(extra="forbid")
    words: list[str] = []
    exceptions: Annotated[list[str], Field(alias="except")] = []
    ambiguous: list[str] = []
    ages_below: int = 0

    @model_validator(mode="after")
    def _has_entries(self) -> _Lexicon:
        if not (self.words or self.ambiguous or self.ages_below):
            raise ValueError("words: at least one is needed")
        return self


class Rule(BaseModel):
    """All of ``all_of`` and one of ``any_of`` must be in the texts that are asked for, one of ``negative_any_of`` in
    those that are refused; ``classified``, ``suspected`` and ``certain`` name a category that the classifier must be
    sure of, at least suspect, or be certain of. ``near``: within so many words of each other. ``needs_nude_picture``:
    the picture is drawn, and its score is at least suspicious."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    category: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    negative_any_of: tuple[str, ...] = ()
    classified: str = ""
    suspected: str = ""
    certain: str = ""
    needs_upload: bool = False
    needs_nude_picture: bool = False
    fixed: bool = False
    near: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _asks_for_something(self) -> Rule:
        if not (self.lexicons or self.classified or self.suspected or self.certain or self.needs_nude_picture):
            raise ValueError("it names neither a lexicon, nor a category of the classifier, nor a picture")
        return self

    @property
    def lexicons(self) -> tuple[str, ...]:
        return (*self.all_of, *self.any_of, *self.negative_any_of)


class _RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: int
    language: str = ""
    lexicons: dict[str, _Lexicon] = {}
    rules: list[Rule] = []


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a text is judged by. ``version`` changes with any change of any file."""

    version: str
    rules: tuple[Rule, ...]
    lexicons: LexiconIndex
    normaliser: Normaliser
    reader: Reader
    classifier: Classifier

    def first_match(self, prompt: str, negative_prompt: str = "") -> Match | None:
        """The first rule, in the order of the files, that stops this prompt in some policy."""
        from bot.safety.judging import matches
        from bot.safety.texts import PromptTexts

        found = matches(self, PromptTexts(prompt, negative_prompt))
        return next((match for match in found if not match.is_suspicion), None)


def load_rules(folder: Path | None = None) -> Rules:
    """The built-in rules, and those of ``folder`` behind them. Raises RulesUnusable."""
    lexicons, rules, digest = _load(folder)
    try:
        classifier, ordinary = load_classifier(), load_ordinary_words()
    except WeightsUnusable as error:
        raise RulesUnusable(str(error)) from None
    _check(rules, {lexicon.name for lexicon in lexicons}, classifier.categories)
    digest.update(classifier.version.encode())
    index = LexiconIndex.of(lexicons)
    reader = Reader(index, ordinary, load_meanings().keys())
    return Rules(digest.hexdigest()[:12], tuple(rules), index, Normaliser(reader), reader, classifier)


def load_lexicons() -> list[Lexicon]:
    """The built-in lexicons alone, for training: there the classifier does not exist yet."""
    return _load(None)[0]


def _load(folder: Path | None) -> tuple[list[Lexicon], list[Rule], hashlib._Hash]:
    lexicons: list[Lexicon] = []
    rules: list[Rule] = []
    digest = hashlib.sha256()
    for file in [*_files(BUILT_IN), *(_files(folder) if folder else [])]:
        content = _read(file, digest)
        lexicons += [_spelled(name, lexicon, content.language) for name, lexicon in content.lexicons.items()]
        rules += content.rules
    return lexicons, rules, digest


def _check(rules: Iterable[Rule], lexicons: set[str], categories: Sequence[str]) -> None:
    for rule in rules:
        for name in rule.lexicons:
            if name not in lexicons:
                raise RulesUnusable(f"rule {rule.name!r} names the lexicon {name!r}, which no file defines")
        for category in filter(None, (rule.classified, rule.suspected, rule.certain)):
            if category not in categories:
                raise RulesUnusable(f"rule {rule.name!r} names {category!r}, which the classifier does not know")


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RulesUnusable(f"{folder} is no folder; check [safety] rules_folder")
    return sorted(folder.glob("*.toml"))


def _read(file: Path, digest: hashlib._Hash) -> _RuleFile:
    try:
        data = file.read_bytes()
        digest.update(data)
        return _RuleFile.model_validate(tomllib.loads(data.decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesUnusable(f"{file}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise RulesUnusable(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _spelled(name: str, lexicon: _Lexicon, language: str) -> Lexicon:
    """Its entries as the views spell them: canonical letters, single spaces, "*" for any ending."""
    words = [*lexicon.words, *ages_below(lexicon.ages_below)]
    return Lexicon(
        name,
        _entries(words),
        _entries(lexicon.exceptions),
        _entries(lexicon.ambiguous),
        language,
    )


def _entries(texts: Iterable[str]) -> tuple[str, ...]:
    spelled = []
    for text in texts:
        words = (
            re.sub(r"[\W_]+", "", canonical(word)) + ("*" if word.endswith("*") else "")
            for word in re.sub(r"[^\w*]+|_", " ", canonical(text)).split()
        )
        if entry := " ".join(word for word in words if word.strip("*")):
            spelled.append(entry)
    return tuple(dict.fromkeys(spelled))
