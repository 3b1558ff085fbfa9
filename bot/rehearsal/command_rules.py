"""The rules for application commands: what a bot may declare."""

from __future__ import annotations

import unicodedata
from typing import Any

from bot.rehearsal.errors import FormErrors
from bot.rehearsal.languages import LOCALES

Json = dict[str, Any]

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
MOST = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
LARGEST_INTEGER = 2**53
CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)


def check_command(path: str, given: Json, errors: FormErrors) -> None:
    kind = given.get("type", CHAT_INPUT)
    at = f"{path}." if path else ""
    if kind not in MOST:
        errors.choice(f"{at}type", tuple(MOST))
        return
    _name(f"{at}name", given.get("name"), errors, menu=kind != CHAT_INPUT)
    _localised(at, given, "name", 32, errors)
    if kind == CHAT_INPUT:
        errors.text(f"{at}description", given.get("description"), 1, 100)
        _localised(at, given, "description", 100, errors)
        _options(f"{at}options", given.get("options"), errors, depth=0)
        if _characters(given) > 8000:
            text = "Command exceeds maximum size (8000)"
            errors.add(f"{at}name", "APPLICATION_COMMAND_TOO_LARGE", text)
    else:
        if given.get("description"):
            text = "Context menu commands cannot have description"
            errors.add(f"{at}description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", text)
        if given.get("options"):
            text = "Context menu commands cannot have options"
            errors.add(f"{at}options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID", text)
    for name, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        for value in given.get(name) or []:
            if value not in allowed:
                errors.choice(f"{at}{name}", allowed)


def _name(path: str, name: object, errors: FormErrors, *, menu: bool) -> None:
    errors.text(path, name, 1, 32)
    if not isinstance(name, str) or not name or len(name) > 32:
        return
    valid = all(_in_name(character) or (menu and character == " ") for character in name)
    # Letters that have no lower case (日本語) are as welcome as those that are lower case already.
    if not valid or (not menu and name != name.lower()):
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _in_name(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    # Vowel signs of Devanagari and Thai are marks, not letters, and words cannot be written without them.
    return "\u0900" <= character <= "\u097f" or "\u0e00" <= character <= "\u0e7f"


def _localised(at: str, given: Json, field: str, limit: int, errors: FormErrors) -> None:
    for locale, text in (given.get(f"{field}_localizations") or {}).items():
        path = f"{at}{field}_localizations.{locale}"
        if locale not in LOCALES:
            errors.choice(path, tuple(sorted(LOCALES)))
        elif field == "name" and given.get("type", CHAT_INPUT) in (CHAT_INPUT, *range(3, 12)):
            _name(path, text, errors, menu=given.get("type") in (USER_MENU, MESSAGE_MENU))
        else:
            errors.text(path, text, 1, limit)


def _options(path: str, options: object, errors: FormErrors, *, depth: int) -> None:
    if options is None:
        return
    if not isinstance(options, list):
        errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    if len(options) > 25:
        errors.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    names = [option.get("name") for option in options]
    optional_seen = False
    for index, option in enumerate(options):
        at = f"{path}.{index}"
        _option(at, option, errors, depth=depth)
        if names.index(option.get("name")) < index:
            text = "Option names must be unique"
            errors.add(f"{at}.name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            errors.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or (not option.get("required") and option.get("type") not in (SUBCOMMAND, GROUP))
    kinds = {option.get("type") in (SUBCOMMAND, GROUP) for option in options}
    if len(kinds) == 2:
        text = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        errors.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)


def _option(at: str, option: Json, errors: FormErrors, *, depth: int) -> None:
    kind = option.get("type")
    if (
        not isinstance(kind, int)
        or kind not in range(1, 12)
        or (kind == GROUP and depth > 0)
        or (kind == SUBCOMMAND and depth > 1)
    ):
        errors.choice(f"{at}.type", tuple(range(1, 12)))
        return
    _name(f"{at}.name", option.get("name"), errors, menu=False)
    errors.text(f"{at}.description", option.get("description"), 1, 100)
    _localised(f"{at}.", {**option, "type": CHAT_INPUT}, "name", 32, errors)
    _localised(f"{at}.", option, "description", 100, errors)
    if kind in (SUBCOMMAND, GROUP):
        _options(f"{at}.options", option.get("options") or [], errors, depth=depth + (1 if kind == GROUP else 2))
        return
    choices = option.get("choices")
    if kind not in (STRING, INTEGER, NUMBER):
        for name in ("choices", "autocomplete", "min_value", "max_value"):
            if option.get(name):
                text = f"This type of option takes no {name}"
                errors.add(f"{at}.{name}", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    elif choices:
        _choices(f"{at}.choices", choices, kind, errors)
        if option.get("autocomplete"):
            text = "Autocomplete and choices are mutually exclusive"
            errors.add(at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_EXCLUSIVE", text)
    for name, floor in (("min_length", 0), ("max_length", 1)):
        errors.between(f"{at}.{name}", option.get(name), floor, 6000)
    for thing in ("length", "value"):
        low, high = option.get(f"min_{thing}"), option.get(f"max_{thing}")
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            text = f"min_{thing} must not be greater than max_{thing}"
            errors.add(f"{at}.min_{thing}", "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID", text)
    for index, one in enumerate(option.get("channel_types") or []):
        if one not in CHANNEL_TYPES:
            errors.choice(f"{at}.channel_types.{index}", CHANNEL_TYPES)


def _choices(path: str, choices: list[Json], kind: int, errors: FormErrors) -> None:
    if len(choices) > 25:
        errors.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    seen: set[object] = set()
    for index, choice in enumerate(choices):
        at = f"{path}.{index}"
        errors.text(f"{at}.name", choice.get("name"), 1, 100)
        value = choice.get("value")
        if kind == STRING:
            errors.text(f"{at}.value", value, 0, 100)
        elif not _is_number(value, kind):
            errors.add(f"{at}.value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        if choice.get("name") in seen:
            text = "Choice names must be unique"
            errors.add(f"{at}.name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", text)
        seen.add(choice.get("name"))


def _is_number(value: object, kind: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, int if kind == INTEGER else int | float)


def _characters(part: Json) -> int:
    """Names, descriptions and values, each counted in its longest language."""
    count = 0
    for field in ("name", "description"):
        texts = [str(part.get(field) or ""), *map(str, (part.get(f"{field}_localizations") or {}).values())]
        count += max(len(text) for text in texts)
    if isinstance(part.get("value"), str):
        count += len(part["value"])
    inner = (part.get("options") or []) + (part.get("choices") or [])
    return count + sum(_characters(item) for item in inner)


def check_autocomplete(choices: object, kind: int | None, errors: FormErrors) -> list[Json]:
    if not isinstance(choices, list):
        errors.required("data.choices")
        return []
    if len(choices) > 25:
        errors.add("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for index, choice in enumerate(choices):
        path, value = f"data.choices.{index}", choice.get("value")
        errors.text(f"{path}.name", choice.get("name"), 1, 100)
        if kind in (INTEGER, NUMBER):
            if not _is_number(value, kind):
                errors.add(f"{path}.value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
        else:
            errors.text(f"{path}.value", value, 1, 100)
    return choices
