"""What was asked, as it is kept: nine columns that everybody looks at, and one of JSON for what few requests have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A file of the image store by its name."""

    sha256: bytes
    extension: str


@dataclass(frozen=True, slots=True)
class LoraUse:
    name: str
    scale: float


@dataclass(frozen=True, slots=True)
class SecondPass:
    """The picture is enlarged to this size and drawn on."""

    width: int
    height: int
    steps: int
    strength: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The noise is turned towards that of another seed."""

    seed: int
    strength: float


@dataclass(frozen=True, slots=True)
class ControlUse:
    """The ControlNet that guided it, and by which picture."""

    name: str
    image: StoredImage
    scale: float


@dataclass(frozen=True, slots=True)
class ImagePromptUse:
    """The IP-adapter that made pictures a part of the prompt, and those pictures."""

    name: str
    images: tuple[StoredImage, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class PresetUse:
    """A server's preset, as it was, and what its member typed: what was drawn is the one put into the other."""

    name: str
    prompt: str
    negative_prompt: str
    typed_prompt: str
    typed_negative_prompt: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pictures with one seed that differ in one parameter: its name, and its value in each of them."""

    parameter: str
    values: tuple[str | int | float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What was asked: the fields of an ImageRequest under the same names; its pictures as what was handed in.

    strength: None without an image. preset: what the prompts were made of, where a preset was used.
    """

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    checkpoint: str
    clip_skip: int = 0
    image: StoredImage | None = None
    mask: StoredImage | None = None
    strength: float | None = None
    loras: tuple[LoraUse, ...] = ()
    control: ControlUse | None = None
    image_prompt: ImagePromptUse | None = None
    hires: SecondPass | None = None
    variations: tuple[Turn, ...] = ()
    comparison: Comparison | None = None
    preset: PresetUse | None = None

    @property
    def handed_in(self) -> tuple[StoredImage, ...]:
        """Every picture that somebody gave."""
        control = None if self.control is None else self.control.image
        prompts = () if self.image_prompt is None else self.image_prompt.images
        return tuple(filter(None, (self.image, self.mask, control, *prompts)))

    @property
    def typed_prompt(self) -> str:
        """As its member typed it."""
        return self.prompt if self.preset is None else self.preset.typed_prompt

    @property
    def typed_negative_prompt(self) -> str:
        return self.negative_prompt if self.preset is None else self.preset.typed_negative_prompt

    @property
    def final_size(self) -> tuple[int, int]:
        return (self.width, self.height) if self.hires is None else (self.hires.width, self.hires.height)


COLUMNS = ("prompt", "negative_prompt", "seed", "width", "height", "steps", "guidance", "sampler", "checkpoint")


def to_columns(parameters: Parameters) -> dict[str, Any]:
    """Values of the columns, ``options`` among them."""
    options: dict[str, Any] = {}
    for field in fields(Parameters):
        value = getattr(parameters, field.name)
        if field.name in COLUMNS or value == field.default:
            continue
        options[field.name] = _plain(value)
    columns = {name: getattr(parameters, name) for name in COLUMNS}
    return columns | {"options": json.dumps(options, separators=(",", ":"))}


def take_from_columns(columns: dict[str, Any]) -> Parameters:
    """Takes out of a row's columns what belongs to the parameters."""
    options: Mapping[str, Any] = json.loads(columns.pop("options"))
    read = {name: _READERS[name](value) for name, value in options.items()}
    return Parameters(**{name: columns.pop(name) for name in COLUMNS}, **read)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    return value


def _image(value: list[str]) -> StoredImage:
    return StoredImage(bytes.fromhex(value[0]), value[1])


_READERS: Mapping[str, Any] = {
    "clip_skip": int,
    "image": _image,
    "mask": _image,
    "strength": float,
    "loras": lambda value: tuple(LoraUse(*one) for one in value),
    "control": lambda value: ControlUse(value[0], _image(value[1]), value[2]),
    "image_prompt": lambda value: ImagePromptUse(value[0], tuple(map(_image, value[1])), value[2]),
    "hires": lambda value: SecondPass(*value),
    "preset": lambda value: PresetUse(*value),
    "comparison": lambda value: Comparison(value[0], tuple(value[1])),
    "variations": lambda value: tuple(Turn(*one) for one in value),
}
