"""The admin port: /metrics, /healthz and /readyz, on the loopback only.

/healthz says whether the process turns at all: its event loop and its engine's ticks. /readyz says whether a request
would be served now: Discord is connected, the database can be written, the engine can draw. Both answer 200 or 503 with
a line for each part as JSON.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from bot.operations.metrics import Metrics
from config import AdminSettings

log = logging.getLogger(__name__)

LAG_INTERVAL_SECONDS = 0.5
LONGEST_LAG_SECONDS = 1.0

# The name of a part -> what is wrong with it, empty if nothing is.
Findings = Mapping[str, str]


class Lag:
    """How late the event loop wakes whoever it was to wake."""

    def __init__(self, metrics: Metrics) -> None:
        self.seconds = 0.0
        self._metrics = metrics

    async def measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_INTERVAL_SECONDS
            await asyncio.sleep(LAG_INTERVAL_SECONDS)
            self.seconds = loop.time() - due
            self._metrics.lagged(self.seconds)


@asynccontextmanager
async def admin_port(
    settings: AdminSettings,
    metrics: Metrics,
    *,
    lives: Callable[[], Findings],
    is_ready: Callable[[], Awaitable[Findings]],
    refresh: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Serve while inside. A port that is taken is said in the log, and the bot works without. ``refresh`` is awaited
    before metrics are read."""
    lag = Lag(metrics)

    async def health(_: web.Request) -> web.Response:
        late = f"{lag.seconds:.2f} s late" if lag.seconds > LONGEST_LAG_SECONDS else ""
        return _answer({"event loop": late, **lives()})

    async def readiness(_: web.Request) -> web.Response:
        return _answer(await is_ready())

    async def numbers(_: web.Request) -> web.Response:
        await refresh()
        return web.Response(body=metrics.text(), content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.add_routes([web.get("/healthz", health), web.get("/readyz", readiness), web.get("/metrics", numbers)])
    runner = web.AppRunner(app, access_log=None)
    measuring = asyncio.create_task(lag.measure(), name="loop lag")
    try:
        if settings.port:
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", settings.port).start()
                log.info("metrics and health on http://127.0.0.1:%s", settings.port)
            except OSError as error:
                log.warning("the admin port %s cannot be used (%s); going on without", settings.port, error.strerror)
        yield
    finally:
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
        await runner.cleanup()


def _answer(findings: Findings) -> web.Response:
    wrong = {part: what for part, what in findings.items() if what}
    body = {part: what or "ok" for part, what in findings.items()}
    return web.json_response(body, status=503 if wrong else 200)
