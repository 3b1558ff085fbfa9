"""Who and what exists in a rehearsal: one application, three servers, their channels and their members.

Everything here is constant, ids included, so that the database of a bot that rehearsed yesterday is still right today.
`atlas.py` looks things up in it; what befalls a channel while the rehearsal runs is in `places.py`.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from bot.rehearsal.snowflake import made_at

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_EXTERNAL_EMOJIS = 1 << 18
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
USE_EXTERNAL_APPS = 1 << 50
ALL_PERMISSIONS = (1 << 53) - 1

_EVERYONE = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | ADD_REACTIONS
    | USE_EXTERNAL_EMOJIS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
    | USE_EXTERNAL_APPS
)
IN_DIRECT_MESSAGES = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY | MENTION_EVERYONE

FOUNDED = 1704067200.0


def _constant(number: int) -> int:
    return made_at(FOUNDED, number)


APPLICATION_ID = _constant(1)
GUILD_ID = _constant(2)
BOT_ROLE_ID = _constant(3)
MODERATOR_ROLE_ID = _constant(4)
OPERATOR_ROLE_ID = _constant(5)
WORKSHOP_ID = _constant(101)
ELSEWHERE_ID = _constant(201)
BOT_NAME = "Lienzo"
# Shaped like Discord's: the application's id, a time, a secret. It opens nothing but this rehearsal.
BOT_TOKEN = f"{b64encode(str(APPLICATION_ID).encode()).decode().rstrip('=')}.rehear.sal-for-this-computer-only"

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
    """A person, or the bot. `key` is how tests and the page name them; `roles` are those of all their servers."""

    id: int
    key: str
    name: str
    color: str
    roles: tuple[int, ...] = ()
    bot: bool = False
    about: str = ""
    locale: str = "en-US"
    adult: bool = True
    brings_app: bool = False
    """Has installed the application for themselves, to use it where it is not at home."""

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
    guild_id: int | None = None
    type: int = GUILD_TEXT
    topic: str = ""
    nsfw: bool = False
    position: int = 0
    overwrites: tuple[Overwrite, ...] = ()
    recipient_id: int | None = None
    parent_id: int | None = None
    created_at: float = FOUNDED
    owner_id: int | None = None
    """Who started it, if it is a thread that was started from a message; its id is that message's, then."""
    archives_after_minutes: int = 1440

    @property
    def in_guild(self) -> bool:
        return self.guild_id is not None

    @property
    def is_thread(self) -> bool:
        return self.type == PUBLIC_THREAD


@dataclass(frozen=True, slots=True)
class Guild:
    """A server. Where the application is not installed, only members who bring it along can use it."""

    id: int
    key: str
    name: str
    locale: str
    owner_id: int
    people: tuple[Member, ...]
    roles: tuple[Role, ...]
    channels: tuple[Channel, ...]
    installed: bool = True

    def holds(self, member: Member) -> bool:
        return member in self.people or (member.bot and self.installed)

    @property
    def everyone(self) -> tuple[Member, ...]:
        """All members, the bot first where it is one of them."""
        return (BOT, *self.people) if self.installed else self.people


_MODERATION = MANAGE_MESSAGES | MANAGE_GUILD | MODERATE_MEMBERS
_WORKSHOP_BOT_ROLE_ID, _WORKSHOP_HEAD_ROLE_ID = _constant(102), _constant(103)

ROLES = (
    Role(GUILD_ID, "@everyone", _EVERYONE, 0),
    Role(BOT_ROLE_ID, BOT_NAME, _EVERYONE, 1, managed=True),
    Role(MODERATOR_ROLE_ID, "Moderator", _EVERYONE | _MODERATION, 2, 0x3BA55C),
    Role(OPERATOR_ROLE_ID, "Operator", ADMINISTRATOR, 3, 0xE0A526),
)
_WORKSHOP_ROLES = (
    Role(WORKSHOP_ID, "@everyone", _EVERYONE, 0),
    Role(_WORKSHOP_BOT_ROLE_ID, BOT_NAME, _EVERYONE, 1, managed=True),
    Role(_WORKSHOP_HEAD_ROLE_ID, "Taller", _EVERYONE | _MODERATION, 2, 0x3E8ED0),
)

BOT = Member(APPLICATION_ID, "lienzo", BOT_NAME, "#5b5bd6", (BOT_ROLE_ID, _WORKSHOP_BOT_ROLE_ID), bot=True)

ADA = Member(_constant(11), "ada", "Ada", "#d6409f", about="member", brings_app=True)
GRACE = Member(_constant(12), "grace", "Grace", "#0d7d6c", about="member", locale="en-GB")
LINUS = Member(_constant(13), "linus", "Linus", "#c2571c", (MODERATOR_ROLE_ID,), about="moderator")
MARGARET = Member(
    _constant(14), "margaret", "Margaret", "#8a6a58", (OPERATOR_ROLE_ID,), about="operator, owns the server"
)
INES = Member(
    _constant(15), "ines", "Inés", "#3b6fd4", (_WORKSHOP_HEAD_ROLE_ID,), about="habla español", locale="es-ES"
)
JOAN = Member(_constant(16), "joan", "Joan", "#7a5bd0", about="under age", locale="es-ES", adult=False)
PEOPLE = (ADA, GRACE, LINUS, MARGARET, INES, JOAN)
OWNER = MARGARET

_CHANNELS = (
    Channel(_constant(21), "art", GUILD_ID, topic="Draw something with /imagine", position=0),
    Channel(_constant(22), "gallery", GUILD_ID, topic="The pictures people want to keep", position=1),
    Channel(_constant(23), "after-dark", GUILD_ID, topic="Age-restricted", nsfw=True, position=2),
    Channel(
        _constant(24),
        "read-only",
        GUILD_ID,
        topic="The bot may not write here on its own; it may still answer commands",
        position=3,
        overwrites=(Overwrite(BOT_ROLE_ID, deny=SEND_MESSAGES),),
    ),
    Channel(
        _constant(26),
        "no-apps",
        GUILD_ID,
        topic="Nobody may use commands here",
        position=4,
        overwrites=(Overwrite(GUILD_ID, deny=USE_APPLICATION_COMMANDS),),
    ),
    Channel(
        _constant(27),
        "staff",
        GUILD_ID,
        topic="For moderators; the bot does not see it",
        position=5,
        overwrites=(Overwrite(GUILD_ID, deny=VIEW_CHANNEL), Overwrite(MODERATOR_ROLE_ID, allow=VIEW_CHANNEL)),
    ),
    Channel(_constant(25), "sketches", GUILD_ID, PUBLIC_THREAD, topic="A thread below #art", parent_id=_constant(21)),
)
_WORKSHOP_CHANNELS = (
    Channel(_constant(121), "lienzos", WORKSHOP_ID, topic="Dibuja algo con /imagine", position=0),
    Channel(_constant(122), "charla", WORKSHOP_ID, topic="De todo un poco", position=1),
)
_ELSEWHERE_CHANNELS = (
    Channel(_constant(221), "lobby", ELSEWHERE_ID, topic="The bot is not a member here", position=0),
    Channel(
        _constant(222),
        "quiet",
        ELSEWHERE_ID,
        topic="Apps that members bring along are heard by themselves alone",
        position=1,
        overwrites=(Overwrite(ELSEWHERE_ID, deny=USE_EXTERNAL_APPS),),
    ),
)

GUILDS = (
    Guild(GUILD_ID, "rehearsal", "Lienzo rehearsal", "en-US", OWNER.id, PEOPLE, ROLES, _CHANNELS),
    Guild(
        WORKSHOP_ID,
        "taller",
        "Taller de arte",
        "es-ES",
        INES.id,
        (ADA, LINUS, INES, JOAN),
        _WORKSHOP_ROLES,
        _WORKSHOP_CHANNELS,
    ),
    Guild(
        ELSEWHERE_ID,
        "elsewhere",
        "Elsewhere",
        "en-US",
        GRACE.id,
        (ADA, GRACE),
        (Role(ELSEWHERE_ID, "@everyone", _EVERYONE, 0),),
        _ELSEWHERE_CHANNELS,
        installed=False,
    ),
)
DIRECT_MESSAGES = tuple(Channel(_constant(31 + i), "dm", type=DM, recipient_id=who.id) for i, who in enumerate(PEOPLE))
