"""Wildcard files: colours.txt in the operator's folder says what __colours__ in a prompt may become, one a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path


@cache
def read_wildcards(folder: Path | None) -> Mapping[str, Sequence[str]]:
    """The lines of each .txt file in the folder, by its name in small letters; empty lines and those that begin with #
    do not count. Read once in a process. Blocking. Raises ValueError for what cannot be read."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; make it, or leave the setting empty")
    found = {}
    for file in sorted(folder.glob("*.txt")):
        try:
            lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{file} cannot be read ({error}); write it in UTF-8, one alternative a line") from error
        if kept := tuple(line for line in lines if line and not line.startswith("#")):
            found[file.stem.lower()] = kept
    return found
