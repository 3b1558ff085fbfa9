"""What people read, in their language: one file for each in bot/ui/languages/, in Mozilla's Fluent.

Which language is spoken is a matter of who reads: an answer that only one member sees is in that member's, what a whole
server sees is in the server's. Whoever begins to answer says so once (``speak``, ``speaking``), and everything worded
in that task is in it. A message that a language lacks is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from discord import Interaction, Locale, app_commands
from fluent.runtime import FluentBundle, FluentResource

_SPAN = re.compile(r"(\d+) (minute|hour|day)s?")
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


class InTheirLanguage:
    """The first base of a part of a message or form: its answers are in the language of whoever uses it."""

    async def interaction_check(self, interaction: Interaction[Any], /) -> bool:
        speak(str(interaction.locale))
        return True


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
        language = languages().get(str(locale).split("-")[0])
        if language is None or language.code == SOURCE:
            return None
        for key, values in _keys(string, context):
            try:
                return language.say(key, values)
            except KeyError:
                pass  # a name that is the same everywhere
        return None


def _keys(
    string: app_commands.locale_str, context: app_commands.TranslationContextTypes
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages that may say it, the likeliest first, with their values."""
    if key := string.extras.get("key"):
        yield key, {}
    elif isinstance(context.data, app_commands.Parameter):
        if context.location is app_commands.TranslationContextLocation.parameter_name:
            yield f"name-{context.data.command.qualified_name.replace(' ', '-')}-{string.message}", {}
            yield f"name-{string.message}", {}
    elif span := _SPAN.fullmatch(string.message):
        yield f"span-{span[2]}s", {"count": int(span[1])}
