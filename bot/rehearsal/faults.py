"""The switchboard of things that go wrong on the real Discord, to be switched on when a test wants to see the bot cope.

Faults on HTTP requests pick their victims by a pattern over method and path, for example `PATCH /webhooks/*` or
`POST /channels/*/messages`; `*` alone is every request. They wear off after `times` requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from bot.rehearsal.errors import REFUSALS, ApiError


@dataclass(slots=True)
class RequestFault:
    """One thing that happens to the next `times` matching requests; for ever when `times` is None."""

    kind: str
    route: str
    times: int | None
    seconds: float = 0.0
    error: ApiError | None = None
    happened: int = 0

    def take(self, request: str) -> bool:
        if self.times == 0 or not fnmatchcase(request, self.route if " " in self.route else f"* {self.route}"):
            return False
        if self.times is not None:
            self.times -= 1
        self.happened += 1
        return True


@dataclass(slots=True)
class GatewayControls:
    """What the gateway lets the switchboard do to it."""

    drop: Callable[[int | None], None]
    reconnect: Callable[[], None]
    ask_for_heartbeat: Callable[[], None]
    invalidate: Callable[[bool], None]


@dataclass(slots=True)
class Faults:
    """Every method switches one fault on. `clear()` switches all of them off."""

    requests: list[RequestFault] = field(default_factory=list)
    duplicate_interactions: int = 0
    malformed_dispatches: int = 0
    unknown_commands: int = 0
    gateway_silent: bool = False
    _gateway: GatewayControls | None = None
    _expire_token: Callable[[int | None], None] | None = None
    _expire_links: Callable[[], None] | None = None

    def connect(
        self, gateway: GatewayControls, expire_token: Callable[[int | None], None], expire_links: Callable[[], None]
    ) -> None:
        self._gateway, self._expire_token, self._expire_links = gateway, expire_token, expire_links

    # On HTTP requests

    def slow(self, seconds: float, *, route: str = "*", times: int | None = None) -> RequestFault:
        """The request takes this much longer to arrive."""
        return self._add(RequestFault("slow", route, times, seconds=seconds))

    def slow_answer(self, seconds: float, *, route: str = "*", times: int | None = None) -> RequestFault:
        """The request takes effect at once; its answer takes this much longer to come back."""
        return self._add(RequestFault("slow_answer", route, times, seconds=seconds))

    def rate_limit(
        self,
        times: int = 1,
        *,
        retry_after: float = 0.3,
        via: bool = True,
        everywhere: bool = False,
        shared: bool = False,
        route: str = "*",
    ) -> RequestFault:
        """A 429. Without `via` it looks like a Cloudflare ban, which clients must not retry."""
        headers = {"Retry-After": f"{retry_after:.3f}"}
        headers["X-RateLimit-Scope"] = "global" if everywhere else "shared" if shared else "user"
        if everywhere:
            headers["X-RateLimit-Global"] = "true"
        if via:
            headers["Via"] = "1.1 google"
        error = ApiError(
            429,
            0,
            "You are being rate limited.",
            extra={"retry_after": retry_after, "global": everywhere},
            headers=headers,
        )
        return self._add(RequestFault("rate_limit", route, times, error=error))

    def server_error(
        self, times: int = 1, *, status: int = 502, route: str = "*", takes_effect: bool = False
    ) -> RequestFault:
        """A 5xx; the request has no effect, or has had it all the same: the sender cannot tell."""
        error = ApiError(status, 0, f"{status}: the rehearsal was told to fail")
        return self._add(RequestFault("late_error" if takes_effect else "server_error", route, times, error=error))

    def refuse(
        self, code: int, times: int = 1, *, status: int | None = None, message: str | None = None, route: str = "*"
    ) -> RequestFault:
        """One of Discord's own refusals, by its code: 50013, 10015, 40005 and so on."""
        known_status, known_message = REFUSALS.get(code, (400, "Refused by the rehearsal"))
        error = ApiError(status or known_status, code, message or known_message)
        return self._add(RequestFault("refuse", route, times, error=error))

    def lose_answer(self, times: int = 1, *, route: str = "*") -> RequestFault:
        """The request takes effect, then the connection breaks before the answer."""
        return self._add(RequestFault("lose_answer", route, times))

    # On the gateway and on interactions

    def drop_gateway(self, code: int | None = None) -> None:
        """Breaks the bot's gateway connection: with a close code, or as if the cable was pulled."""
        assert self._gateway is not None
        self._gateway.drop(code)

    def ask_to_reconnect(self) -> None:
        """Op 7: Discord is about to restart a gateway server."""
        assert self._gateway is not None
        self._gateway.reconnect()

    def ask_for_heartbeat(self) -> None:
        """Op 1: the gateway wants a sign of life now."""
        assert self._gateway is not None
        self._gateway.ask_for_heartbeat()

    def invalidate_session(self, *, resumable: bool = False) -> None:
        """Op 9."""
        assert self._gateway is not None
        self._gateway.invalidate(resumable)

    def silence_gateway(self, silent: bool = True) -> None:
        """The gateway neither says nor acknowledges anything, and does not close either."""
        self.gateway_silent = silent

    def duplicate_interaction(self, times: int = 1) -> None:
        """The next interactions are dispatched twice, as when two instances of a bot run."""
        self.duplicate_interactions = times

    def malformed_dispatch(self, times: int = 1) -> None:
        """The next interactions lack a part that discord.py needs; a client without supervision ends there."""
        self.malformed_dispatches = times

    def unknown_command(self, times: int = 1) -> None:
        """The next commands are called by a name the bot does not know, as when it was renamed and not yet synced."""
        self.unknown_commands = times

    def expire_tokens(self) -> None:
        """As if the fifteen minutes of every interaction so far were over."""
        assert self._expire_token is not None
        self._expire_token(None)

    def expire_token(self, interaction_id: int) -> None:
        """As if the interaction's fifteen minutes were over."""
        assert self._expire_token is not None
        self._expire_token(interaction_id)

    def expire_links(self) -> None:
        """As if every link to a file so far was older than a day."""
        assert self._expire_links is not None
        self._expire_links()

    def clear(self) -> None:
        self.requests.clear()
        self.duplicate_interactions = self.malformed_dispatches = self.unknown_commands = 0
        self.gateway_silent = False

    # For the server

    def _add(self, fault: RequestFault) -> RequestFault:
        self.requests.append(fault)
        return fault

    def hitting(self, request: str, *kinds: str) -> Iterator[RequestFault]:
        """The faults of these kinds that befall a request, each used up by one."""
        for fault in list(self.requests):
            if fault.kind in kinds and fault.take(request):
                yield fault

    def take_duplicate(self) -> bool:
        self.duplicate_interactions, was = max(0, self.duplicate_interactions - 1), self.duplicate_interactions
        return was > 0

    def take_malformed(self) -> bool:
        self.malformed_dispatches, was = max(0, self.malformed_dispatches - 1), self.malformed_dispatches
        return was > 0

    def take_unknown_command(self) -> bool:
        self.unknown_commands, was = max(0, self.unknown_commands - 1), self.unknown_commands
        return was > 0

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": [
                {"kind": f.kind, "route": f.route, "times": f.times, "happened": f.happened} for f in self.requests
            ],
            "duplicate_interactions": self.duplicate_interactions,
            "malformed_dispatches": self.malformed_dispatches,
            "unknown_commands": self.unknown_commands,
            "gateway_silent": self.gateway_silent,
        }
