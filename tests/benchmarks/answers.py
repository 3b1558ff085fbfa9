"""How fast people are answered while the engine draws: `make bench-answers`.

The real bot, in a process of its own, on the rehearsal, with the built-in model. While its engine is kept busy, 50
members press at once, again and again; then somebody types while autocompletion answers each letter. Prints the
milliseconds from the press to the first answer, as Discord sees it: median, 95th percentile, longest.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.rehearsal import InteractionRecord, Rehearsal
from tests.crash.storm import environment

MEMBERS = ("ada", "grace", "linus", "margaret", "ines", "joan")
AT_ONCE = 50
BUSY_STEPS = 60
TYPED = "demonstration model"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lienzo-answers-") as folder:
        async with Rehearsal() as discord:
            settings = environment(discord.credentials, Path(folder) / "data")
            settings |= {
                "LIENZO_ENGINE__RUNNER": "torch",
                "LIENZO_QUOTA__CREDITS_PER_DAY": "1000000",
                "LIENZO_QUOTA__CEILING_CREDITS_PER_DAY": "0",
                "LIENZO_QUOTA__MAX_WAITING": "1000",
                "LIENZO_QUOTA__CEILING_WAITING": "1000",
            }
            with (Path(folder) / "bot.log").open("wb") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot", "run"), env=settings, stdout=log, stderr=log
                )
            try:
                await discord.bot_ready(timeout=60)
                await measure(discord, wanted.rounds)
            finally:
                process.terminate()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 60)


async def measure(discord: Rehearsal, rounds: int) -> None:
    first = await discord.slash("imagine", {"prompt": "a red circle"}, member="ada")
    await discord.wait_until(lambda: first.message is not None and first.message.attachments, timeout=120)
    pressed: list[float] = []
    for _ in range(rounds):
        busy = [await ask(discord, nth, steps=BUSY_STEPS) for nth in range(4)]
        await discord.wait_until(lambda busy=busy: all(one.message is not None for one in busy), timeout=60)  # type: ignore[misc]
        pressed += await together(discord, lambda nth: ask(discord, nth, steps=1))
    report(f"{AT_ONCE} at once, the engine busy", pressed)
    typed: list[float] = []
    for _ in range(rounds):
        for end in range(len(TYPED)):
            options = {"prompt": "a red circle", "checkpoint": TYPED[:end]}
            began = time.perf_counter()
            await discord.autocomplete("imagine", options, "checkpoint", member=MEMBERS[end % len(MEMBERS)])
            typed.append(time.perf_counter() - began)
    report("autocompletion, the engine busy", typed)


async def ask(discord: Rehearsal, nth: int, **options: int) -> InteractionRecord:
    asked = {"prompt": f"a red circle {nth}", **options}
    return await discord.slash("imagine", asked, member=MEMBERS[nth % len(MEMBERS)])


async def together(discord: Rehearsal, press: Callable[[int], object]) -> list[float]:
    """Seconds until each has its first answer, ``thinking`` or more."""
    began = time.perf_counter()
    records = [await press(nth) for nth in range(AT_ONCE)]  # type: ignore[misc]
    took: dict[int, float] = {}

    def all_answered() -> bool:
        now = time.perf_counter() - began
        for record in records:
            if record.answered:
                took.setdefault(record.id, now)
        return len(took) == AT_ONCE

    await discord.wait_until(all_answered, timeout=60)
    return list(took.values())


def report(what: str, seconds: list[float]) -> None:
    ordered = sorted(1000 * one for one in seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(
        f"{what}: p50 {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, max {ordered[-1]:.0f} ms, n {len(ordered)}"
    )


if __name__ == "__main__":
    asyncio.run(main())
