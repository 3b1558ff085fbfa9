"""What may be added to checkpoints by name: LoRAs, textual inversions, ControlNets and IP-adapters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from config.section import OptionalPath, Section


class LoraSettings(Section):
    """A low-rank adapter: a .safetensors file here, or one in a repository on the hub at a pinned revision."""

    path: OptionalPath = None
    hub: str = ""
    revision: str = ""
    file: str = ""
    label: str = ""
    checkpoints: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (not self.hub):
            raise ValueError("give either path or hub")
        if self.hub and not (self.revision and self.file):
            raise ValueError(
                "a hub id needs revision, the commit it is pinned to, and file, the name of its .safetensors"
            )
        if self.file and (not self.file.endswith(".safetensors") or ".." in Path(self.file).parts or "*" in self.file):
            raise ValueError(f"{self.file!r}: name a .safetensors file inside the repository")
        return self


class ControlNetSettings(Section):
    """A ControlNet: a folder in diffusers' form here, or one on the hub at a pinned revision."""

    path: OptionalPath = None
    hub: str = ""
    revision: str = ""
    variant: str = ""
    label: str = ""
    map: Literal["as-is", "edges"] = "as-is"
    checkpoints: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (not self.hub):
            raise ValueError("give either path or hub")
        if self.hub and not self.revision:
            raise ValueError("a hub id needs revision, the commit it is pinned to")
        return self


class IPAdapterSettings(Section):
    """An IP-adapter: a .safetensors file, and the folder of the CLIP image encoder that it was trained with."""

    path: Path
    image_encoder: Path
    label: str = ""
    checkpoints: tuple[str, ...] = ()


class EmbeddingSettings(Section):
    """A textual inversion: a .safetensors file with the vectors of one new word, which is the table's name."""

    path: Path


def fitting(
    additions: Mapping[str, LoraSettings] | Mapping[str, ControlNetSettings] | Mapping[str, IPAdapterSettings],
    checkpoint: str,
) -> list[str]:
    """Names of those for this checkpoint: for all, if they name none."""
    return [name for name, its in additions.items() if not its.checkpoints or checkpoint in its.checkpoints]


class Additions(Section):
    """What may be added to checkpoints, by name."""

    loras: Mapping[str, LoraSettings] = Field(default_factory=dict)
    embeddings: Mapping[str, EmbeddingSettings] = Field(default_factory=dict)
    controlnets: Mapping[str, ControlNetSettings] = Field(default_factory=dict)
    ip_adapters: Mapping[str, IPAdapterSettings] = Field(default_factory=dict)
