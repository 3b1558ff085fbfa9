"""Who the bot is, which guild it is in, and where the gateway is."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal import wire
from bot.rehearsal import world as w
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import Answer, Endpoint, expect_object, number
from bot.rehearsal.errors import refuse
from bot.rehearsal.hub import Hub

GATEWAY_URL = "wss://gateway.discord.gg"


class IdentityEndpoints:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/users/@me", self._me),
            Endpoint("GET", "/users/@me/guilds", self._guilds),
            Endpoint("POST", "/users/@me/channels", self._open_dm),
            Endpoint("GET", "/users/{user_id}", self._user),
            Endpoint("GET", "/oauth2/applications/@me", self._application),
            Endpoint("GET", "/applications/@me", self._application),
            Endpoint("GET", "/gateway", self._gateway, needs_token=False),
            Endpoint("GET", "/gateway/bot", self._gateway_for_bots),
            Endpoint("GET", "/guilds/{guild_id}", self._guild),
            Endpoint("GET", "/guilds/{guild_id}/channels", self._channels),
            Endpoint("GET", "/guilds/{guild_id}/roles", self._roles),
            Endpoint("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
        ]

    async def _me(self, _: web.Request) -> Answer:
        return Answer(payload=wire.bot_account())

    async def _guilds(self, _: web.Request) -> Answer:
        guild = self._hub.wire.guild()
        shown = {key: guild[key] for key in ("id", "name", "icon", "banner", "features")}
        permissions = next(role.permissions for role in self._hub.world.roles if role.id == w.BOT_ROLE_ID)
        return Answer(payload=[shown | {"owner": False, "permissions": str(permissions)}])

    async def _open_dm(self, request: web.Request) -> Answer:
        body = expect_object((await read_body(request)).payload)
        wanted = str(body.get("recipient_id"))
        member = self._hub.world.find_member(int(wanted)) if wanted.isdigit() else None
        if member is None or member.bot:
            raise refuse(50007)
        return Answer(payload=self._hub.wire.channel(self._hub.world.dm_with(member)))

    async def _user(self, request: web.Request) -> Answer:
        member = self._hub.world.find_member(number(request, "user_id"))
        if member is None:
            raise refuse(10013)
        return Answer(payload=wire.user(member))

    async def _application(self, _: web.Request) -> Answer:
        return Answer(payload=self._hub.wire.application())

    async def _gateway(self, _: web.Request) -> Answer:
        return Answer(payload={"url": GATEWAY_URL})

    async def _gateway_for_bots(self, _: web.Request) -> Answer:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 24 * 3600 * 1000, "max_concurrency": 1}
        return Answer(payload={"url": GATEWAY_URL, "shards": 1, "session_start_limit": limit})

    def _check_guild(self, request: web.Request) -> None:
        if number(request, "guild_id") != w.GUILD_ID:
            raise refuse(10004)

    async def _guild(self, request: web.Request) -> Answer:
        self._check_guild(request)
        counts = {"approximate_member_count": len(w.PEOPLE) + 1, "approximate_presence_count": len(w.PEOPLE) + 1}
        return Answer(payload=self._hub.wire.guild() | counts)

    async def _channels(self, request: web.Request) -> Answer:
        self._check_guild(request)
        return Answer(payload=[self._hub.wire.channel(c) for c in self._hub.world.guild_channels])

    async def _roles(self, request: web.Request) -> Answer:
        self._check_guild(request)
        return Answer(payload=[wire.role(role) for role in self._hub.world.roles])

    async def _member(self, request: web.Request) -> Answer:
        self._check_guild(request)
        member = self._hub.world.find_member(number(request, "user_id"))
        if member is None:
            raise refuse(10007)
        return Answer(payload=wire.guild_member(member))
