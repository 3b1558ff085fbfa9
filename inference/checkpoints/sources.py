"""Where weights are, or come from: a path, something built in, or a pinned revision on the hub."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from config.settings import CheckpointSettings
from inference.builtin import WEIGHTS
from inference.catalogue import hub_folder
from inference.checkpoints.files import INDEX, STEMS, read_index, refuse_unless_safetensors
from inference.checkpoints.kinds import kind_of
from inference.checkpoints.refusal import Refused
from inference.errors import first_line
from inference.loading import ONE_AT_A_TIME
from inference.tiny_checkpoint import assemble_tiny_checkpoint

log = logging.getLogger(__name__)


def locate(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> Path:
    """The folder or file with the weights; downloads a hub id and assembles the tiny one if need be. Raises Refused."""
    if settings.builtin == "builtin":
        return WEIGHTS
    if settings.builtin == "tiny":
        folder = checkpoints_folder / "tiny"
        with ONE_AT_A_TIME:
            assemble_tiny_checkpoint(folder)
        return folder
    if settings.hub:
        return download(settings.hub, settings.revision, settings.variant, checkpoints_folder)
    assert settings.path is not None  # the settings allow exactly one source
    refuse_unless_safetensors(settings.path, f"checkpoints.{name}.path")
    return settings.path


def download(hub: str, revision: str, variant: str, checkpoints_folder: Path) -> Path:
    """The folder of a hub id. A revision does not change, so what was fetched whole is never asked for again."""
    folder = hub_folder(checkpoints_folder, hub, revision)
    is_whole = folder / f".downloaded{variant and '-'}{variant}"
    if is_whole.exists():
        return folder
    log.info("downloading %s at %s into %s", hub, revision, folder)
    fetch(hub, revision, folder, [INDEX])
    fetch(hub, revision, folder, files_of(folder, variant))
    is_whole.touch()
    return folder


def fetch(hub: str, revision: str, folder: Path, patterns: Iterable[str]) -> None:
    """Raises Refused."""
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(hub, revision=revision, local_dir=folder, allow_patterns=list(patterns))
    except Exception as error:
        raise Refused(
            f"{hub} at {revision} could not be downloaded ({first_line(error)}); what has arrived is kept, and the "
            "next start goes on from there"
        ) from error


def files_of(folder: Path, variant: str) -> list[str]:
    """What of a repository is needed, by its index; most hold the same weights in other forms too. Raises Refused."""
    index = read_index(folder)
    kind = kind_of(index)
    ending = f".{variant}" if variant else ""
    described = [
        part
        for part, entry in index.items()
        if isinstance(entry, list) and entry != [None, None] and part not in kind.without
    ]
    return [
        *(f"{part}/*.{form}" for part in described for form in ("json", "txt", "model")),
        *(
            f"{part}/{STEMS[library]}{ending}{shard}.safetensors"
            for part, (library, _) in kind.parts.items()
            for shard in ("", "-*-of-*")
        ),
    ]
