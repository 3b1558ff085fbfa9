"""Who the bot is, which guild it is in, and where the gateway is."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal import wire
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import Answer, Endpoint, expect_object, number
from bot.rehearsal.errors import refuse
from bot.rehearsal.hub import Hub
from bot.rehearsal.world import Guild

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
        shown = []
        for guild in self._hub.world.installed:
            full = self._hub.wire.guild(guild)
            permissions = next(role.permissions for role in guild.roles if role.managed)
            fields = {key: full[key] for key in ("id", "name", "icon", "banner", "features")}
            shown.append(fields | {"owner": False, "permissions": str(permissions)})
        return Answer(payload=shown)

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
        limit = self._hub.gateway.starts.as_json()
        return Answer(payload={"url": GATEWAY_URL, "shards": 1, "session_start_limit": limit})

    def _reach(self, request: web.Request) -> Guild:
        """A server of which the bot is a member; of others it knows nothing."""
        guild = self._hub.world.find_guild(number(request, "guild_id"))
        if guild is None or not guild.installed:
            raise refuse(10004)
        return guild

    async def _guild(self, request: web.Request) -> Answer:
        guild = self._reach(request)
        count = len(guild.everyone)
        counts = {"approximate_member_count": count, "approximate_presence_count": count}
        return Answer(payload=self._hub.wire.guild(guild) | counts)

    async def _channels(self, request: web.Request) -> Answer:
        channels = self._hub.world.channels_of(self._reach(request))
        return Answer(payload=[self._hub.wire.channel(channel) for channel in channels])

    async def _roles(self, request: web.Request) -> Answer:
        return Answer(payload=[wire.role(role) for role in self._reach(request).roles])

    async def _member(self, request: web.Request) -> Answer:
        guild = self._reach(request)
        member = self._hub.world.find_member(number(request, "user_id"))
        if member is None or not guild.holds(member):
            raise refuse(10007)
        return Answer(payload=wire.guild_member(member, guild))
