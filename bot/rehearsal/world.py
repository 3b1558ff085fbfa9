"""Who and what exists in a rehearsal: one application, one guild, its channels and its members.

Everything here is constant, ids included, so that the database of a bot that rehearsed yesterday is still right today;
what befalls a channel while the rehearsal runs is in `places.py`.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field

from bot.rehearsal.errors import NoSuchTarget
from bot.rehearsal.places import Places
from bot.rehearsal.snowflake import made_at

VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
MANAGE_GUILD = 1 << 5
ADMINISTRATOR = 1 << 3
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
SEND_MESSAGES_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
ALL_PERMISSIONS = (1 << 53) - 1

_EVERYONE = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | 1 << 6  # add reactions
    | 1 << 18  # use external emoji
    | SEND_MESSAGES_IN_THREADS
)
_DM = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY | MENTION_EVERYONE

FOUNDED = 1704067200.0


def _constant(number: int) -> int:
    return made_at(FOUNDED, number)


APPLICATION_ID = _constant(1)
GUILD_ID = _constant(2)
BOT_ROLE_ID = _constant(3)
MODERATOR_ROLE_ID = _constant(4)
OPERATOR_ROLE_ID = _constant(5)
BOT_NAME = "Lienzo"
# Shaped like Discord's: the application's id, a time, a secret. It opens nothing but this rehearsal.
BOT_TOKEN = f"{b64encode(str(APPLICATION_ID).encode()).decode().rstrip('=')}.rehear.sal-for-this-computer-only"
GUILD_NAME = "Lienzo rehearsal"

GUILD_TEXT = 0
DM = 1
PUBLIC_THREAD = 11


@dataclass(frozen=True, slots=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A person, or the bot. `key` is how tests and the page name them."""

    id: int
    key: str
    name: str
    color: str
    roles: tuple[int, ...] = ()
    bot: bool = False
    about: str = ""

    @property
    def username(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Overwrite:
    """An exception to the roles' permissions, for one role in one channel."""

    role_id: int
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    id: int
    key: str
    type: int = GUILD_TEXT
    topic: str = ""
    nsfw: bool = False
    position: int = 0
    overwrites: tuple[Overwrite, ...] = ()
    recipient_id: int | None = None
    parent_id: int | None = None

    @property
    def in_guild(self) -> bool:
        return self.type != DM

    @property
    def is_thread(self) -> bool:
        return self.type == PUBLIC_THREAD


ROLES = (
    Role(GUILD_ID, "@everyone", _EVERYONE, 0),
    Role(BOT_ROLE_ID, BOT_NAME, _EVERYONE, 1, managed=True),
    Role(MODERATOR_ROLE_ID, "Moderator", _EVERYONE | MANAGE_MESSAGES | MANAGE_GUILD | MODERATE_MEMBERS, 2, 0x3BA55C),
    Role(OPERATOR_ROLE_ID, "Operator", ADMINISTRATOR, 3, 0xE0A526),
)

BOT = Member(APPLICATION_ID, "lienzo", BOT_NAME, "#5b5bd6", (BOT_ROLE_ID,), bot=True)

PEOPLE = (
    Member(_constant(11), "ada", "Ada", "#d6409f", about="member"),
    Member(_constant(12), "grace", "Grace", "#12a594", about="member"),
    Member(_constant(13), "linus", "Linus", "#e5732a", (MODERATOR_ROLE_ID,), about="moderator"),
    Member(_constant(14), "margaret", "Margaret", "#a18072", (OPERATOR_ROLE_ID,), about="operator, owns the server"),
)
OWNER = PEOPLE[3]

_GUILD_CHANNELS = (
    Channel(_constant(21), "art", topic="Draw something with /imagine", position=0),
    Channel(_constant(22), "gallery", topic="The pictures people want to keep", position=1),
    Channel(_constant(23), "after-dark", topic="Age-restricted", nsfw=True, position=2),
    Channel(
        _constant(24),
        "read-only",
        topic="The bot may not write here on its own; it may still answer commands",
        position=3,
        overwrites=(Overwrite(BOT_ROLE_ID, deny=SEND_MESSAGES),),
    ),
)
# For programs only: the page shows no threads.
_THREADS = (Channel(_constant(25), "sketches", PUBLIC_THREAD, topic="A thread", parent_id=_constant(21)),)
_DM_CHANNELS = tuple(Channel(_constant(31 + i), "dm", DM, recipient_id=who.id) for i, who in enumerate(PEOPLE))


@dataclass(frozen=True, slots=True)
class World:
    """Looks things up, and says who may do what where."""

    people: tuple[Member, ...] = PEOPLE
    channels: tuple[Channel, ...] = _GUILD_CHANNELS + _THREADS + _DM_CHANNELS
    roles: tuple[Role, ...] = ROLES
    places: Places = field(default_factory=Places)
    _members: dict[int | str, Member] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for member in (*self.people, BOT):
            self._members[member.id] = member
            self._members[member.key] = member

    @property
    def guild_channels(self) -> tuple[Channel, ...]:
        return tuple(c for c in self.channels if c.type == GUILD_TEXT and c.id not in self.places.deleted)

    def find_member(self, id_: int) -> Member | None:
        return self._members.get(id_)

    def find_channel(self, id_: int) -> Channel | None:
        """None if there is none, or none any more."""
        return next((c for c in self.channels if c.id == id_ and c.id not in self.places.deleted), None)

    def member(self, who: Member | int | str) -> Member:
        """A person by key, name or id, as a caller of the Python API names them."""
        if isinstance(who, Member):
            return who
        key = int(who) if isinstance(who, str) and who.isdigit() else who
        found = self._members.get(key.lower().lstrip("@") if isinstance(key, str) else key)
        if found is None:
            raise NoSuchTarget(f"No member called {who!r}. There are: {', '.join(m.key for m in self.people)}.")
        return found

    def channel(self, where: Channel | int | str, viewer: Member | None = None) -> Channel:
        """A channel by name or id; `dm` is the viewer's own conversation with the bot."""
        if isinstance(where, Channel):
            return where
        name = str(where).lstrip("#")
        for channel in self.channels:
            if str(channel.id) == name or (channel.key == name and channel.in_guild):
                return channel
            if channel.key == name and viewer is not None and channel.recipient_id == viewer.id:
                return channel
        raise NoSuchTarget(f"No channel called {where!r}. There are: {', '.join(c.key for c in self.guild_channels)}.")

    def dm_with(self, member: Member) -> Channel:
        return next(channel for channel in self.channels if channel.recipient_id == member.id)

    def sees(self, member: Member, channel: Channel) -> bool:
        return bool(self.permissions(member, channel) & VIEW_CHANNEL)

    def permissions(self, member: Member, channel: Channel) -> int:
        """What a member may do in a channel: roles first, then the channel's exceptions."""
        if channel.id in self.places.deleted:
            return 0
        if not channel.in_guild:
            return _DM if member.bot or member.id == channel.recipient_id else 0
        if channel.is_thread:
            above = self.permissions(member, next(c for c in self.channels if c.id == channel.parent_id))
            sends = above & SEND_MESSAGES_IN_THREADS
            return above & ~SEND_MESSAGES | (SEND_MESSAGES if sends else 0)
        held = {GUILD_ID, *member.roles}
        granted = 0
        for role in self.roles:
            if role.id in held:
                granted |= role.permissions
        if member == OWNER or granted & ADMINISTRATOR:
            return ALL_PERMISSIONS
        everyone = next((o for o in channel.overwrites if o.role_id == GUILD_ID), Overwrite(GUILD_ID))
        granted = granted & ~everyone.deny | everyone.allow
        rest = [o for o in channel.overwrites if o.role_id in held and o.role_id != GUILD_ID]
        for overwrite in rest:
            granted &= ~overwrite.deny
        for overwrite in rest:
            granted |= overwrite.allow
        if member.bot:
            granted &= ~self.places.denied.get(channel.id, 0)
        # Without these two, Discord grants nothing of what depends on them.
        if not granted & VIEW_CHANNEL:
            return 0
        return granted if granted & SEND_MESSAGES else granted & ~(ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE)
