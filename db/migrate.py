"""Brings a database file to this version: under a lock, after a copy, in one transaction.

A failed migration leaves the old database whole, and the error names the copy. Foreign keys are off while it runs,
because rebuilding a parent table would otherwise delete its children, and are checked before it is committed.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from db.backup import BackupUnusable, copy_database, verdict

MIGRATIONS = Path(__file__).with_name("migrations")
KEPT_BACKUPS = 7


class DatabaseUnusable(Exception):
    """The database file cannot be used; the message says why and what to do."""


def upgrade(file: Path) -> None:
    """Create or migrate ``file``. Blocking. Raises DatabaseUnusable."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file.with_name(file.name + ".lock")):
            _check(file)
            _upgrade(file)
    except OSError as error:
        raise DatabaseUnusable(
            f"the data folder {file.parent} cannot be written to ({error.strerror}); "
            "give Lienzo a folder of its own with [storage] folder or LIENZO_STORAGE__FOLDER"
        ) from error


def current_revision(file: Path) -> str | None:
    """The revision the file is at, None if it is new. Raises DatabaseUnusable."""
    _check(file)
    with _connect(file) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    head = _scripts().get_current_head()
    assert head is not None  # there is always a first migration
    return head


def _upgrade(file: Path) -> None:
    scripts = _scripts()
    known = {script.revision for script in scripts.walk_revisions()}
    with _connect(file) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
    head = head_revision()
    if before == head:
        return
    if before is not None and before not in known:
        raise DatabaseUnusable(
            f"{file} was written by a newer Lienzo (revision {before}); update Lienzo, or restore an older backup"
        )
    backup = _back_up(file, before) if before is not None else None
    try:
        with _connect(file) as connection:
            _run(connection, scripts)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise DatabaseUnusable(f"rows without their parents: {broken[:3]}")
    except Exception as error:
        where = f"; a copy from before is at {backup}" if backup else ""
        raise DatabaseUnusable(f"{file} could not be migrated and was left as it is ({error}){where}") from error


def _run(connection: Connection, scripts: ScriptDirectory) -> None:
    def to_head(revision: str | None, _context: MigrationContext) -> list[object]:
        return scripts._upgrade_revs("head", revision)  # type: ignore[arg-type,return-value]

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    with EnvironmentContext(config, scripts, fn=to_head):
        scripts.run_env()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(MIGRATIONS)


@contextmanager
def _connect(file: Path) -> Iterator[Connection]:
    """One transaction on a connection of its own, foreign keys off."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Two processes that start at once: one migrates, the other waits and finds it done."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check(file: Path) -> None:
    if not file.exists() or file.stat().st_size == 0:
        return
    if (found := verdict(file)) != "ok":
        backups = ", ".join(str(copy) for copy in _backups(file)[-2:]) or "none was made yet"
        raise DatabaseUnusable(
            f"{file} is damaged or no SQLite database ({found}); it was not touched. "
            f"Move it away to begin anew, or put a backup in its place (newest: {backups})"
        )


def _back_up(file: Path, revision: str) -> Path:
    """A consistent copy beside the database, checked; the oldest copies go."""
    copy = file.with_name(f"{file.stem}.before-{head_revision()}-from-{revision}.backup")
    try:
        copy_database(file, copy)
    except BackupUnusable as error:
        raise DatabaseUnusable(f"{file} was not migrated, for it could not be copied first: {error}") from error
    for old in _backups(file)[:-KEPT_BACKUPS]:
        old.unlink()
    return copy


def _backups(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.stem}.before-*.backup"), key=lambda copy: copy.stat().st_mtime)
