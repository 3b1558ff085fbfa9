"""The real bot, with the real discord.py client, on the rehearsal's Discord."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import open_app
from bot.rehearsal import Credentials, InteractionRecord, Message, Rehearsal
from config import Settings, load_settings
from db import Balance, Database, Generation, generations, quota
from db.images import ImageStore
from db.quota import Allowance
from tests.lookout import can_be_cancelled


def settings_for(credentials: Credentials, folder: Path, **sections: dict[str, Any]) -> Settings:
    """The defaults, on that Discord, with test cards instead of a model unless a test says otherwise."""
    overrides: dict[str, Any] = {
        "storage": {"folder": str(folder)},
        "discord": {
            "token": credentials.bot_token,
            "loopback": f"127.0.0.1:{credentials.port}",
            "loopback_ca": str(credentials.ca_file),
            "edit_interval_seconds": 0.2,
            "answer_deadline_seconds": 2.0,  # "thinking" is not to depend on how busy the machine is
        },
        "engine": {"runner": "fake", "cpu_threads": 1, "calibration_seconds": 0},
        "admin": {"port": 0},
    }
    for name, values in sections.items():
        overrides.setdefault(name, {}).update(values)
    return load_settings(env_file=Path("/nonexistent"), overrides=overrides)


class Stage:
    """A rehearsal and, while ``bot`` is entered, the bot on it."""

    def __init__(self, discord: Rehearsal, folder: Path) -> None:
        self.discord = discord
        self.folder = folder
        self.serving: asyncio.Task[None]

    @asynccontextmanager
    async def bot(self, **sections: dict[str, Any]) -> AsyncIterator[Settings]:
        settings = settings_for(self.discord.credentials, self.folder, **sections)
        async with AsyncExitStack() as stack:
            app = await stack.enter_async_context(open_app(settings))
            stop = asyncio.Event()
            serving = self.serving = asyncio.create_task(app.serve(stop))
            try:
                await self.discord.bot_ready()
                yield settings
            finally:
                stop.set()
                await serving

    async def imagine(self, prompt: str = "a red circle", *, member: str = "ada", **options: Any) -> InteractionRecord:
        return await self.discord.slash("imagine", {"prompt": prompt, **options}, member=member)

    async def answer(self, record: InteractionRecord, timeout: float = 30) -> Message:
        """The first answer as soon as it is there."""
        await self.discord.wait_until(lambda: record.message is not None or record.error, timeout=timeout)
        assert record.error is None, record.error
        assert record.message is not None
        return record.message

    async def final(self, record: InteractionRecord, timeout: float = 60) -> Message:
        """The answer when nothing in it can be cancelled any more."""

        def is_final() -> bool:
            assert record.error is None, record.error
            message = record.message
            return message is not None and not message.loading and not can_be_cancelled(message)

        await self.discord.wait_until(is_final, timeout=timeout)
        assert record.message is not None
        return record.message

    async def row(self, record: InteractionRecord) -> Generation | None:
        """The generation as another process reads it from the file."""
        async with Database(self.folder / "lienzo.sqlite3", "FULL") as database:
            return await generations.get(database, record.id)

    async def wait_for_row(self, record: InteractionRecord, is_right: Callable[[Generation], bool]) -> Generation:
        async with asyncio.timeout(30):
            while True:
                row = await self.row(record)
                if row is not None and is_right(row):
                    return row
                await asyncio.sleep(0.05)

    async def balance(self, user_id: int) -> Balance:
        async with Database(self.folder / "lienzo.sqlite3", "FULL") as database:
            return await quota.balance(database, user_id, Allowance(50_000, 4), now_ms=2**50)

    async def used(self) -> int:
        """Millicredits charged to anybody, ever."""
        from sqlalchemy import func, select

        from db.models import ledger

        async with Database(self.folder / "lienzo.sqlite3", "FULL") as database, database.read() as connection:
            return int(await connection.scalar(select(func.coalesce(func.sum(ledger.c.millicredits), 0))) or 0)

    def stored(self, row: Generation) -> bytes | None:
        assert row.image_sha256 is not None
        return ImageStore(self.folder / "images").load(row.image_sha256, row.image_extension or "")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Rehearsal(state_dir=tmp_path / "discord") as discord:
        yield Stage(discord, tmp_path / "data")
