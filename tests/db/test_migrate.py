"""Opening a database: new, old, damaged, from the future, twice at once, where nothing can be written."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from db import Database, DatabaseUnusable, generations, migrate
from db.models import metadata
from tests.db.builders import PLENTY, a_new_generation


def test_the_migrations_make_exactly_the_models(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    migrate.upgrade(file)
    with migrate._connect(file) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        strict = connection.exec_driver_sql("PRAGMA table_list").all()
    assert all(row[5] == 1 for row in strict if row[1] in metadata.tables)


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
    monkeypatch.setattr(migrate, "head_revision", lambda: "0002")
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
