"""Copies of the database, consistent while the bot writes to it, checked before they count; and back again.

A copy is made by VACUUM INTO: one read transaction, so that it neither holds up writers for long nor starts over with
each of their commits, as SQLite's page-wise backup does. Beside it lies a manifest of the pictures that it names: they
are content-addressed files, which any tool can copy at any time before or after.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".backup"
MANIFEST = ".images.json"


class BackupUnusable(Exception):
    """The message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """``images``: how many pictures it names; ``missing``: those of them that are not on the disk."""

    file: Path
    images: int
    missing: int


def verdict(file: Path) -> str:
    """SQLite's own quick check: "ok", or what is wrong."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True)) as connection:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def copy_database(file: Path, copy: Path) -> None:
    """A whole, checked copy or none. Blocking. Raises BackupUnusable, OSError."""
    unfinished = copy.with_name(copy.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        if (found := verdict(unfinished)) != "ok":
            raise BackupUnusable(f"the copy of {file} is damaged ({found}); is the disk sound?")
        _flush(unfinished)
        unfinished.replace(copy)
        _flush(copy.parent)
    except sqlite3.Error as error:
        raise BackupUnusable(f"{file} could not be copied to {copy.parent} ({error})") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def back_up(database: Path, images: Path, folder: Path, *, keep: int, now: datetime | None = None) -> Backup:
    """A copy named by the time, and its manifest; of older ones ``keep`` - 1 stay. Blocking. Raises BackupUnusable."""
    if not database.exists():
        raise BackupUnusable(f"there is no database at {database}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        moment = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
        file = folder / f"{database.stem}.{moment}{SUFFIX}"
        copy_database(database, file)
        named = image_names(file)
        missing = sum(not (images / name).exists() for name in named)
        file.with_name(file.name + MANIFEST).write_text(json.dumps(named, indent=0), encoding="utf-8")
        for old in _made_in(folder, database)[:-keep]:
            old.unlink()
            old.with_name(old.name + MANIFEST).unlink(missing_ok=True)
    except OSError as error:
        raise BackupUnusable(f"the backup could not be written to {folder} ({error.strerror})") from error
    return Backup(file, len(named), missing)


def restore(backup: Path, database: Path, images: Path, *, lock: Path) -> Backup:
    """Put a backup in the database's place; what was there is kept beside it. Raises BackupUnusable.

    ``lock``: the file that a running bot holds locked; while it does nothing is touched.
    """
    if not backup.is_file():
        raise BackupUnusable(f"there is no backup at {backup}")
    if (found := verdict(backup)) != "ok":
        raise BackupUnusable(f"{backup} is damaged ({found}); take another one")
    try:
        named = image_names(backup)
    except sqlite3.Error as error:
        raise BackupUnusable(f"{backup} is no backup of Lienzo ({error})") from error
    with _alone(lock):
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        for part in ("", "-wal", "-shm"):
            there = database.with_name(database.name + part)
            if there.exists():
                there.replace(database.with_name(f"{database.stem}.replaced-{moment}{database.suffix}{part}"))
        copy_database(backup, database)
    return Backup(backup, len(named), sum(not (images / name).exists() for name in named))


def image_names(database: Path) -> list[str]:
    """The pictures that a database names, as paths inside the images folder; sorted."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT image_sha256, image_extension FROM generations WHERE image_sha256 IS NOT NULL"
        ).fetchall()
    names = [(sha256.hex(), extension) for sha256, extension in rows]
    return sorted(f"{name[:2]}/{name[2:4]}/{name}.{extension}" for name, extension in names)


def _made_in(folder: Path, database: Path) -> list[Path]:
    """Backups of this database, oldest first; copies made before a migration are not among them."""
    return sorted(folder.glob(f"{database.stem}.[0-9]*-[0-9]*{SUFFIX}"))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupUnusable("Lienzo is running on this data folder; stop it first") from None
        yield


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
