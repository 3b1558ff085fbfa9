"""The database connection: one writer, four readers, and everything that is particular to SQLite.

Writes go through one connection, in transactions that begin with BEGIN IMMEDIATE: the pool of one is a fair queue in
asyncio, where SQLite's own lock would be unfair polling, and reading before writing inside such a transaction is exact.
Python 3.11's sqlite3 begins transactions late (only before DML), so its own transaction control is switched off and the
BEGIN is ours.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from db.migrate import DatabaseUnusable, upgrade

__all__ = ["Database", "DatabaseUnusable"]

T = TypeVar("T")

READERS = 4
CLOSE_SECONDS = 5.0
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA cache_size = -32000",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 67108864",
)


class Database:
    """``async with Database.open(file) as database``. Methods may be called from many tasks of one event loop."""

    def __init__(self, file: Path, synchronous: Literal["FULL", "NORMAL"]) -> None:
        self.file = file
        url = f"sqlite+aiosqlite:///{file}"
        self._writer = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)
        self._readers = create_async_engine(url, pool_size=READERS, max_overflow=0, pool_timeout=60)
        self._writes: set[asyncio.Task[Any]] = set()
        self._view: ContextVar[AsyncConnection | None] = ContextVar("lienzo_view", default=None)
        _prepare(self._writer, [*_PRAGMAS, f"PRAGMA synchronous = {synchronous}"], begin="BEGIN IMMEDIATE")
        _prepare(self._readers, [*_PRAGMAS, "PRAGMA query_only = ON"], begin="BEGIN")

    @classmethod
    async def open(cls, file: Path, *, synchronous: Literal["FULL", "NORMAL"] = "FULL") -> Self:
        """Migrate the file to this version, after a backup, and connect. Raises DatabaseUnusable."""
        await asyncio.to_thread(upgrade, file)
        return cls(file, synchronous)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._writes:
            await asyncio.wait(self._writes)
        for engine in (self._readers, self._writer):
            with suppress(TimeoutError):  # a read that was torn off by a cancel may never give its connection back
                async with asyncio.timeout(CLOSE_SECONDS):
                    await engine.dispose()

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run ``work`` in one write transaction; all of it happens, or nothing.

        A caller that is cancelled does not tear the transaction: it runs to its end either way.
        """
        task = asyncio.ensure_future(self._write(work))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only connection with one consistent view. Keep it short: an open one holds back the WAL."""
        shared = self._view.get()
        if shared is not None:
            yield shared
            return
        async with self._readers.begin() as connection:
            yield connection

    @asynccontextmanager
    async def view(self) -> AsyncIterator[None]:
        """All that this task reads inside is one consistent view, and several times as fast as one read after another.
        No task that is started inside may read: a connection serves one at a time."""
        async with self._readers.begin() as connection:
            token = self._view.set(connection)
            try:
                yield
            finally:
                self._view.reset(token)

    async def _write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._writer.begin() as connection:
            return await work(connection)


def _prepare(engine: AsyncEngine, pragmas: list[str], *, begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor: sqlite3.Cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
