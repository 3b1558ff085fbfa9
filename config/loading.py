"""The one place that reads settings: default.toml < lienzo.toml < environment LIENZO_... < .env.

Wrong values and unknown keys are refused with the key, the value and what is allowed. Secrets never appear in an error.
"""

from __future__ import annotations

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from config.settings import Settings

ENVIRONMENT_PREFIX = "LIENZO_"
CONFIG_VARIABLE = "LIENZO_CONFIG"
DEFAULT_FILE = Path(__file__).with_name("default.toml")
LOCAL_FILE = Path("lienzo.toml")
_SECRET_KEYS = frozenset({"token"})

Layer = tuple[str, Mapping[str, Any]]


class SettingsError(Exception):
    """The settings cannot be used; the message names every key, its value and what is allowed."""


def load_settings(
    file: Path | None = None, *, env_file: Path = Path(".env"), overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Read all sources and return the frozen settings.

    ``file`` defaults to what LIENZO_CONFIG names, then to ``lienzo.toml`` in the current folder, if there is one; a
    file that is named must exist. ``overrides`` (nested, like the TOML) win over everything: they are what a command
    line option says. Raises SettingsError.
    """
    if file is None and os.environ.get(CONFIG_VARIABLE):
        file = Path(os.environ[CONFIG_VARIABLE])
    if file is None and LOCAL_FILE.is_file():
        file = LOCAL_FILE
    layers: list[Layer] = [
        ("config/default.toml", _read_toml(DEFAULT_FILE)),
        *([(str(file), _read_toml(file))] if file else []),
        ("the environment", _read_environment(env_file=None)),
        (str(env_file), _read_environment(env_file=env_file)),
        ("the command line", overrides or {}),
    ]
    merged: dict[str, Any] = {}
    for _, layer in layers:
        _merge(merged, layer)
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(details, layers) for details in error.errors())) from None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{file}: there is no such settings file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: is not valid TOML: {error}") from None


def _read_environment(env_file: Path | None) -> dict[str, Any]:
    """The LIENZO_ variables of the environment, or of ``env_file``, nested like the TOML."""
    form: dict[str, Any] = {"env_prefix": ENVIRONMENT_PREFIX, "env_nested_delimiter": "__"}
    if env_file is None:
        where, names = "the environment", list(os.environ)
        source = EnvSettingsSource(Settings, **form)
    else:
        where, names = str(env_file), list(dotenv_values(env_file))
        source = DotEnvSettingsSource(Settings, env_file=env_file, **form)
    _refuse_unknown_sections(names, where)
    try:
        # A .env source also hands out foreign variables of the file; only our sections are ours.
        return {key: value for key, value in source().items() if key in Settings.model_fields}
    except UnreadableVariable as error:
        raise SettingsError(f"{where}: {error}; write lists and tables as JSON") from None


def _refuse_unknown_sections(names: Iterable[str], where: str) -> None:
    for name in names:
        if not name.upper().startswith(ENVIRONMENT_PREFIX) or name.upper() == CONFIG_VARIABLE:
            continue
        section = name[len(ENVIRONMENT_PREFIX) :].partition("__")[0].lower()
        if section not in Settings.model_fields:
            hint = _did_you_mean(section, Settings.model_fields)
            raise SettingsError(f"{where}: {name} names no section of the settings{hint}")


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping):
            nested = into.get(key)
            into[key] = dict(nested) if isinstance(nested, Mapping) else {}
            _merge(into[key], value)
        else:
            into[key] = value


def _explain(details: ErrorDetails, layers: list[Layer]) -> str:
    path = [str(part) for part in details["loc"]]
    key = ".".join(path) or "settings"
    where = next((name for name, layer in reversed(layers) if _holds(layer, path)), None)
    prefix = f"{where}: " if where and path else ""
    if details["type"] == "extra_forbidden":
        known = list(_keys_beside(path))
        hint = _did_you_mean(path[-1], known) or f"; known here: {', '.join(sorted(known))}"
        return f"{prefix}unknown key {key}{hint}"
    if details["type"] == "missing":
        return f"{key}: is missing and has no default"
    message = details["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not path or isinstance(details["input"], Mapping | BaseModel):
        return f"{prefix}{key}: {message}"
    value = "(hidden)" if path[-1] in _SECRET_KEYS else repr(details["input"])
    return f"{prefix}{key} = {value}: {message}"


def _holds(layer: Mapping[str, Any], path: list[str]) -> bool:
    here: object = layer
    for part in path:
        if not isinstance(here, Mapping):
            return isinstance(here, list | tuple | str)
        if part not in here:
            return False
        here = here[part]
    return True


def _keys_beside(path: list[str]) -> Iterator[str]:
    """The keys that could stand where the last part of ``path`` stands."""
    model: type[BaseModel] = Settings
    for part in path[:-1]:
        field = model.model_fields.get(part)
        if field is None:
            continue  # the free name of a checkpoint: its keys are those of the model already found
        for candidate in _classes_in(field.annotation):
            model = candidate
    yield from model.model_fields


def _classes_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from _classes_in(argument)


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
