"""Hashes of checkpoints' weights, by which files that were drawn say which weights drew them.

A hash of many gigabytes takes seconds: it is worked out once, in the thread that first needs it, and kept in a file
with the size and the time of what it was made of. What is pinned in the settings is taken from there.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.settings import CheckpointSettings
from inference.catalogue import source_of, weight_files, weights_sha256

log = logging.getLogger(__name__)

SHOWN = 10  # hex digits, as the common tools write them into "Model hash"


class ModelHashes:
    """``file``: where they are kept over restarts. Blocking, for seconds at first: call it off loop and tick."""

    def __init__(
        self, checkpoints: Mapping[str, CheckpointSettings], checkpoints_folder: Path, file: Path | None = None
    ) -> None:
        self._checkpoints = checkpoints
        self._folder = checkpoints_folder
        self._file = file
        self._known: dict[str, str] = {}
        self._working = threading.Lock()

    def short(self, checkpoint: str) -> str:
        """The first digits; empty where there are no files to look at, as with the engine's fake runner."""
        with self._working:
            if checkpoint not in self._known:
                self._known[checkpoint] = self._hash(self._checkpoints[checkpoint])
            return self._known[checkpoint][:SHOWN]

    def _hash(self, settings: CheckpointSettings) -> str:
        if settings.sha256:
            return settings.sha256
        state = self._state(settings)
        if not state:
            return ""
        kept = self._read()
        key = str(source_of(settings, self._folder))
        if kept.get(key, {}).get("state") == state:
            return str(kept[key]["sha256"])
        sha256 = weights_sha256(settings, self._folder)
        self._write({**kept, key: {"state": state, "sha256": sha256}})
        return sha256

    def _state(self, settings: CheckpointSettings) -> list[list[Any]]:
        """Name, bytes and time of each file, empty if there are none."""
        source = source_of(settings, self._folder)
        if not source.exists():
            return []
        stats = ((file, file.stat()) for file in weight_files(source, settings.variant))
        return [[file.name, stat.st_size, stat.st_mtime_ns] for file, stat in stats]

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._file is None:
            return {}
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            return kept if isinstance(kept, dict) else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read (%s); hashes are made anew", self._file, error)
            return {}

    def _write(self, kept: dict[str, dict[str, Any]]) -> None:
        if self._file is None:
            return
        unfinished = self._file.with_suffix(".unfinished")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            unfinished.replace(self._file)
        except OSError as error:
            log.warning("%s cannot be written (%s)", self._file, error)
