"""The TLS server that answers for all of Discord's host names at once."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.rehearsal.api import cdn
from bot.rehearsal.api.body import REQUEST_LIMIT_BYTES
from bot.rehearsal.api.cdn import Cdn
from bot.rehearsal.api.channels import ChannelEndpoints
from bot.rehearsal.api.commands import CommandEndpoints
from bot.rehearsal.api.door import API_HOST, Door
from bot.rehearsal.api.identity import IdentityEndpoints
from bot.rehearsal.api.interactions import InteractionEndpoints
from bot.rehearsal.errors import PortTaken
from bot.rehearsal.hub import Hub
from bot.rehearsal.rate_limits import RateLimits

GATEWAY_HOST = "gateway.discord.gg"
LOOPBACK = "127.0.0.1"


def discord_app(hub: Hub, limits: RateLimits) -> web.Application:
    # Discord's own limit is refused in Discord's own words (see body.py); this one is only against flooding.
    app = web.Application(middlewares=[_by_host], client_max_size=8 * REQUEST_LIMIT_BYTES)
    app.router.add_get("/", hub.gateway.connect)
    app.add_routes(Cdn(hub).routes())
    groups = (IdentityEndpoints(hub), CommandEndpoints(hub), ChannelEndpoints(hub), InteractionEndpoints(hub))
    Door(hub.faults, limits).open(app, [endpoint for group in groups for endpoint in group.endpoints()])
    return app


@web.middleware
async def _by_host(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Each name answers for its own paths only, as Discord's do."""
    host = request.host.partition(":")[0]
    if request.path.startswith("/api/"):
        right = host == API_HOST
    elif request.path == "/":
        right = host == GATEWAY_HOST
    else:
        right = host in cdn.HOSTS
    if not right:
        raise web.HTTPNotFound
    return await handler(request)


class Server:
    """An application on a port of this computer, and of no other network."""

    def __init__(self, app: web.Application, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
        self._wanted_port = port
        self._tls = tls
        self.port = 0

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._wanted_port, ssl_context=self._tls)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(self._wanted_port) from None
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()
