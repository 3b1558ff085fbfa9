"""Copies of a database that is being written to, and the way back."""

import asyncio
import fcntl
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import Database, generations, history, line
from db.backup import BackupUnusable, back_up, image_names, restore, verdict
from db.images import ImageStore
from db.quota import Allowance
from tests.db.builders import a_new_generation

PLENTY = Allowance(10**9, 10**6)


async def with_rows(folder: Path, count: int) -> Path:
    file = folder / "lienzo.sqlite3"
    store = ImageStore(folder / "images")
    async with await Database.open(file) as database:
        for nth in range(count):
            accepted = await generations.accept(database, a_new_generation(1000 + nth), PLENTY, now_ms=nth)
            claimed = await line.claim_next(database, now_ms=nth)
            assert claimed is not None
            await generations.begin_posting(
                database,
                claimed,
                image_sha256=store.store(f"picture {nth}".encode(), "png"),
                image_extension="png",
                image_bytes=9,
                draw_seconds=1.0,
                now_ms=nth,
            )
            assert accepted.id == claimed.id
    return file


def ids(file: Path) -> list[int]:
    connection = sqlite3.connect(file)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM generations ORDER BY id")]
    finally:
        connection.close()


async def test_a_backup_is_whole_while_the_bot_writes(tmp_path: Path) -> None:
    file = await with_rows(tmp_path, 3)
    async with Database(file, "FULL") as database:
        stop = asyncio.Event()

        async def write() -> None:
            nth = 0
            while not stop.is_set():
                nth += 1
                await generations.accept(database, a_new_generation(5000 + nth), PLENTY, now_ms=nth)

        writing = asyncio.create_task(write())
        made = await asyncio.to_thread(back_up, file, tmp_path / "images", tmp_path / "backups", keep=7)
        stop.set()
        await writing
    assert verdict(made.file) == "ok"
    assert ids(made.file)[:3] == [1000, 1001, 1002]
    assert (made.images, made.missing) == (3, 0)
    assert all((tmp_path / "images" / name).exists() for name in image_names(made.file))


async def test_the_newest_stay(tmp_path: Path) -> None:
    file = await with_rows(tmp_path, 1)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = [
        back_up(file, tmp_path / "images", tmp_path / "b", keep=3, now=begin + timedelta(hours=nth)).file
        for nth in range(5)
    ]
    assert [copy.exists() for copy in made] == [False, False, True, True, True]
    assert len(list((tmp_path / "b").iterdir())) == 6


async def test_a_restore_brings_the_old_rows_back_and_keeps_the_new_ones_aside(tmp_path: Path) -> None:
    file = await with_rows(tmp_path, 2)
    made = back_up(file, tmp_path / "images", tmp_path / "backups", keep=7)
    async with await Database.open(file) as database:
        await generations.accept(database, a_new_generation(7777), PLENTY, now_ms=1)
    (tmp_path / "images" / image_names(made.file)[0]).unlink()
    found = restore(made.file, file, tmp_path / "images", lock=tmp_path / "lienzo.lock")
    assert ids(file) == [1000, 1001]
    assert (found.images, found.missing) == (2, 1)
    [aside] = tmp_path.glob("*.replaced-*.sqlite3")
    assert ids(aside) == [1000, 1001, 7777]
    async with await Database.open(file) as database:
        assert len(await history.page(database)) == 2


async def test_nothing_is_restored_under_a_running_bot_or_from_a_broken_file(tmp_path: Path) -> None:
    file = await with_rows(tmp_path, 1)
    made = back_up(file, tmp_path / "images", tmp_path / "backups", keep=7)
    lock = tmp_path / "lienzo.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BackupUnusable, match="stop it first"):
            restore(made.file, file, tmp_path / "images", lock=lock)
    broken = tmp_path / "broken.backup"
    broken.write_bytes(made.file.read_bytes()[:5000])
    other = tmp_path / "other.backup"
    sqlite3.connect(other).execute("CREATE TABLE x (y)").connection.commit()
    for bad in (broken, other, tmp_path / "none.backup"):
        with pytest.raises(BackupUnusable):
            restore(bad, file, tmp_path / "images", lock=lock)
    assert ids(file) == [1000]


def test_no_database_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="there is no database"):
        back_up(tmp_path / "none.sqlite3", tmp_path, tmp_path / "b", keep=1)
