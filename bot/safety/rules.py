"""The rules of the gate: data files of words, and what it takes for them to block.

A lexicon is a list of words and phrases, matched as whole words in every view of a text. A rule names the lexicons that
must all be found. Both are TOML, so that a community can read, review and extend them; bot/safety/rules/ holds ours.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.safety.normalise import canonical, views

BUILT_IN = Path(__file__).with_name("rules")


class RulesUnusable(Exception):
    """A rule file is broken; the message names the file and what is wrong."""


class _Lexicon(BaseModel):
    model_config = ConfigDict(extra="forbid")
    words: Annotated[list[str], Field(min_length=1)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    category: str
    all_of: Annotated[list[str], Field(min_length=1)]
    negative_any_of: list[str] = []


class _RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: int
    lexicons: dict[str, _Lexicon] = {}
    rules: list[_Rule] = []


@dataclass(frozen=True, slots=True)
class Match:
    rule: str
    category: str


class Rules:
    """Loaded rules. ``version`` changes with any change of any file."""

    def __init__(self, version: str, lexicons: Mapping[str, re.Pattern[str]], rules: Iterable[_Rule]) -> None:
        self.version = version
        self._lexicons = lexicons
        self._rules = tuple(rules)

    def first_match(self, prompt: str, negative_prompt: str) -> Match | None:
        """The first rule, in the order of the files, that stops this prompt.

        A rule's ``all_of`` lexicons are looked for in the prompt; where it has ``negative_any_of``, those are looked
        for in the negative prompt, because refusing clothes asks for none.
        """
        wanted, unwanted = self._found_in(prompt), self._found_in(negative_prompt)
        for rule in self._rules:
            if set(rule.all_of) <= wanted and (not rule.negative_any_of or set(rule.negative_any_of) & unwanted):
                return Match(rule.name, rule.category)
        return None

    def _found_in(self, text: str) -> set[str]:
        seen = views(text)
        return {name for name, words in self._lexicons.items() if any(words.search(view) for view in seen)}


def load_rules(folder: Path | None = None) -> Rules:
    """The built-in rules, and those of ``folder`` behind them. Raises RulesUnusable."""
    lexicons: dict[str, list[str]] = {}
    rules: list[_Rule] = []
    digest = hashlib.sha256()
    for file in [*_files(BUILT_IN), *(_files(folder) if folder else [])]:
        content = _read(file, digest)
        for name, lexicon in content.lexicons.items():
            lexicons.setdefault(name, []).extend(lexicon.words)
        rules += content.rules
    for rule in rules:
        for name in [*rule.all_of, *rule.negative_any_of]:
            if name not in lexicons:
                raise RulesUnusable(f"rule {rule.name!r} names the lexicon {name!r}, which no file defines")
    patterns = {name: _pattern(words) for name, words in lexicons.items()}
    return Rules(digest.hexdigest()[:12], patterns, rules)


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


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern for a whole lexicon: words by their canonical letters, ``*`` for any ending."""
    alternatives = set()
    for word in words:
        stem = re.sub(r"[\W_]+", " ", canonical(word.rstrip("*"))).strip()
        alternatives.add(re.escape(stem) + (r"\w*" if word.endswith("*") else ""))
    return re.compile(r"\b(?:" + "|".join(sorted(alternatives, key=len, reverse=True)) + r")\b")
