"""The application commands the bot has declared, globally and for the guild, and who gets to see which."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import world as w
from bot.rehearsal.atlas import Atlas
from bot.rehearsal.command_rules import CHAT_INPUT, MOST, check_command
from bot.rehearsal.errors import FormErrors, NotAllowed, UnknownCommand, refuse
from bot.rehearsal.snowflake import Clock, Snowflakes
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]
Scope = int | None
"""A guild's id, or None for global commands."""

CREATES_PER_DAY = 200
MOST_OVERWRITES = 100


class CommandBook:
    """What the bot declared. A command keeps its id for as long as its name and type stay."""

    def __init__(self, clock: Clock, ids: Snowflakes) -> None:
        self._clock = clock
        self._ids = ids
        self._scopes: dict[Scope, list[Json]] = {}
        self._creates: dict[Scope, list[float]] = {}
        self.overwrites: dict[tuple[int, str], dict[int, bool]] = {}
        """By server and command: which roles, members and channels its moderators let in or keep out."""
        self.ever_synced = False

    @property
    def all(self) -> list[Json]:
        return [command for commands in self._scopes.values() for command in commands]

    def listed(self, scope: Scope) -> list[Json]:
        return self._scopes.get(scope, [])

    def get(self, scope: Scope, id_: int) -> Json:
        found = next((c for c in self.listed(scope) if c["id"] == str(id_)), None)
        if found is None:
            raise refuse(10063)
        return found

    def overwrite(self, scope: Scope, given: list[Json]) -> list[Json]:
        """Replaces everything in a scope, as a bot's sync does."""
        errors = FormErrors()
        seen: set[tuple[object, object]] = set()
        for index, command in enumerate(given):
            check_command(str(index), command, errors)
            key = (command.get("type", CHAT_INPUT), command.get("name"))
            if key in seen:
                text = "Application command names must be unique"
                errors.add(f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
            seen.add(key)
        errors.raise_if_any()
        self._check_room(given)
        self._count_creates(scope, sum(self._same(scope, command) is None for command in given))
        self._scopes[scope] = [self._filled(scope, command, self._same(scope, command)) for command in given]
        self.ever_synced = True
        return self._scopes[scope]

    def create(self, scope: Scope, given: Json) -> tuple[Json, bool]:
        """Adds one command, or replaces the one of the same name and type. Says whether it is new."""
        errors = FormErrors()
        check_command("", given, errors)
        errors.raise_if_any()
        old = self._same(scope, given)
        if old is None:
            self._check_room([*self.listed(scope), given])
            self._count_creates(scope, 1)
        command = self._filled(scope, given, old)
        self._scopes[scope] = [c for c in self.listed(scope) if c is not old] + [command]
        self.ever_synced = True
        return command, old is None

    def edit(self, scope: Scope, id_: int, given: Json) -> Json:
        old = self.get(scope, id_)
        command = {**old, **given, "type": old["type"]}
        errors = FormErrors()
        check_command("", command, errors)
        errors.raise_if_any()
        fresh = self._filled(scope, command, old)
        self._scopes[scope] = [fresh if c is old else c for c in self.listed(scope)]
        return fresh

    def delete(self, scope: Scope, id_: int) -> None:
        old = self.get(scope, id_)
        self._scopes[scope] = [c for c in self.listed(scope) if c is not old]

    def permit(self, guild_id: int, name: str, id_: int, allowed: bool) -> None:
        """What a server's moderators decide about a command, as in the client's settings: for a role (the server's own
        id is everybody), a member or a channel (the server's id less one is all channels)."""
        command = next((c for c in self.all if c["name"] == name), None)
        if command is None:
            raise UnknownCommand(f"There is no command {name!r}.")
        decided = self.overwrites.setdefault((guild_id, command["id"]), {})
        if id_ not in decided and len(decided) >= MOST_OVERWRITES:
            raise NotAllowed(f"A command has at most {MOST_OVERWRITES} exceptions.")
        decided[id_] = allowed

    def permissions(self, guild_id: int, world: Atlas) -> list[Json]:
        """As the bot may read them."""
        people = {member.id for member in world.people}
        channels = {channel.id for channel in world.channels} | {guild_id - 1}

        def shown(id_: int, allowed: bool) -> Json:
            return {"id": str(id_), "type": 2 if id_ in people else 3 if id_ in channels else 1, "permission": allowed}

        return [
            {
                "id": command,
                "application_id": str(w.APPLICATION_ID),
                "guild_id": str(guild),
                "permissions": [shown(id_, allowed) for id_, allowed in decided.items()],
            }
            for (guild, command), decided in self.overwrites.items()
            if guild == guild_id
        ]

    def _same(self, scope: Scope, given: Json) -> Json | None:
        kind = given.get("type", CHAT_INPUT)
        return next((c for c in self.listed(scope) if c["name"] == given["name"] and c["type"] == kind), None)

    def _check_room(self, commands: list[Json]) -> None:
        for kind, most in MOST.items():
            if sum(command.get("type", CHAT_INPUT) == kind for command in commands) > most:
                raise refuse(30032, f"Maximum number of application commands reached ({most}).")

    def _count_creates(self, scope: Scope, new: int) -> None:
        now = self._clock()
        recent = [at for at in self._creates.get(scope, []) if at > now - 24 * 3600]
        if len(recent) + new > CREATES_PER_DAY:
            raise refuse(30034)
        self._creates[scope] = recent + [now] * new

    def _filled(self, scope: Scope, given: Json, old: Json | None) -> Json:
        permissions = given.get("default_member_permissions")
        kept = {key: value for key, value in given.items() if value is not None}
        command: Json = {
            "type": CHAT_INPUT,
            "description": "",
            "nsfw": False,
            "integration_types": [0],
            "contexts": None,
            "name_localizations": None,
            "description_localizations": None,
            **kept,
            "id": old["id"] if old else str(self._ids.next()),
            "application_id": str(w.APPLICATION_ID),
            "version": str(self._ids.next()),
            # discord.py sends a number; Discord answers with text, and null for "everybody".
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        if scope is not None:
            # Where a command may be used and by whose installation is a matter of global commands only.
            command |= {"guild_id": str(scope), "contexts": None, "integration_types": [0]}
        return command

    # What a member sees

    def offered(self, member: Member, channel: Channel, world: Atlas) -> list[Json]:
        """The commands a member can use in a channel, as the Discord client lists them."""
        return [command for command in self.all if not self.why_not(command, member, channel, world)]

    def why_not(self, command: Json, member: Member, channel: Channel, world: Atlas) -> str | None:
        """Why a member may not use a command here; None when they may."""
        decided = self.overwrites.get((channel.guild_id or 0, command["id"]), {})
        return why_not(command, member, channel, world, decided)

    def as_json(self) -> Json:
        return {"scopes": [[scope, commands] for scope, commands in self._scopes.items()]}

    def restore(self, fields: Json) -> None:
        self._scopes = dict(fields["scopes"])
        self.ever_synced = True
        for command in self.all:
            self._ids.skip_to(int(command["version"]))


def why_not(command: Json, member: Member, channel: Channel, world: Atlas, decided: dict[int, bool]) -> str | None:
    """The same, given what the server's moderators have decided about the command."""
    if not installations(command, member, channel, world):
        return "This command cannot be used here: the app is not installed for it."
    context = 0 if channel.in_guild else 1
    if command["contexts"] is not None and context not in command["contexts"]:
        return "This command cannot be used here."
    if not channel.in_guild and command.get("dm_permission") is False:
        return "This command cannot be used in a direct message."
    if channel.in_guild and (problem := _forbidden(command, member, channel, world, decided)):
        return problem
    if command["nsfw"] and not member.adult:
        return "This command is age-restricted, and you are not old enough to use it."
    if command["nsfw"] and channel.in_guild and not world.is_age_restricted(channel):
        return "This command is age-restricted and can only be used in an age-restricted channel."
    return None


def _forbidden(command: Json, member: Member, channel: Channel, world: Atlas, decided: dict[int, bool]) -> str | None:
    allowed = world.permissions(member, channel)
    if not allowed & w.USE_APPLICATION_COMMANDS:
        return "You do not have permission to use commands in this channel."
    if decided and not allowed & w.ADMINISTRATOR:
        guild_id = channel.guild_id or 0
        if not decided.get(channel.id, decided.get(guild_id - 1, True)):
            return "This command is not allowed in this channel."
        mine = [decided[role] for role in member.roles if role in decided]
        verdict = decided.get(member.id, any(mine) if mine else decided.get(guild_id))
        if verdict is not None:
            # An exception counts instead of the permissions that the bot asked for.
            return None if verdict else "You do not have permission to use this command."
    needed = command["default_member_permissions"]
    if needed is not None and allowed != w.ALL_PERMISSIONS and (needed == "0" or int(needed) & ~allowed):
        return "You do not have permission to use this command."
    return None


def installations(command: Json | None, member: Member, channel: Channel, world: Atlas) -> tuple[tuple[str, str], ...]:
    """By which installations a command is there: its server's (`0`), the member's own (`1`), both, or none at all.

    Without a command, by which of them the bot's own messages are.
    """
    guild = world.guild_of(channel)
    types = command["integration_types"] if command else [0]
    if command and "guild_id" in command:
        return (("0", command["guild_id"]),) if guild and command["guild_id"] == str(guild.id) else ()
    found = []
    if 0 in types and (guild is None or guild.installed):
        found.append(("0", str(guild.id) if guild else "0"))
    if 1 in types and member.brings_app:
        found.append(("1", str(member.id)))
    return tuple(found)
