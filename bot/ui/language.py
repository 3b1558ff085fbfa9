"""What people read, in their language: one file for each in bot/ui/languages/, in Mozilla's Fluent.

Which language is spoken is a matter of who reads: an answer that only one member sees is in that member's, what a whole
server sees is in the server's. Whoever begins to answer says so once (``speak``, ``speaking``), and everything worded
in that task is in it. A message that a language lacks is said in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from discord import Locale, app_commands
from fluent.runtime import FluentBundle, FluentResource

FOLDER = Path(__file__).with_name("languages")
SOURCE = "en"


class Language:
    """``code``: the name of its file, with which Discord's name for the language begins ("es" for es-ES, es-419)."""

    def __init__(self, code: str, fallback: Language | None = None) -> None:
        self.code = code
        self._fallback = fallback
        self._bundle = FluentBundle([code], use_isolating=False)
        self._bundle.add_resource(FluentResource((FOLDER / f"{code}.ftl").read_text(encoding="utf-8")))

    def say(self, key: str, values: Mapping[str, Any]) -> str:
        """Raises KeyError for a message that no language has, ValueError for one that lacks a value."""
        pattern = self._bundle.get_message(key).value if self._bundle.has_message(key) else None
        if pattern is None:
            if self._fallback is None:
                raise KeyError(key)
            return self._fallback.say(key, values)
        text, errors = self._bundle.format_pattern(pattern, dict(values))
        if errors:
            raise ValueError(f"{self.code}: {key}: {errors}")
        return str(text)


@cache
def languages() -> Mapping[str, Language]:
    """By code. Read once: a few milliseconds each."""
    source = Language(SOURCE)
    others = (file.stem for file in sorted(FOLDER.glob("*.ftl")) if file.stem != SOURCE)
    return {SOURCE: source} | {code: Language(code, source) for code in others}


def language_of(locale: str | None) -> Language:
    """``locale``: as Discord names it. English for one that is not there."""
    code = (locale or SOURCE).split("-")[0]
    return languages().get(code, languages()[SOURCE])


_spoken: ContextVar[Language | None] = ContextVar("lienzo_language", default=None)


def say(key: str, **values: Any) -> str:
    """The message in the language that is spoken in this task. Numbers that decide a plural are given as numbers; all
    else as the text that it is."""
    return (_spoken.get() or language_of(None)).say(key, values)


def speak(locale: str | None) -> None:
    """From here to the end of this task."""
    _spoken.set(language_of(locale))


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    token = _spoken.set(language_of(locale))
    try:
        yield
    finally:
        _spoken.reset(token)


def described(key: str) -> app_commands.locale_str:
    """A text of a command, which Discord shows to each member in their language."""
    return app_commands.locale_str(language_of(None).say(key, {}), key=key)


class CommandTranslator(app_commands.Translator):
    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        key = string.extras.get("key")
        if key is None and context.location is app_commands.TranslationContextLocation.parameter_name:
            key = f"name-{string.message}"
        language = languages().get(str(locale).split("-")[0])
        if key is None or language is None or language.code == SOURCE:
            return None
        try:
            return language.say(key, {})
        except KeyError:
            return None  # a name that is the same everywhere
