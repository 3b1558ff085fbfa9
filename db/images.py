"""Image bytes on disk, addressed by their SHA-256: ``images/ab/cd/<sha256>.png``. The database is the truth about them.

A file is written beside its place, flushed to the disk, moved there in one step, and the folder is flushed too: after a
crash there is the whole picture or none.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class ImageNotStored(Exception):
    """The bytes could not be written; the message says why."""


class ImageStore:
    """Blocking, a few milliseconds a call: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: bytes, extension: str) -> Path:
        name = sha256.hex()
        return self._folder / name[:2] / name[2:4] / f"{name}.{extension}"

    def store(self, data: bytes, extension: str) -> bytes:
        """Write the bytes and return their SHA-256. The same bytes again cost nothing. Raises ImageNotStored."""
        sha256 = hashlib.sha256(data).digest()
        file = self.path(sha256, extension)
        if file.exists():
            return sha256
        unfinished = file.with_name(f".{file.name}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(file)
            _flush_folder(file.parent)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            why = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else error.strerror
            raise ImageNotStored(f"the picture could not be stored: {why}") from error
        return sha256

    def remove(self, sha256: bytes, extension: str) -> None:
        """Whether it was there or not. Raises OSError."""
        self.path(sha256, extension).unlink(missing_ok=True)

    def names(self, *, older_than_seconds: float) -> Iterator[tuple[bytes, str]]:
        """SHA-256 and extension of every file that has lain there for so long; leftovers of a crash are removed."""
        before = time.time() - older_than_seconds
        for file in self._folder.glob("??/??/*"):
            with suppress(OSError, ValueError):
                if file.stat().st_mtime > before:
                    continue
                if file.name.startswith("."):
                    file.unlink()
                    continue
                yield bytes.fromhex(file.stem), file.suffix.removeprefix(".")

    def load(self, sha256: bytes, extension: str) -> bytes | None:
        """The bytes, or None if the file is gone or is not what its name says."""
        try:
            data = self.path(sha256, extension).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).digest() == sha256 else None


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
