"""What a Discord client does with a slash command before sending it: find it, check each option, say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.rehearsal import command_rules as r
from bot.rehearsal import wire
from bot.rehearsal.attachments import Attachment, Upload
from bot.rehearsal.errors import InvalidOptions, MemberActionError, UnknownCommand
from bot.rehearsal.hub import Hub
from bot.rehearsal.slash_line import REST
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]

REQUIRED = "This option is required. Specify a value."
NOT_INTEGER = "Input a valid integer."
NOT_NUMBER = "Input a valid number."
NOT_BOOLEAN = "Input true or false."
NOT_A_CHOICE = "Select one of the choices."
NO_SUCH_OPTION = "This option does not exist for the command."
NO_FILE = "Add a file."


class _Wrong(InvalidOptions):
    """A value that does not fit. The caller adds whose it is."""

    def __init__(self, text: str) -> None:
        super().__init__({"": text})


@dataclass(slots=True)
class Resolved:
    """The objects behind the ids among the options; Discord sends them along."""

    parts: dict[str, Json] = field(default_factory=dict)

    def add(self, kind: str, id_: int, shown: Json) -> str:
        self.parts.setdefault(kind, {})[str(id_)] = shown
        return str(id_)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A command, and the subcommand of it that was picked."""

    command: Json
    path: tuple[Json, ...]

    @property
    def full_name(self) -> str:
        return " ".join([self.command["name"], *(part["name"] for part in self.path)])

    @property
    def options(self) -> list[Json]:
        holder = self.path[-1] if self.path else self.command
        return holder.get("options") or []

    def data(self, filled: list[Json], resolved: Resolved) -> Json:
        """The interaction's data, with the options nested below the subcommand."""
        for part in reversed(self.path):
            filled = [{"name": part["name"], "type": part["type"], "options": filled}]
        data: Json = {
            "id": self.command["id"],
            "name": self.command["name"],
            "type": r.CHAT_INPUT,
            "options": filled,
        }
        if resolved.parts:
            data["resolved"] = resolved.parts
        if "guild_id" in self.command:
            data["guild_id"] = self.command["guild_id"]
        return data


def choose(offered: list[Json], name: str, options: dict[str, Any]) -> Chosen:
    """Finds `config quota` and the like; words of the line may turn out to be the subcommand."""
    words = name.lstrip("/").split()
    command = next((c for c in offered if c["name"] == words[0] and c["type"] == r.CHAT_INPUT), None) if words else None
    if command is None:
        known = ", ".join("/" + c["name"] for c in offered if c["type"] == r.CHAT_INPUT)
        raise UnknownCommand(f"There is no command /{words[0] if words else ''} here. There are: {known or 'none'}.")
    loose = words[1:]
    path: list[Json] = []
    inner = command.get("options") or []
    while inner and inner[0]["type"] in (r.SUBCOMMAND, r.GROUP):
        if not loose and isinstance(options.get(REST), str):
            loose = str(options.pop(REST)).split()
        picked = next((part for part in inner if loose and part["name"] == loose[0]), None)
        if picked is None:
            names = ", ".join(part["name"] for part in inner)
            raise UnknownCommand(f"/{command['name']} needs one of: {names}.")
        path.append(picked)
        loose, inner = loose[1:], picked.get("options") or []
    if loose:
        options[REST] = " ".join([*loose, str(options.get(REST, ""))]).strip()
    return Chosen(command, tuple(path))


class OptionReader:
    """Turns what a member typed into the values of options, by the types the bot declared."""

    def __init__(self, hub: Hub, member: Member, channel: Channel) -> None:
        self._hub = hub
        self._member = member
        self._channel = channel
        self.resolved = Resolved()

    def read(self, declared: list[Json], given: dict[str, Any], *, focused: str | None = None) -> list[Json]:
        """The options as sent; raises InvalidOptions with all problems. With `focused`, drafts are allowed."""
        given = _with_rest_placed(declared, given)
        problems = {name: NO_SUCH_OPTION for name in given if name not in {o["name"] for o in declared}}
        filled: list[Json] = []
        for option in declared:
            name, value = option["name"], given.get(option["name"])
            if name == focused:
                filled.append({"name": name, "type": option["type"], "value": _draft(value), "focused": True})
                continue
            if value is None or (value == "" and option["type"] != r.STRING):
                if option.get("required") and focused is None:
                    problems[name] = REQUIRED
                continue
            try:
                filled.append({"name": name, "type": option["type"], "value": self._value(option, value)})
            except MemberActionError as wrong:
                if focused is None:
                    problems[name] = str(wrong)
        if problems:
            raise InvalidOptions(problems)
        return filled

    def _value(self, option: Json, value: Any) -> object:
        kind = option["type"]
        if option.get("choices"):
            return _choice(option["choices"], value)
        if kind == r.STRING:
            return _text(option, value)
        if kind in (r.INTEGER, r.NUMBER):
            return _number(option, value)
        if kind == r.BOOLEAN:
            if isinstance(value, str) and value.lower() in ("true", "false"):
                return value.lower() == "true"
            if not isinstance(value, bool):
                raise _Wrong(NOT_BOOLEAN)
            return value
        if kind == r.ATTACHMENT:
            return self.attachment(value)
        return self.resolve(kind, value)

    def resolve(self, kind: int, value: Any) -> str:
        """The id of a user, role or channel, which is noted among the resolved."""
        world = self._hub.world
        text = str(getattr(value, "id", value)).strip("<@&#!>")
        if kind in (r.ROLE, r.MENTIONABLE):
            role = next((one for one in world.roles_of(self._channel) if text in (str(one.id), one.name)), None)
            if role is not None:
                return self.resolved.add("roles", role.id, wire.role(role))
            if kind == r.ROLE:
                raise _Wrong("Select a role.")
        if kind == r.CHANNEL:
            channel = world.channel(text, self._member)
            return self.resolved.add("channels", channel.id, self._hub.wire.partial_channel(channel, self._member))
        member = world.member(text)
        guild = world.guild_of(self._channel)
        if guild is not None and guild.holds(member):
            # Inside `resolved` a member comes without its user, which stands beside it.
            shown = wire.guild_member(member, guild, with_user=False)
            del shown["deaf"], shown["mute"]
            permissions = str(world.permissions(member, self._channel))
            self.resolved.add("members", member.id, shown | {"permissions": permissions})
        return self.resolved.add("users", member.id, wire.user(member))

    def attachment(self, value: Any) -> str:
        """A path, a (name, bytes) pair, an Upload, or the id of something uploaded before."""
        attachment: Attachment | None
        if isinstance(value, Attachment):
            attachment = value
        elif isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            attachment = self._hub.files.get(int(value))
        else:
            attachment = self.upload(value)
        if attachment is None:
            raise _Wrong(NO_FILE)
        return self.resolved.add("attachments", attachment.id, self._hub.wire.attachment(attachment))

    def upload(self, value: Any) -> Attachment:
        if isinstance(value, Path):
            value = Upload(value.name, value.read_bytes())
        elif isinstance(value, tuple) and len(value) == 2:
            value = Upload(*value)
        if not isinstance(value, Upload):
            raise _Wrong(NO_FILE)
        limit = self._hub.world.places.file_limit_bytes
        if len(value.data) > limit:
            raise _Wrong(f"Your file is too large. The limit is {max(limit >> 20, 1)} MB.")
        attachment = self._hub.files.add(self._channel.id, value, ephemeral=True)
        self._hub.changes.announce("attachment", attachment)
        return attachment


def _with_rest_placed(declared: list[Json], given: dict[str, Any]) -> dict[str, Any]:
    """Words without an option's name go to the first required option that has none yet, as on the page."""
    if REST not in given:
        return given
    named = {name: value for name, value in given.items() if name != REST}
    waiting = [o["name"] for o in declared if o.get("required") and o["name"] not in named]
    waiting = waiting or [o["name"] for o in declared if o["type"] == r.STRING and o["name"] not in named]
    if not waiting:
        raise InvalidOptions({REST: f"Which option is {given[REST]!r} meant for?"})
    return {waiting[0]: given[REST], **named}


def _draft(value: object) -> object:
    """What stands in the focused option so far. It is sent as text, whatever it will become."""
    return "" if value is None else str(value)


def _choice(choices: list[Json], value: object) -> object:
    """By value, or by the name that people see."""
    for choice in choices:
        if value == choice["value"] or str(value).lower() in (str(choice["value"]).lower(), choice["name"].lower()):
            return choice["value"]
    raise _Wrong(NOT_A_CHOICE)


def _text(option: Json, value: object) -> str:
    text = str(value).strip()
    low, high = option.get("min_length") or 0, option.get("max_length") or 6000
    if option.get("required") and not text:
        raise _Wrong(REQUIRED)
    if len(text) < low:
        raise _Wrong(f"Input at least {low} characters.")
    if len(text) > high:
        raise _Wrong(f"Input at most {high} characters.")
    return text


def _number(option: Json, value: object) -> int | float:
    whole = option["type"] == r.INTEGER
    try:
        if isinstance(value, bool):
            raise ValueError
        number = int(str(value).strip()) if whole else float(str(value).strip())
    except ValueError:
        raise _Wrong(NOT_INTEGER if whole else NOT_NUMBER) from None
    low = option.get("min_value", -r.LARGEST_INTEGER)
    high = option.get("max_value", r.LARGEST_INTEGER)
    if number < low:
        raise _Wrong(f"Input a number that is {low} or more.")
    if number > high:
        raise _Wrong(f"Input a number that is {high} or less.")
    return number
