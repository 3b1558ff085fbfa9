"""The page's server: static files, the members' actions as JSON, and a WebSocket that says what changes."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.hub import Hub
from bot.rehearsal.member_actions import MemberActions


class Page:
    def __init__(self, hub: Hub, members: MemberActions) -> None:
        self._hub = hub
        self._members = members
        self.port = 0

    def app(self) -> web.Application:
        return web.Application()

    async def close(self) -> None:
        pass
