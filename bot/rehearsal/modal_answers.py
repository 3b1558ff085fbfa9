"""Filling in a form: what the member's client checks, and the shape in which the answers are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.rehearsal.components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
)
from bot.rehearsal.errors import InvalidModal, InvalidOptions
from bot.rehearsal.interactions import Modal
from bot.rehearsal.member_options import OptionReader

Json = dict[str, Any]
Picker = Callable[[Json, list[Any], OptionReader], list[str]]

REQUIRED = "This field is required."


def fill_in(modal: Modal, fields: dict[str, Any], reader: OptionReader, pick: Picker) -> list[Json]:
    """The components of the submission. A field that is not given keeps the value it came with."""
    known = {part["custom_id"] for part, _ in modal.fields}
    problems = {name: f"The form has no field {name!r}." for name in fields if name not in known}

    def answer(part: Json) -> Json:
        try:
            value = _answer(part, fields.get(part["custom_id"]), reader, pick)
        except InvalidOptions as error:
            problems.update({part["custom_id"]: next(iter(error.problems.values()))})
            value = {}
        return {"type": part["type"], "id": part["id"], "custom_id": part["custom_id"], **value}

    filled: list[Json] = []
    for part in modal.components:
        if part["type"] == ROW:
            inner = [answer(child) for child in part["components"]]
            filled.append({"type": ROW, "id": part["id"], "components": inner})
        elif part["type"] == LABEL:
            filled.append({"type": LABEL, "id": part["id"], "component": answer(part["component"])})
        elif part["type"] == TEXT:
            filled.append({"type": TEXT, "id": part["id"]})
    if problems:
        raise InvalidModal(problems)
    return filled


def _answer(part: Json, given: Any, reader: OptionReader, pick: Picker) -> Json:
    kind, name = part["type"], part["custom_id"]
    required = part.get("required", True)
    if kind == TEXT_INPUT:
        return {"value": _text(part, part.get("value", "") if given is None else str(given), required)}
    if kind == CHECKBOX:
        return {"value": bool(part.get("default") if given is None else given)}
    values = given if isinstance(given, list) else [] if given in (None, "") else [given]
    if given is None and "options" in part:
        values = [option["value"] for option in part["options"] if option.get("default")]
    if not values:
        if required and part.get("min_values", 1) > 0:
            raise InvalidModal({name: REQUIRED})
        return {"value": None} if kind == RADIO_GROUP else {"values": []}
    if kind in SELECTS:
        return {"values": pick(part, values, reader)}
    if kind == FILE_UPLOAD:
        low, high = part.get("min_values", 1), part.get("max_values", 1)
        if not low <= len(values) <= high:
            raise InvalidModal({name: f"Add between {low} and {high} files." if high > 1 else "Add one file."})
        return {"values": [reader.attachment(value) for value in values]}
    offered = {option["value"] for option in part["options"]}
    if not set(values) <= offered:
        raise InvalidModal({name: "Choose from the list."})
    if kind == CHECKBOX_GROUP:
        return {"values": values}
    return {"value": values[0]}


def _text(part: Json, text: str, required: bool) -> str:
    name = part["custom_id"]
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if not text.strip() and not required:
        return ""
    if not text.strip():
        raise InvalidModal({name: REQUIRED})
    if len(text) < low:
        raise InvalidModal({name: f"Must be at least {low} characters."})
    if len(text) > high:
        raise InvalidModal({name: f"Must be at most {high} characters."})
    return text
