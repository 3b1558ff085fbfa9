"""The rules for buttons, selects, layouts and forms, and the defaults that Discord fills in.

A broken rule is added to the caller's FormErrors under the path of its field, so that one answer names them all.
"""

from __future__ import annotations

from typing import Any

from bot.rehearsal.errors import FormErrors
from bot.rehearsal.messages import flatten

Json = dict[str, Any]

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
V2_TOP = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
IN_LABEL = (*SELECTS, TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)
LINK_STYLE, PREMIUM_STYLE = 5, 6
MAX_TOTAL, MAX_V2_TEXT = 40, 4000


class ComponentRules:
    """Checks one message's or one modal's components and returns them completed."""

    def __init__(self, errors: FormErrors, filenames: frozenset[str] = frozenset()) -> None:
        self._errors = errors
        self._filenames = filenames
        self._custom_ids: set[str] = set()

    def message(self, given: object, *, v2: bool) -> tuple[Json, ...]:
        if given is None:
            return ()
        parts = self._list("components", given)
        if not v2:
            if len(parts) > 5:
                self._errors.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
            self._each("components", parts, (ROW,))
        else:
            self._each("components", parts, V2_TOP)
            everything = flatten(parts)
            if len(everything) > MAX_TOTAL:
                text = f"The total number of components exceeds the maximum of {MAX_TOTAL}"
                self._errors.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
            if (
                sum(len(str(part.get("content") or "")) for part in everything if part.get("type") == TEXT)
                > MAX_V2_TEXT
            ):
                text = f"The total displayable text size exceeds the maximum size of {MAX_V2_TEXT}"
                self._errors.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
        self._numbers(parts)
        return () if self._errors else tuple(complete(parts))

    def _numbers(self, parts: list[Json]) -> None:
        """Numbers that are given must be different; 0 and none at all mean that Discord counts."""
        given = [part["id"] for part in flatten(parts) if part.get("id")]
        if len(set(map(str, given))) < len(given):
            text = "Component ids must be unique within the message"
            self._errors.add("components", "COMPONENT_ID_DUPLICATED", text)

    def modal(self, given: object) -> list[Json]:
        parts = self._list("components", given)
        if not 1 <= len(parts) <= 5:
            self._errors.add("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        for index, part in enumerate(parts):
            path = f"components.{index}"
            kind = self._kind(path, part, (ROW, TEXT, LABEL))
            if kind == ROW:
                self._each(
                    f"{path}.components", self._list(f"{path}.components", part.get("components")), (TEXT_INPUT,)
                )
            elif kind == TEXT:
                self._errors.text(f"{path}.content", part.get("content"), 1, MAX_V2_TEXT)
            elif kind == LABEL:
                self._errors.text(f"{path}.label", part.get("label"), 1, 45)
                self._errors.text(f"{path}.description", part.get("description"), 0, 100, optional=True)
                inner = part.get("component")
                if isinstance(inner, dict):
                    self._check(f"{path}.component", inner, IN_LABEL, in_modal=True)
                else:
                    self._errors.required(f"{path}.component")
        self._numbers(parts)
        return [] if self._errors else complete(parts)

    # One component

    def _list(self, path: str, given: object) -> list[Json]:
        if not isinstance(given, list) or not all(isinstance(part, dict) for part in given):
            self._errors.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        return given

    def _each(self, path: str, parts: list[Json], allowed: tuple[int, ...]) -> None:
        for index, part in enumerate(parts):
            self._check(f"{path}.{index}", part, allowed)

    def _kind(self, path: str, part: Json, allowed: tuple[int, ...]) -> int | None:
        kind = part.get("type")
        if kind not in allowed:
            listed = ", ".join(str(item) for item in allowed)
            self._errors.add(f"{path}.type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed},).')
            return None
        return int(kind)

    def _check(self, path: str, part: Json, allowed: tuple[int, ...], *, in_modal: bool = False) -> None:
        kind = self._kind(path, part, allowed)
        if kind is None:
            return
        if kind == ROW:
            self._row(path, part)
        elif kind == BUTTON:
            self._button(path, part)
        elif kind in SELECTS:
            self._select(path, part, in_modal)
        elif kind == TEXT_INPUT:
            self._text_input(path, part)
        elif kind == SECTION:
            self._section(path, part)
        elif kind == TEXT:
            self._errors.text(f"{path}.content", part.get("content"), 1, MAX_V2_TEXT)
        elif kind in (THUMBNAIL, FILE):
            self._media(f"{path}.{'media' if kind == THUMBNAIL else 'file'}", part.get("media") or part.get("file"))
            self._errors.text(f"{path}.description", part.get("description"), 0, 1024, optional=True)
        elif kind == GALLERY:
            self._gallery(path, part)
        elif kind == CONTAINER:
            self._each(f"{path}.components", self._list(f"{path}.components", part.get("components")), IN_CONTAINER)
            self._errors.between(f"{path}.accent_color", part.get("accent_color"), 0, 0xFFFFFF)
        elif kind == SEPARATOR:
            if part.get("spacing", 1) not in (1, 2):
                self._errors.choice(f"{path}.spacing", (1, 2))
        else:
            self._field(path, part)

    def _field(self, path: str, part: Json) -> None:
        """What only forms have: uploads, and boxes to tick."""
        kind = part["type"]
        self._custom_id(path, part)
        if kind in (RADIO_GROUP, CHECKBOX_GROUP):
            self._options(path, part, 2 if kind == RADIO_GROUP else 1, 10)
        if kind in (FILE_UPLOAD, CHECKBOX_GROUP):
            self._range(path, part, 10)
            self._required(path, part)

    def _range(self, path: str, part: Json, most: int) -> None:
        low, high = part.get("min_values"), part.get("max_values")
        self._errors.between(f"{path}.min_values", low, 0, most)
        self._errors.between(f"{path}.max_values", high, 1, most)
        if isinstance(low, int) and low > (high if isinstance(high, int) else 1):
            text = "min_values must not be greater than max_values"
            self._errors.add(f"{path}.min_values", "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", text)

    def _required(self, path: str, part: Json) -> None:
        if part.get("min_values") == 0 and part.get("required", True):
            text = "min_values must be at least 1 when the field is required"
            self._errors.add(f"{path}.min_values", "COMPONENT_REQUIRED_MIN_VALUES_INVALID", text)

    def _row(self, path: str, part: Json) -> None:
        path = f"{path}.components"
        children = self._list(path, part.get("components"))
        selects = [child for child in children if child.get("type") in SELECTS]
        if not 1 <= len(children) <= 5:
            self._errors.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        elif selects and len(children) > 1:
            text = "The specified component exceeds the maximum width"
            self._errors.add(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)
        self._each(path, children, (BUTTON, *SELECTS))

    def _custom_id(self, path: str, part: Json) -> None:
        path, value = f"{path}.custom_id", part.get("custom_id")
        if not value:
            self._errors.add(path, "COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
            return
        self._errors.text(path, value, 1, 100)
        if value in self._custom_ids:
            text = "Component custom id cannot be duplicated"
            self._errors.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        self._custom_ids.add(str(value))

    def _button(self, path: str, part: Json) -> None:
        style = part.get("style")
        if style not in range(1, 7):
            self._errors.choice(f"{path}.style", (1, 2, 3, 4, 5, 6))
        self._errors.text(f"{path}.label", part.get("label"), 0, 80, optional=True)
        if style == PREMIUM_STYLE:
            if not part.get("sku_id"):
                self._errors.required(f"{path}.sku_id")
            for name in ("custom_id", "label", "url", "emoji"):
                if part.get(name):
                    text = f"A premium button takes no {name}"
                    self._errors.add(f"{path}.{name}", "BUTTON_COMPONENT_PREMIUM_FIELD_INVALID", text)
            return
        if part.get("sku_id"):
            text = "Only a premium button takes a sku_id"
            self._errors.add(f"{path}.sku_id", "BUTTON_COMPONENT_SKU_ID_INVALID", text)
        if not part.get("label") and not part.get("emoji"):
            text = "A button must have a label or an emoji"
            self._errors.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", text)
        if style == LINK_STYLE:
            self._link(path, part)
        else:
            if part.get("url"):
                text = "A custom id and a url cannot both be specified"
                self._errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
            self._custom_id(path, part)

    def _link(self, path: str, part: Json) -> None:
        url = part.get("url")
        if part.get("custom_id"):
            text = "A custom id and a url cannot both be specified"
            self._errors.add(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
        self._errors.text(f"{path}.url", url, 1, 512)
        self._errors.link(f"{path}.url", url, ("http", "https", "discord"))

    def _select(self, path: str, part: Json, in_modal: bool) -> None:
        self._custom_id(path, part)
        self._errors.text(f"{path}.placeholder", part.get("placeholder"), 0, 150, optional=True)
        if part["type"] == STRING_SELECT:
            self._options(path, part, 1, 25)
        self._range(path, part, 25)
        self._preset(path, part)
        if in_modal:
            self._required(path, part)
        if in_modal and part.get("disabled"):
            text = "Components in modals cannot be disabled"
            self._errors.add(f"{path}.disabled", "COMPONENT_DISABLED_IN_MODAL", text)

    def _preset(self, path: str, part: Json) -> None:
        """What is chosen from the start must be as many as may be chosen."""
        most = part.get("max_values") or 1
        chosen = [option for option in part.get("options") or [] if isinstance(option, dict) and option.get("default")]
        if len(chosen) > most:
            text = f"Only {most} options may be selected by default"
            self._errors.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULTS", text)
        preset = part.get("default_values")
        if preset and not (part.get("min_values") or 1) <= len(preset) <= most:
            text = "The number of default values must be within min_values and max_values"
            self._errors.add(f"{path}.default_values", "SELECT_COMPONENT_DEFAULT_VALUES_INVALID", text)

    def _options(self, path: str, part: Json, low: int, high: int) -> None:
        options = self._list(f"{path}.options", part.get("options"))
        if not low <= len(options) <= high:
            text = f"Must be between {low} and {high} in length."
            self._errors.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", text)
        seen: set[str] = set()
        for index, option in enumerate(options):
            at = f"{path}.options.{index}"
            self._errors.text(f"{at}.label", option.get("label"), 1, 100)
            self._errors.text(f"{at}.value", option.get("value"), 1, 100)
            self._errors.text(f"{at}.description", option.get("description"), 0, 100, optional=True)
            if option.get("value") in seen:
                text = "The specified option value is already used"
                self._errors.add(f"{at}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
            seen.add(str(option.get("value")))

    def _text_input(self, path: str, part: Json) -> None:
        self._custom_id(path, part)
        self._errors.text(f"{path}.label", part.get("label"), 1, 45, optional=path.endswith("component"))
        self._errors.text(f"{path}.placeholder", part.get("placeholder"), 0, 100, optional=True)
        self._errors.text(f"{path}.value", part.get("value"), 0, 4000, optional=True)
        if part.get("style") not in (1, 2):
            self._errors.choice(f"{path}.style", (1, 2))
        for name, floor in (("min_length", 0), ("max_length", 1)):
            self._errors.between(f"{path}.{name}", part.get(name), floor, 4000)

    def _section(self, path: str, part: Json) -> None:
        children = self._list(f"{path}.components", part.get("components"))
        if not 1 <= len(children) <= 3:
            self._errors.add(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
        self._each(f"{path}.components", children, (TEXT,))
        accessory = part.get("accessory")
        if isinstance(accessory, dict):
            self._check(f"{path}.accessory", accessory, (BUTTON, THUMBNAIL))
        else:
            self._errors.required(f"{path}.accessory")

    def _gallery(self, path: str, part: Json) -> None:
        items = self._list(f"{path}.items", part.get("items"))
        if not 1 <= len(items) <= 10:
            self._errors.add(f"{path}.items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
        for index, item in enumerate(items):
            self._media(f"{path}.items.{index}.media", item.get("media"))
            self._errors.text(f"{path}.items.{index}.description", item.get("description"), 0, 1024, optional=True)

    def _media(self, path: str, media: object) -> None:
        url = media.get("url") if isinstance(media, dict) else None
        if not isinstance(url, str):
            self._errors.required(f"{path}.url")
        elif url.startswith("attachment://"):
            if url.removeprefix("attachment://") not in self._filenames:
                text = "The specified attachment reference is invalid"
                self._errors.add(f"{path}.url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text)
        else:
            self._errors.link(f"{path}.url", url, ("http", "https", "attachment"))


# What Discord adds to a component that leaves it out.
_DEFAULTS: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in (*SELECTS, FILE_UPLOAD, CHECKBOX_GROUP)},
    SEPARATOR: {"divider": True, "spacing": 1},
    CONTAINER: {"accent_color": None, "spoiler": False},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
}


def complete(parts: list[Json]) -> list[Json]:
    """Copies of the components with numbers and defaults. A number that was given is kept."""
    taken = {part["id"] for part in flatten(parts) if part.get("id")}
    counter = 0

    def visit(part: Json) -> Json:
        nonlocal counter
        fields = {**_DEFAULTS.get(part["type"], {}), **{k: v for k, v in part.items() if v is not None}}
        if not fields.get("id"):
            counter += 1
            while counter in taken:
                counter += 1
            fields["id"] = counter
        if "components" in fields:
            fields["components"] = [visit(child) for child in fields["components"]]
        for name in ("accessory", "component"):
            if name in fields:
                fields[name] = visit(fields[name])
        if part["type"] == GALLERY:
            fields["items"] = [{"description": None, "spoiler": False, **item} for item in fields["items"]]
        if part["type"] == FILE:
            fields.setdefault("name", fields["file"]["url"].rpartition("/")[2])
        return fields

    return [visit(part) for part in parts]
