"""The storm: a real `lienzo run` that is killed again and again at random moments, on a Discord that misbehaves.

Members ask, cancel and are dispatched twice; requests are slow, refused, answered with errors that may have taken
effect, or lose their answers; the gateway drops; messages are deleted and tokens die. After the last kill the weather
clears and one more life drains what is left. What must hold then is in verdict.py.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.rehearsal import Credentials, InteractionRecord, MemberActionError, Rehearsal, hub
from tests.crash.verdict import Verdict, active, judge
from tests.lookout import can_be_cancelled, has_picture

ROOT = Path(__file__).parents[2]
CHANNELS = ("art", "gallery", "after-dark", "sketches")
MEMBERS = ("ada", "grace", "linus", "margaret")
# Shorter than Discord's minutes, so that many restarts come after it; longer than discord.py goes on sending one request
# again: after 1, 3, 5 and 7 s. (With 2 s a picture whose POST failed twice after taking effect was in two messages.)
NONCE_MEMORY_SECONDS = 20.0
DRAIN_SECONDS = 240.0
MOST_WAITING = 3  # of one member, so that the last life has not hours to do
IN_THE_WAY = ("POST /interactions/*", "* /webhooks/*", "PATCH /webhooks/*", "* /channels/*", "POST /channels/*")


def environment(credentials: Credentials, folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")},
        "PYTHONPATH": str(ROOT),
        "LIENZO_STORAGE__FOLDER": str(folder),
        "LIENZO_DISCORD__TOKEN": credentials.bot_token,
        "LIENZO_DISCORD__LOOPBACK": f"127.0.0.1:{credentials.port}",
        "LIENZO_DISCORD__LOOPBACK_CA": str(credentials.ca_file),
        "LIENZO_DISCORD__EDIT_INTERVAL_SECONDS": "0.2",
        "LIENZO_DISCORD__PREVIEW_SECONDS": "0.2",
        "LIENZO_ENGINE__RUNNER": "fake",
        "LIENZO_ENGINE__CALIBRATION_SECONDS": "0",
        "LIENZO_ENGINE__FAKE_STEP_SECONDS": "0.02",
        "LIENZO_ENGINE__MAX_BATCH": "3",
        # Who is killed every other second needs more patience than three attempts.
        "LIENZO_IMAGINE__MAX_ATTEMPTS": "10",
        "LIENZO_QUOTA__CREDITS_PER_DAY": "100000",
        "LIENZO_QUOTA__MAX_WAITING": "10",
        "LIENZO_ADMIN__PORT": "0",
    }


class Storm:
    def __init__(self, discord: Rehearsal, folder: Path, seed: int, say: Callable[[str], None] = print) -> None:
        self.discord = discord
        self.folder = folder
        self.log_file = folder.parent / "bot.log"
        self._chance = random.Random(seed)
        self._say = say
        self._asked: list[InteractionRecord] = []
        self.kills = 0

    async def run(self, kills: int) -> Verdict:
        began = time.monotonic()
        async with self._troubles():
            for number in range(1, kills + 1):
                await self._life()
                if number % 10 == 0 or number == kills:
                    states = active(self.folder)
                    waiting = ", ".join(f"{count} {state}" for state, count in states.items()) or "nothing"
                    self._say(
                        f"{time.monotonic() - began:5.0f} s: {self.kills} kills, {len(self._asked)} asked, {waiting} left"
                    )
        await self._drain()
        return await judge(self.discord, self.folder, self.log_file, self.kills)

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """One life. Whoever leaves while it lasts ends it by SIGKILL."""
        with self.log_file.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                env=environment(self.discord.credentials, self.folder),
                cwd=self.folder.parent,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                self._note("SIGKILL")
            await process.wait()

    async def _life(self) -> None:
        """Killed somewhere between just after exec and a moment of work; most of them at work."""
        async with self.bot() as process:
            if self._chance.random() < 0.25:
                await asyncio.sleep(self._chance.uniform(0.02, 1.5))
            else:
                with suppress(TimeoutError):
                    await self.discord.wait_until(
                        lambda: self.discord.bot_online or process.returncode is not None, timeout=20
                    )
                await asyncio.sleep(self._chance.expovariate(1 / 0.9))
            self.kills += process.returncode is None

    async def _drain(self) -> None:
        """Fair weather: one life finishes everything, tells everybody, and stops when it is told to."""
        self.discord.faults.clear()
        self._note("the weather clears")
        async with self.bot() as process:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_SECONDS):
                    while process.returncode is None and self._is_left():  # noqa: ASYNC110 - it is in a file
                        await asyncio.sleep(0.2)
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)
            self._note(f"SIGTERM, status {process.returncode}")

    def _is_left(self) -> bool:
        """Something is not over, or is and its message does not say so yet."""
        shown = (record.message for record in self._asked)
        return bool(active(self.folder)) or any(m is not None and can_be_cancelled(m) and not m.deleted for m in shown)

    @asynccontextmanager
    async def _troubles(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._member(name)) for name in MEMBERS]
        tasks.append(asyncio.create_task(self._weather()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in ended:
            if not isinstance(outcome, asyncio.CancelledError):
                raise AssertionError("a member or the weather gave up") from outcome

    async def _member(self, name: str) -> None:
        chance = random.Random(self._chance.random())
        mine: list[InteractionRecord] = []
        while True:
            await asyncio.sleep(chance.uniform(0.1, 1.0))
            mine = [record for record in mine if record.error is None and not self._is_over(record)]
            if not (self.discord.bot_online or chance.random() < 0.1):
                continue
            with suppress(MemberActionError):  # it has not said its commands yet, or the button is gone
                if mine and chance.random() < 0.15:
                    await self._cancel(chance.choice(mine))
                elif len(mine) < MOST_WAITING:
                    if chance.random() < 0.1:
                        self.discord.faults.duplicate_interaction()
                    options = {"prompt": f"{name} {len(self._asked)}", "steps": chance.randint(4, 40)}
                    record = await self.discord.slash("imagine", options, member=name, channel=chance.choice(CHANNELS))
                    mine.append(record)
                    self._asked.append(record)

    def _is_over(self, record: InteractionRecord) -> bool:
        message = record.message
        return message is not None and (message.deleted or not (can_be_cancelled(message) or message.loading))

    async def _cancel(self, record: InteractionRecord) -> None:
        if record.message is not None and can_be_cancelled(record.message) and not record.message.deleted:
            await self.discord.press(record.message, record.message.buttons[0]["custom_id"], member=record.member)

    async def _weather(self) -> None:
        chance, faults = random.Random(self._chance.random()), self.discord.faults
        kinds: list[tuple[float, Callable[[str], object]]] = [
            (4, lambda route: faults.slow(chance.uniform(0, 0.3), route=route, times=chance.randint(1, 5))),
            (4, lambda route: faults.slow_answer(chance.uniform(0, 0.3), route=route, times=chance.randint(1, 5))),
            (3, lambda route: faults.rate_limit(retry_after=chance.uniform(0.05, 0.5), route=route)),
            (1, lambda route: faults.rate_limit(via=False, route=route)),
            (1, lambda route: faults.rate_limit(retry_after=0.2, everywhere=True, route=route)),
            (2, lambda route: faults.server_error(status=chance.choice((500, 502, 503, 504)), route=route)),
            (3, lambda route: faults.server_error(status=chance.choice((500, 502)), route=route, takes_effect=True)),
            (4, lambda route: faults.lose_answer(route=route)),
            (1, lambda _: faults.refuse(10015, route="PATCH /webhooks/*")),
            (2, lambda _: faults.drop_gateway()),
            (1, lambda _: faults.ask_to_reconnect()),
            (2, lambda _: self._delete_one(chance)),
            (2, lambda _: self._expire_one(chance)),
        ]
        while True:
            await asyncio.sleep(chance.expovariate(1 / 0.25))
            [(_, happen)] = chance.choices(kinds, weights=[weight for weight, _ in kinds])
            happen(chance.choice(IN_THE_WAY))

    def _unfinished(self) -> list[InteractionRecord]:
        return [
            record
            for record in self._asked[-12:]
            if record.message is not None and not (has_picture(record.message) or record.message.deleted)
        ]

    def _delete_one(self, chance: random.Random) -> None:
        """A moderator deletes a message that carries no picture yet."""
        for record in chance.sample(found := self._unfinished(), min(1, len(found))):
            assert record.message is not None
            self.discord.hub.remove(record.message)
            self._note(f"[{record.id}] its message is deleted")

    def _expire_one(self, chance: random.Random) -> None:
        for record in chance.sample(found := self._unfinished(), min(1, len(found))):
            self.discord.faults.expire_token(record.id)
            self._note(f"[{record.id}] its token dies")

    def _note(self, what: str) -> None:
        with self.log_file.open("a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%H:%M:%S')} STORM   {what}\n")


async def storm(kills: int, seed: int, folder: Path, say: Callable[[str], None] = print) -> Verdict:
    """``folder``: empty; the bot's data, its log and the story of what went wrong lie there afterwards."""
    hub.NONCE_MEMORY_SECONDS = NONCE_MEMORY_SECONDS
    data = folder / "data"
    data.mkdir(parents=True)
    async with Rehearsal() as discord:
        return await Storm(discord, data, seed, say).run(kills)
