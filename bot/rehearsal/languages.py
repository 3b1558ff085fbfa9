"""The languages of Discord's clients, and what a command is called in them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

LOCALES = frozenset(
    (
        *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl"),
        *("pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja"),
        *("zh-TW", "ko"),
    )
)
_NEXT_BEST = {"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES"}


def said_in(locale: str, given: Json, field: str) -> str:
    """A command's, an option's or a choice's name or description, as the client of that language shows it."""
    translations = given.get(f"{field}_localizations") or {}
    for one in (locale, _NEXT_BEST.get(locale)):
        if translations.get(one):
            return str(translations[one])
    return str(given.get(field) or "")


def translated(given: Json, locale: str) -> Json:
    """A command with `local_name` and `local_description` beside the names that are sent, all the way down."""
    shown = {key: value for key, value in given.items() if not key.endswith("_localizations")}
    shown["local_name"] = said_in(locale, given, "name")
    if "description" in given:
        shown["local_description"] = said_in(locale, given, "description")
    for field in ("options", "choices"):
        if given.get(field):
            shown[field] = [translated(inner, locale) for inner in given[field]]
    return shown
