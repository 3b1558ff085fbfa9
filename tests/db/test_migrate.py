"""Opening a database: new, old, damaged, from the future, twice at once, where nothing can be written."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from db import Database, DatabaseUnusable, generations, migrate
from db.moderation_tables import metadata  # with all tables
from tests.db.builders import PLENTY, a_new_generation


def test_the_migrations_make_exactly_the_models(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    migrate.upgrade(file)
    with migrate._connect(file) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        assert compare_metadata(context, metadata) == []
        strict = connection.exec_driver_sql("PRAGMA table_list").all()
    assert all(row[5] == 1 for row in strict if row[1] in metadata.tables)


def _is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """The full-text index is made of tables of its own, which SQLite keeps."""
    return kind != "table" or not str(name).startswith("prompts")


async def test_every_connection_has_the_settings_that_were_chosen(database: Database) -> None:
    async with database.read() as connection:
        values = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "query_only", "busy_timeout")
        ]
    assert values == ["wal", 1, 1, 5000]

    async def synchronous(connection: object) -> int:
        return int((await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one())  # type: ignore[attr-defined]

    assert await database.write(synchronous) == 2


async def test_opened_again_it_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    async with await Database.open(file) as database:
        await generations.accept(database, a_new_generation(), PLENTY, now_ms=1)
    async with await Database.open(file) as database:
        assert await generations.get(database, 1) is not None
    assert list(tmp_path.glob("*.backup")) == []


async def test_four_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite3"
    await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, file) for _ in range(4)))
    assert migrate.current_revision(file) == migrate.head_revision()


def test_a_damaged_file_is_named_and_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "lienzo.sqlite3"
    file.write_bytes(b"this is no database" * 1000)
    with pytest.raises(DatabaseUnusable, match="damaged or no SQLite database"):
        migrate.upgrade(file)
    assert file.read_bytes() == b"this is no database" * 1000


def test_damage_in_the_middle_is_found(tmp_path: Path) -> None:
    file = tmp_path / "lienzo.sqlite3"
    migrate.upgrade(file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(file.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(data)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        migrate.upgrade(file)


def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lienzo.sqlite3"
    migrate.upgrade(file)
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseUnusable, match="newer Lienzo"):
        migrate.upgrade(file)


def test_a_migration_that_fails_leaves_the_old_database_and_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lienzo.sqlite3"
    migrate.upgrade(file)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE precious (x)")
    connection.commit()
    connection.close()

    def half_way(connection: object, scripts: object) -> None:
        connection.exec_driver_sql("DROP TABLE precious")  # type: ignore[attr-defined]
        raise RuntimeError("planted")

    monkeypatch.setattr(migrate, "_run", half_way)
    monkeypatch.setattr(migrate, "head_revision", lambda: "next")
    with pytest.raises(DatabaseUnusable, match=r"left as it is \(planted\); a copy from before is at .*backup"):
        migrate.upgrade(file)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT count(*) FROM precious").fetchone() == (0,)
    connection.close()
    [copy] = tmp_path.glob("*.backup")
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM precious").fetchone() == (0,)


def test_a_folder_that_cannot_be_written_to_is_named() -> None:
    with pytest.raises(DatabaseUnusable, match="cannot be written to.*LIENZO_STORAGE__FOLDER"):
        migrate.upgrade(Path("/proc/lienzo/lienzo.sqlite3"))


def test_every_earlier_revision_comes_up_with_all_its_rows(tmp_path: Path) -> None:
    """Rows in every table, children included: rebuilding a parent with foreign keys on would delete them unseen."""
    revisions = [script.revision for script in reversed(list(migrate._scripts().walk_revisions()))]
    for revision in revisions[:-1]:
        file = tmp_path / f"{revision}.sqlite3"
        _make_at(file, revision)
        before = _fill(file)
        migrate.upgrade(file)
        assert migrate.current_revision(file) == migrate.head_revision()
        connection = sqlite3.connect(file)
        after = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in before}
        connection.close()
        assert after == before


def _make_at(file: Path, revision: str) -> None:
    scripts = migrate._scripts()
    with migrate._connect(file) as connection:
        config = Config()
        config.set_main_option("script_location", str(migrate.MIGRATIONS))
        config.attributes["connection"] = connection
        steps = scripts._upgrade_revs
        with EnvironmentContext(config, scripts, fn=lambda now, _: steps(revision, now)):
            scripts.run_env()


def _fill(file: Path) -> dict[str, int]:
    """Two rows in every table; values of the right kind, parents before children."""
    connection = sqlite3.connect(file)
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%STRICT%'")
    ]
    tables.sort(key=lambda name: len(connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()))
    one_of = {
        "state": "done",
        "kind": "reserve",
        "stage": "prompt",
        "scope": "role",
        "role": "picture",
        "options": "{}",
        "restrictions.kind": "ban",
        "phrases.kind": "deny",
        "reviews.state": "open",
    }
    for table in tables:
        columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]
        for nth in (1, 2):
            values = [
                one_of.get(f"{table}.{name}")
                or one_of.get(
                    name, {"INTEGER": nth, "REAL": float(nth), "TEXT": f"text {nth}", "BLOB": b"x%d" % nth}[kind]
                )
                for name, kind in columns
            ]
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)
    connection.commit()
    counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    connection.close()
    assert {"generations", "ledger", "incidents", "command_sync"} <= counts.keys()
    return counts
