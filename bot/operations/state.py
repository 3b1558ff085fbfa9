"""How the bot's parts are, in words: empty where all is well."""

from __future__ import annotations

import asyncio
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.operations.metrics import Metrics
from db import Database, generations
from inference import Engine

WRITE_SECONDS = 2.0
STUCK_TICK_SECONDS = 60.0  # far longer than any step, far shorter than [engine] stuck_seconds


class Gateway(Protocol):
    """What is asked of the Discord client."""

    def is_ready(self) -> bool: ...

    def is_closed(self) -> bool: ...


class State:
    def __init__(self, gateway: Gateway, database: Database, engine: Engine) -> None:
        self._gateway = gateway
        self._database = database
        self._engine = engine

    def lives(self) -> dict[str, str]:
        """The parts that turn by themselves."""
        tick = self._engine.health().tick_seconds
        return {"engine tick": f"a step has lasted {tick:.0f} s" if tick > STUCK_TICK_SECONDS else ""}

    async def is_ready(self) -> dict[str, str]:
        """The parts that a request needs."""
        health = self._engine.health()
        engine = "" if health.can_draw else health.refusal or "the checkpoint is being loaded"
        is_connected = self._gateway.is_ready() and not self._gateway.is_closed()
        return {
            "discord": "" if is_connected else "not connected",
            "database": await self._write(),
            "engine": engine,
        }

    async def count_into(self, metrics: Metrics) -> None:
        metrics.queued(await generations.count_active(self._database))

    async def _write(self) -> str:
        async def nothing(_: object) -> None:
            return None

        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._database.write(nothing)
        except TimeoutError:
            return f"no write within {WRITE_SECONDS:.0f} s"
        except (SQLAlchemyError, OSError) as error:
            return str(error).splitlines()[0]
        return ""
