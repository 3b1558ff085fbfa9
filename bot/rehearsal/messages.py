"""Messages, everything they have looked like, and where to find them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.atlas import Atlas
from bot.rehearsal.attachments import Attachment, AttachmentStore
from bot.rehearsal.world import Member

Json = dict[str, Any]

FLAG_HAS_THREAD = 32
FLAG_EPHEMERAL = 64
FLAG_LOADING = 128
FLAG_COMPONENTS_V2 = 1 << 15

TYPE_DEFAULT = 0
TYPE_REPLY = 19
TYPE_CHAT_INPUT_COMMAND = 20
TYPE_CONTEXT_MENU_COMMAND = 23


@dataclass(frozen=True, slots=True)
class Version:
    """What a message looked like from `at` on."""

    at: float
    content: str
    embeds: tuple[Json, ...]
    components: tuple[Json, ...]
    attachments: tuple[Attachment, ...]
    flags: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which interaction a message answers."""

    interaction_id: int
    type: int
    name: str
    user_id: int
    original_response_id: int | None = None
    interacted_message_id: int | None = None
    target_message_id: int | None = None
    triggered_by: Provenance | None = None
    owners: tuple[tuple[str, str], ...] = ()
    """By which installations the application was there: `0` for the server's, `1` for the member's own."""

    def as_json(self) -> Json:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "triggered_by": self.triggered_by.as_json() if self.triggered_by else None}

    @classmethod
    def from_json(cls, fields: Json) -> Provenance:
        inner = fields["triggered_by"]
        owners = tuple((kind, id_) for kind, id_ in fields.get("owners", ()))
        return cls(**{**fields, "triggered_by": cls.from_json(inner) if inner else None, "owners": owners})


@dataclass(slots=True, eq=False)
class Message:
    """One message. It is live: what the bot edits changes here. `versions` remembers every state it had."""

    id: int
    channel_id: int
    author: Member
    created_at: float
    type: int = TYPE_DEFAULT
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: int = 0
    edited_at: float | None = None
    nonce: str | None = None
    reply_to: int | None = None
    provenance: Provenance | None = None
    viewer_id: int | None = None
    deleted: bool = False
    versions: list[Version] = field(default_factory=list, repr=False)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & FLAG_EPHEMERAL)

    @property
    def loading(self) -> bool:
        """The "thinking…" state between a deferral and its first edit."""
        return bool(self.flags & FLAG_LOADING)

    @property
    def interaction_id(self) -> int | None:
        return self.provenance.interaction_id if self.provenance else None

    @property
    def buttons(self) -> list[Json]:
        """Every button, in reading order."""
        return [part for part in self.every_component() if part["type"] == 2]

    def every_component(self) -> list[Json]:
        return flatten(self.components)

    def component(self, custom_id: str) -> Json | None:
        return next((part for part in self.every_component() if part.get("custom_id") == custom_id), None)

    def visible_to(self, member: Member) -> bool:
        return not self.deleted and (self.viewer_id is None or self.viewer_id == member.id)

    def mark_version(self, at: float) -> None:
        parts = (self.content, self.embeds, self.components, self.attachments, self.flags)
        self.versions.append(Version(at, *parts))

    def as_json(self) -> Json:
        """For the journal."""
        plain = ("id", "channel_id", "created_at", "type", "content", "embeds", "components", "flags")
        more = ("edited_at", "nonce", "reply_to", "viewer_id", "deleted")
        return {name: getattr(self, name) for name in plain + more} | {
            "author": self.author.id,
            "attachments": [attachment.as_json() for attachment in self.attachments],
            "provenance": self.provenance.as_json() if self.provenance else None,
        }

    def restore(self, fields: Json, at: float, world: Atlas, store: AttachmentStore) -> None:
        """Takes on a state that the journal recorded at a moment."""
        for name in ("type", "content", "flags", "edited_at", "nonce", "reply_to", "viewer_id", "deleted"):
            setattr(self, name, fields[name])
        self.author = world.member(fields["author"])
        self.embeds, self.components = tuple(fields["embeds"]), tuple(fields["components"])
        self.attachments = tuple(store.from_json(item) for item in fields["attachments"])
        self.provenance = Provenance.from_json(fields["provenance"]) if fields["provenance"] else None
        if not self.deleted:
            self.mark_version(at)


def flatten(components: tuple[Json, ...] | list[Json]) -> list[Json]:
    """Components and everything nested in them, in reading order."""
    found: list[Json] = []
    for part in components:
        found.append(part)
        found += flatten(part.get("components", []))
        found += flatten([part[name] for name in ("accessory", "component") if part.get(name)])
    return found


class MessageLog:
    """All messages of the rehearsal, oldest first in each channel."""

    def __init__(self) -> None:
        self._by_id: dict[int, Message] = {}
        self._by_channel: dict[int, list[Message]] = {}

    def add(self, message: Message) -> None:
        self._by_id[message.id] = message
        self._by_channel.setdefault(message.channel_id, []).append(message)

    def get(self, id_: int) -> Message | None:
        """A message, even a deleted one."""
        return self._by_id.get(id_)

    def in_channel(self, channel_id: int) -> list[Message]:
        return self._by_channel.get(channel_id, [])

    def everything(self) -> list[Message]:
        return list(self._by_id.values())
