"""How the database keeps its speed as it grows: the same operations on a full and on an empty one, in turns.

    python -m tests.benchmarks.database --rows 1000000

Prints the milliseconds of each (median and 99th percentile) and the ratio of full to empty. The full one has that many
ended generations of 5,000 members, the busiest of whom has a twentieth of them, with their ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from db import Database, generations, history, line, migrate, quota
from db.history import Search
from db.quota import Allowance
from tests.db.builders import a_new_generation

MEMBERS = 5000
BUSY, QUIET = 1, 4000
NOW = 2_000_000_000_000
PLENTY = Allowance(10**12, 10**9)


def fill(file: Path, rows: int) -> None:
    """Straight into the tables, in the order of their ids."""
    chance = random.Random(1)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(generations)")]
    ledger_columns = [row[1] for row in connection.execute("PRAGMA table_info(ledger)")]
    for begin in range(0, rows, 20_000):
        made, booked = [], []
        for nth in range(begin, min(rows, begin + 20_000)):
            user = BUSY if chance.random() < 0.05 else chance.randrange(2, MEMBERS)
            at = NOW - (rows - nth) * 3000
            row = {
                "id": nth + 1, "user_id": user, "guild_id": nth % 50, "channel_id": 9, "message_id": nth,
                "state": "done", "attempt": 1, "interruptions": 0,
                "prompt": f"a picture of thing {nth % 977} in the style of {nth % 13}", "negative_prompt": "",
                "seed": nth, "width": 512, "height": 512, "steps": 20, "guidance": 7.5, "sampler": "dpm++2m",
                "checkpoint": "builtin", "cost_millicredits": 1000, "created_at_ms": at, "changed_at_ms": at,
                "image_sha256": nth.to_bytes(32, "big"), "image_extension": "png", "image_bytes": 300_000,
                "draw_seconds": 1.0, "kind": "imagine", "parent_nth": 0, "count": 1, "is_private": 0, "is_age_restricted": 0, "options": "{}",
            }  # fmt: skip
            made.append([row.get(name) for name in columns])
            for kind, amount in (("reserve", 1000), ("settle", 0)):
                entry = {
                    "generation_id": nth + 1, "kind": kind, "user_id": user, "guild_id": nth % 50,
                    "millicredits": amount, "counts_at_ms": at, "made_at_ms": at,
                }  # fmt: skip
                booked.append([entry.get(name, 0) for name in ledger_columns])
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO generations VALUES ({marks})", made)
        connection.executemany(f"INSERT INTO ledger VALUES ({', '.join('?' * len(ledger_columns))})", booked)
        connection.commit()
    connection.execute("ANALYZE")
    connection.close()


async def measure(databases: dict[str, Database], rounds: int) -> None:
    ids = iter(range(10**12, 10**13))

    async def enqueue(database: Database) -> None:
        await generations.accept(database, a_new_generation(next(ids), user_id=QUIET), PLENTY, now_ms=NOW)

    async def claim(database: Database) -> None:
        assert await line.claim_next(database, now_ms=NOW) is not None

    async def newest(database: Database, user: int) -> None:
        await history.page(database, Search(user_id=user), limit=5)

    async def deep(database: Database) -> None:
        await history.page(database, Search(user_id=BUSY), before_id=20_000, limit=5)

    async def searched(database: Database, user: int) -> None:
        await history.page(database, Search(user_id=user, words="thing 97"), limit=5)

    async def balance(database: Database, user: int) -> None:
        await quota.balance(database, user, PLENTY, now_ms=NOW)

    operations: dict[str, Callable[[Database], Awaitable[object]]] = {
        "enqueue": enqueue,
        "claim": claim,
        "/history, quiet member": lambda database: newest(database, QUIET),
        "/history, busy member": lambda database: newest(database, BUSY),
        "/history, far back": deep,
        "/history, a search": lambda database: searched(database, BUSY),
        "/quota, quiet member": lambda database: balance(database, QUIET),
        "/quota, busy member": lambda database: balance(database, BUSY),
        "the line": lambda database: line.waiting(database, limit=200),
    }
    print(f"{'milliseconds':26}{'full p50':>10}{'full p99':>10}{'empty p50':>11}{'empty p99':>11}{'ratio p50':>11}")
    for name, operation in operations.items():
        taken: dict[str, list[float]] = {which: [] for which in databases}
        for _ in range(rounds):
            for which, database in databases.items():
                began = time.perf_counter()
                await operation(database)
                taken[which].append((time.perf_counter() - began) * 1000)
        figures = {
            which: (statistics.median(times), sorted(times)[int(0.99 * rounds)]) for which, times in taken.items()
        }
        (full, full_p99), (empty, empty_p99) = figures["full"], figures["empty"]
        print(f"{name:26}{full:10.2f}{full_p99:10.2f}{empty:11.2f}{empty_p99:11.2f}{full / empty:11.2f}")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = {which: Path(folder) / f"{which}.sqlite3" for which in ("full", "empty")}
        for file in files.values():
            migrate.upgrade(file)
        fill(files["full"], chosen.rows)
        print(f"{chosen.rows} generations, {files['full'].stat().st_size / 2**20:.0f} MiB")
        databases = {}
        for which, file in files.items():
            began = time.perf_counter()
            databases[which] = await Database.open(file)
            print(f"opening the {which} one: {time.perf_counter() - began:.2f} s")
        await measure(databases, chosen.rounds)
        for database in databases.values():
            await database.close()


if __name__ == "__main__":
    asyncio.run(main())
