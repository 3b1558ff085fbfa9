"""What is kept no longer goes, rows before files; what still counts stays, emptied."""

import random
from pathlib import Path

import pytest

from bot.services.clock import DAY_MS
from bot.services.retention import Retention
from config import RetentionSettings
from db import Database, GenerationState, forgetting, generations, history, line, quota
from db.history import Search
from db.images import ImageStore
from db.quota import Allowance
from tests.db.builders import a_new_generation

PLENTY = Allowance(10**9, 10**6)
NOW = 1000 * DAY_MS


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


async def drawn(
    database: Database, images: ImageStore, nth: int, *, days_ago: float, user_id: int = 7, data: bytes | None = None
) -> None:
    at = NOW - int(days_ago * DAY_MS)
    await generations.accept(database, a_new_generation(nth, user_id=user_id), PLENTY, now_ms=at)
    claimed = await line.claim_next(database, now_ms=at)
    assert claimed is not None
    picture = data or f"picture {nth}".encode()
    await generations.begin_posting(
        database,
        claimed,
        image_sha256=images.store(picture, "png"),
        image_extension="png",
        image_bytes=len(picture),
        draw_seconds=1.0,
        now_ms=at,
    )
    posting = await generations.get(database, nth)
    assert posting is not None
    assert await generations.finish_posting(database, posting, message_id=1, now_ms=at)


def retention(database: Database, images: ImageStore, **settings: float) -> Retention:
    values = {"pictures_days": 0, "pictures_gib": 0, "history_days": 0, "ledger_days": 400} | settings
    return Retention(RetentionSettings(**values), database, images, lambda: NOW)


def files(images: ImageStore) -> int:
    return len(list(images.names(older_than_seconds=-1)))


async def test_by_default_everything_stays(database: Database, images: ImageStore) -> None:
    for nth in range(1, 4):
        await drawn(database, images, nth, days_ago=300 * nth)
    await retention(database, images).tidy()
    assert files(images) == 3
    assert len(await history.page(database)) == 3


async def test_old_pictures_go_and_their_rows_stay(database: Database, images: ImageStore) -> None:
    for nth in range(1, 5):
        await drawn(database, images, nth, days_ago=10 * nth)
    await retention(database, images, pictures_days=25).tidy()
    assert files(images) == 2
    rows = {row.id: row for row in await history.page(database)}
    assert [rows[nth].image_sha256 is None for nth in (1, 2, 3, 4)] == [False, False, True, True]


async def test_a_picture_that_a_younger_row_names_too_stays(database: Database, images: ImageStore) -> None:
    await drawn(database, images, 1, days_ago=90, data=b"the same")
    await drawn(database, images, 2, days_ago=1, data=b"the same")
    await retention(database, images, pictures_days=30).tidy()
    assert files(images) == 1
    assert await forgetting.picture_bytes(database) == len(b"the same")


async def test_the_oldest_go_when_there_are_too_many(database: Database, images: ImageStore) -> None:
    for nth in range(1, 121):
        await drawn(database, images, nth, days_ago=200 - nth, data=bytes([nth]) * 1000)
    await retention(database, images, pictures_gib=60_000 / 2**30).tidy()
    assert await forgetting.picture_bytes(database) <= 60_000
    kept = [row.id for row in await history.page(database, limit=200) if row.image_sha256]
    assert kept == list(range(120, 120 - len(kept), -1))
    assert files(images) == len(kept) >= 20


async def test_old_history_goes_with_its_ledger(database: Database, images: ImageStore) -> None:
    for nth, days in ((1, 100), (2, 50), (3, 1)):
        await drawn(database, images, nth, days_ago=days)
    await retention(database, images, history_days=60).tidy()
    assert [row.id for row in await history.page(database)] == [3, 2]
    assert files(images) == 2


async def test_leftovers_of_a_crash_go_once_they_are_old(
    database: Database, images: ImageStore, tmp_path: Path
) -> None:
    await drawn(database, images, 1, days_ago=1)
    images.store(b"nobody names me", "png")
    (tmp_path / "images" / "ab" / "cd").mkdir(parents=True, exist_ok=True)
    (tmp_path / "images" / "ab" / "cd" / ".x.png.part").write_bytes(b"half")
    await retention(database, images).tidy()
    assert len(list((tmp_path / "images").rglob("*.*"))) == 3
    await retention(database, images).tidy(orphans_older_than_seconds=-1)
    assert len(list((tmp_path / "images").rglob("*.*"))) == 1


async def test_deleting_ones_data_gives_no_credits_back(database: Database, images: ImageStore) -> None:
    for nth in range(1, 6):
        await drawn(database, images, nth, days_ago=0.1 * nth, user_id=7)
        await drawn(database, images, 100 + nth, days_ago=40 + nth, user_id=7)
        await drawn(database, images, 200 + nth, days_ago=0.1, user_id=8)
    before = await quota.balance(database, 7, PLENTY, now_ms=NOW)
    assert (await forgetting.holdings(database, 7)).pictures == 10
    free = []
    while (batch := await forgetting.forget_member(database, 7, counts_since_ms=NOW - 31 * DAY_MS)).rows:
        free += batch.free
    assert len(free) == 10
    assert await quota.balance(database, 7, PLENTY, now_ms=NOW) == before
    assert (await forgetting.holdings(database, 7)).generations == 0
    left = await history.page(database, Search(user_id=7), limit=50)
    assert len(left) == 5
    assert {(row.parameters.prompt, row.origin.channel_id, row.image_sha256) for row in left} == {("", None, None)}
    assert (await forgetting.holdings(database, 8)).pictures == 5
    later = Retention(
        RetentionSettings(pictures_days=0, pictures_gib=0, history_days=0, ledger_days=400),
        database,
        images,
        lambda: NOW + 40 * DAY_MS,
    )
    await later.tidy()
    assert await history.page(database, Search(user_id=7)) == []


async def test_an_export_holds_every_row_once(database: Database, images: ImageStore) -> None:
    chance = random.Random(1)
    for nth in range(1, 40):
        await drawn(database, images, nth, days_ago=1, user_id=chance.choice([7, 8]))
    rows = [(table, row) async for table, row in forgetting.everything_of(database, 7)]
    mine = [row["id"] for table, row in rows if table == "generations"]
    assert mine == sorted(set(mine))
    assert {row["user_id"] for _, row in rows} == {7}
    assert sum(table == "ledger" for table, _ in rows) == 2 * len(mine)


async def test_what_is_active_is_not_touched(database: Database, images: ImageStore) -> None:
    await generations.accept(database, a_new_generation(1), PLENTY, now_ms=0)
    await retention(database, images, history_days=32, pictures_days=1).tidy()
    row = await generations.get(database, 1)
    assert row is not None
    assert row.state is GenerationState.QUEUED
