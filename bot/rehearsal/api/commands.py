"""Declaring application commands, globally and for the guild."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.rehearsal import world as w
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import NO_CONTENT, Answer, Endpoint, expect_object, flag, number
from bot.rehearsal.commands import Scope
from bot.rehearsal.errors import FormErrors, refuse
from bot.rehearsal.hub import Hub

_BUCKET = "commands"


class CommandEndpoints:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def endpoints(self) -> list[Endpoint]:
        found = []
        for base in (
            "/applications/{application_id}/commands",
            "/applications/{application_id}/guilds/{guild_id}/commands",
        ):
            found += [
                Endpoint("GET", base, self._list, _BUCKET),
                Endpoint("PUT", base, self._overwrite, _BUCKET),
                Endpoint("POST", base, self._create, _BUCKET),
                Endpoint("GET", base + "/{command_id}", self._get, _BUCKET),
                Endpoint("PATCH", base + "/{command_id}", self._edit, _BUCKET),
                Endpoint("DELETE", base + "/{command_id}", self._delete, _BUCKET),
            ]
        of_guild = "/applications/{application_id}/guilds/{guild_id}/commands"
        of_command = of_guild + "/{command_id}/permissions"
        return [
            Endpoint("GET", of_guild + "/permissions", self._list_permissions, _BUCKET),
            Endpoint("GET", of_command, self._permissions, _BUCKET),
            Endpoint("PUT", of_command, self._set_permissions, _BUCKET),
            *found,
        ]

    def _scope(self, request: web.Request) -> Scope:
        if number(request, "application_id") != w.APPLICATION_ID:
            raise refuse(50001)
        if "guild_id" not in request.match_info:
            return None
        guild = self._hub.world.find_guild(number(request, "guild_id"))
        if guild is None or not guild.installed:
            raise refuse(50001)
        return guild.id

    def _shown(self, request: web.Request, command: dict[str, Any]) -> dict[str, Any]:
        if flag(request, "with_localizations") or request.method != "GET":
            return command
        return {key: value for key, value in command.items() if not key.endswith("_localizations")}

    async def _list(self, request: web.Request) -> Answer:
        commands = self._hub.commands.listed(self._scope(request))
        return Answer(payload=[self._shown(request, command) for command in commands])

    async def _overwrite(self, request: web.Request) -> Answer:
        scope, given = self._scope(request), (await read_body(request)).payload
        if not isinstance(given, list) or not all(isinstance(command, dict) for command in given):
            errors = FormErrors()
            errors.add("_misc", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            errors.raise_if_any()
            raise AssertionError("unreachable")
        commands = self._hub.commands.overwrite(scope, given)
        self._hub.changes.announce("commands", None)
        return Answer(payload=commands)

    async def _create(self, request: web.Request) -> Answer:
        scope, given = self._scope(request), expect_object((await read_body(request)).payload)
        command, new = self._hub.commands.create(scope, given)
        self._hub.changes.announce("commands", None)
        return Answer(201 if new else 200, command)

    async def _get(self, request: web.Request) -> Answer:
        command = self._hub.commands.get(self._scope(request), number(request, "command_id"))
        return Answer(payload=self._shown(request, command))

    async def _edit(self, request: web.Request) -> Answer:
        scope, given = self._scope(request), expect_object((await read_body(request)).payload)
        command = self._hub.commands.edit(scope, number(request, "command_id"), given)
        self._hub.changes.announce("commands", None)
        return Answer(payload=command)

    async def _list_permissions(self, request: web.Request) -> Answer:
        guild = self._scope(request)
        return Answer(payload=self._hub.commands.permissions(guild or 0, self._hub.world))

    async def _permissions(self, request: web.Request) -> Answer:
        guild, command = self._scope(request), str(number(request, "command_id"))
        listed = self._hub.commands.permissions(guild or 0, self._hub.world)
        found = next((one for one in listed if one["id"] == command), None)
        if found is None:
            raise refuse(10066)
        return Answer(payload=found)

    async def _set_permissions(self, _: web.Request) -> Answer:
        """Only for people, with a token of their own: a bot cannot let itself in."""
        raise refuse(20001)

    async def _delete(self, request: web.Request) -> Answer:
        self._hub.commands.delete(self._scope(request), number(request, "command_id"))
        self._hub.changes.announce("commands", None)
        return NO_CONTENT
