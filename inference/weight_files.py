"""How much memory a checkpoint's weights will take, judged from its files before anything of it is loaded."""

from __future__ import annotations

from pathlib import Path

from config.settings import CheckpointSettings
from inference.builtin import WEIGHTS


def expected_bytes(settings: CheckpointSettings, checkpoints_folder: Path, *, bytes_each: int) -> int:
    """``bytes_each``: of one number once it is loaded. 0 if the files are not there yet.

    Files hold numbers of two bytes nearly always; a file of four-byte ones is taken for twice its size at most.
    """
    source = _source(settings, checkpoints_folder)
    if source is None or not source.exists():
        return 0
    files = [source] if source.is_file() else [*source.glob("*/*.safetensors"), *source.glob("*.safetensors")]
    variants = [file for file in files if settings.variant and f".{settings.variant}." in file.name]
    return sum(file.stat().st_size for file in variants or files) * max(1, bytes_each // 2)


def _source(settings: CheckpointSettings, checkpoints_folder: Path) -> Path | None:
    if settings.builtin:
        return WEIGHTS if settings.builtin == "builtin" else checkpoints_folder / "tiny"
    if settings.hub:
        return checkpoints_folder / settings.hub.replace("/", "--") / settings.revision
    return settings.path
