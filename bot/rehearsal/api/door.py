"""What every request of the bot passes before and after its handler, in the order in which Discord does it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.rehearsal import world as w
from bot.rehearsal.api.endpoint import Answer, Endpoint
from bot.rehearsal.errors import ApiError, refuse
from bot.rehearsal.faults import Faults
from bot.rehearsal.rate_limits import RateLimits

log = logging.getLogger(__name__)

PREFIXES = ("/api/v10", "/api/v9", "/api")
API_HOST = "discord.com"
_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")


class Door:
    def __init__(self, faults: Faults, limits: RateLimits) -> None:
        self._faults = faults
        self._limits = limits

    def open(self, app: web.Application, endpoints: Iterable[Endpoint]) -> None:
        """Puts the endpoints under Discord's prefixes."""
        for endpoint in endpoints:
            for prefix in PREFIXES:
                app.router.add_route(endpoint.method, prefix + endpoint.path, self._guarded(endpoint))
        for prefix in PREFIXES:
            unknown = Endpoint("*", "/{tail:.*}", self._unknown)
            app.router.add_route("*", prefix + unknown.path, self._guarded(unknown))

    async def _unknown(self, _: web.Request) -> Answer:
        raise refuse(0)

    def _guarded(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            called = f"{request.method} {_below_prefix(request.path)}"
            headers: dict[str, str] = {}
            if self._limits.banned:
                # No answer of Discord's any more, but of the front door before it.
                return web.Response(status=429, text="error code: 1015", headers={"Retry-After": "600"})
            try:
                for fault in self._faults.hitting(called, "slow"):
                    await asyncio.sleep(fault.seconds)
                trouble = next(self._faults.hitting(called, "rate_limit", "server_error", "refuse"), None)
                if trouble is not None and trouble.error is not None:
                    async for _ in request.content.iter_any():
                        pass  # an upload is taken to its end, or the client would see a broken connection
                    raise trouble.error
                self._identify(request, endpoint)
                headers = self._count(request, endpoint)
                answer = await endpoint.handler(request)
                late = next(self._faults.hitting(called, "late_error"), None)
                if late is not None and late.error is not None:
                    raise late.error
            except ApiError as error:
                log.debug("%s -> %s", called, error)
                self._limits.count_invalid(error.status, error.headers.get("X-RateLimit-Scope"))
                return _respond(error.status, error.body(), headers | error.headers)
            except web.HTTPException:
                raise
            except ConnectionError:
                # Whoever asked was killed, or hung up, before all of the request had come.
                raise web.HTTPBadRequest from None
            except Exception:
                log.exception("The rehearsal itself failed in %s", called)
                return _respond(500, {"message": "500: Internal Server Error", "code": 0}, headers)
            for fault in self._faults.hitting(called, "slow_answer"):
                await asyncio.sleep(fault.seconds)
            if next(self._faults.hitting(called, "lose_answer"), None) and request.transport is not None:
                request.transport.abort()
            return _respond(answer.status, answer.payload, headers)

        return handle

    def _identify(self, request: web.Request, endpoint: Endpoint) -> None:
        # discord.py introduces itself as a DiscordBot only where it sends its token: its webhook adapter, which also
        # answers interactions, goes by aiohttp's own name, and the real Discord takes that.
        agent = request.headers.get("User-Agent", "")
        if not agent or (endpoint.needs_token and not agent.startswith("DiscordBot (")):
            raise refuse(40333)
        given = request.headers.get("Authorization")
        if given is None and not endpoint.needs_token:
            return
        if given is None or given.removeprefix("Bot ") != w.BOT_TOKEN:
            raise ApiError(401, 0, "401: Unauthorized")

    def _count(self, request: web.Request, endpoint: Endpoint) -> dict[str, str]:
        major = "/".join(request.match_info[name] for name in _MAJOR if name in request.match_info)
        route = f"{endpoint.method} {endpoint.path}"
        return self._limits.count(endpoint.bucket, route, major, globally=endpoint.needs_token)


def _below_prefix(path: str) -> str:
    prefix = next((p for p in PREFIXES if path.startswith(p + "/")), "")
    return path.removeprefix(prefix)


def _respond(status: int, payload: object, headers: dict[str, str]) -> web.Response:
    if payload is None:
        return web.Response(status=status, headers=headers)
    # Exactly this content type: with "; charset=utf-8" behind it, discord.py would not parse the body.
    headers = headers | {"Content-Type": "application/json"}
    return web.Response(status=status, body=json.dumps(payload).encode(), headers=headers)
