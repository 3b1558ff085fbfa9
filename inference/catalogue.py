"""What can be said of a checkpoint before it is loaded: where it is, what kind, how large, the hash of its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.settings import CheckpointSettings
from inference.builtin import WEIGHTS
from inference.errors import CheckpointUnusable

# Pipelines whose only text encoders are CLIP's, which were trained on English; version 3 has a T5 besides.
ENGLISH_KINDS = ("StableDiffusion",)
NOT_ENGLISH_KINDS = ("StableDiffusion3",)


@dataclass(frozen=True, slots=True)
class Facts:
    """kind: the diffusers pipeline, empty if ``wrong`` says why it cannot be told. file_bytes: on disk, 0 if nothing is
    there yet. memory_bytes: what its weights will take when they are loaded.
    """

    kind: str
    file_bytes: int
    memory_bytes: int
    wrong: str = ""

    @property
    def is_here(self) -> bool:
        return self.file_bytes > 0


def describe(name: str, settings: CheckpointSettings, checkpoints_folder: Path, *, bytes_each: int) -> Facts:
    """``bytes_each``: of one number once it is loaded. Reads headers only; the tiny one is assembled if need be."""
    source = source_of(settings, checkpoints_folder)
    if settings.hub and not source.exists():
        return Facts("", 0, 0, f"not downloaded yet; `lienzo models warm {name}` does that")
    try:
        kind = _kind(name, settings, checkpoints_folder)
    except CheckpointUnusable as error:
        return Facts("", 0, 0, error.reason)
    files = sum(file.stat().st_size for file in weight_files(source, settings.variant))
    return Facts(kind, files, expected_bytes(settings, checkpoints_folder, bytes_each=bytes_each))


def multilingual(checkpoints: Mapping[str, CheckpointSettings], checkpoints_folder: Path) -> frozenset[str]:
    """Names of those whose text encoders may read more than English: as the settings say, or else all that are not of
    the CLIP-only families. What is not here yet, or cannot be told, counts as one. Blocking: reads headers."""
    return frozenset(
        name
        for name, settings in checkpoints.items()
        if (_reads_more(name, settings, checkpoints_folder) if settings.multilingual is None else settings.multilingual)
    )


def _reads_more(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> bool:
    if settings.builtin:
        return False
    if settings.hub and not source_of(settings, checkpoints_folder).exists():
        return True
    try:
        kind = _kind(name, settings, checkpoints_folder)
    except CheckpointUnusable:
        return True
    return not kind.startswith(ENGLISH_KINDS) or kind.startswith(NOT_ENGLISH_KINDS)


def _kind(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> str:
    from inference.checkpoints import kind_of_checkpoint

    return kind_of_checkpoint(name, settings, checkpoints_folder)


def hub_folder(checkpoints_folder: Path, hub: str, revision: str) -> Path:
    """Where what comes of a hub id at a commit is kept."""
    return checkpoints_folder / hub.replace("/", "--") / revision


def source_of(settings: CheckpointSettings, checkpoints_folder: Path) -> Path:
    """The folder or file that its weights are in, or will be."""
    if settings.builtin:
        return WEIGHTS if settings.builtin == "builtin" else checkpoints_folder / "tiny"
    if settings.hub:
        return hub_folder(checkpoints_folder, settings.hub, settings.revision)
    assert settings.path is not None  # the settings allow exactly one source
    return settings.path


def weight_files(source: Path, variant: str) -> list[Path]:
    """The .safetensors of a folder, those of the variant if there are any, or the file itself; sorted."""
    if source.is_file():
        return [source]
    files = sorted([*source.glob("*/*.safetensors"), *source.glob("*.safetensors")])
    return [file for file in files if variant and f".{variant}." in file.name] or files


def expected_bytes(settings: CheckpointSettings, checkpoints_folder: Path, *, bytes_each: int) -> int:
    """What its weights will take of the memory; 0 if the files are not there yet.

    Files hold numbers of two bytes nearly always; one of four-byte ones is taken for twice its size at most.
    """
    files = weight_files(source_of(settings, checkpoints_folder), settings.variant)
    return sum(file.stat().st_size for file in files if file.exists()) * max(1, bytes_each // 2)


def weights_sha256(settings: CheckpointSettings, checkpoints_folder: Path) -> str:
    """Of a single file its SHA-256, by which such files are known everywhere; of a folder that of its files' names and
    hashes, a line each in the order of their names. Blocking: seconds for each GB.
    """
    source = source_of(settings, checkpoints_folder)
    files = weight_files(source, settings.variant)
    if source.is_file():
        return _file_sha256(source)
    lines = [f"{_file_sha256(file)}  {file.relative_to(source).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
