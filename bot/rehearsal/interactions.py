"""Interactions: what a member did, the bot's answer to it, and the rules about when and how it may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.atlas import Atlas
from bot.rehearsal.command_rules import check_autocomplete
from bot.rehearsal.components import ComponentRules
from bot.rehearsal.errors import FormErrors, refuse
from bot.rehearsal.messages import Message, MessageLog, Provenance
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

FIRST_RESPONSE_SECONDS = 3.0
TOKEN_LIFE_SECONDS = 15 * 60.0

NO_ANSWER = "The application did not respond"
FAILED = "This interaction failed"

_PLAIN_FIELDS = (
    *("id", "token", "kind", "name", "created_at", "data", "target_message_id", "command_kind", "ephemeral"),
    *("responded_after_seconds", "response_type", "error", "token_expired"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion for an option."""

    name: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Modal:
    """A form that the bot asked the member to fill in."""

    custom_id: str
    title: str
    components: tuple[Json, ...]

    @property
    def fields(self) -> list[tuple[Json, Json]]:
        """The inputs, each with the component that carries its label."""
        found = []
        for part in self.components:
            if part["type"] == 18:
                found.append((part["component"], part))
            elif part["type"] == 1:
                found += [(child, child) for child in part["components"]]
        return found


@dataclass(slots=True, eq=False)
class InteractionRecord:
    """One interaction and how the bot dealt with it. It is live: it changes as the bot answers."""

    id: int
    token: str
    kind: int
    name: str
    member: Member
    channel: Channel
    created_at: float
    data: Json
    source: Message | None = None
    """The message whose button or select was used."""
    triggered_by: InteractionRecord | None = None
    """The interaction that opened the form of which this is the submission."""
    target_message_id: int | None = None
    command_kind: int = 1
    owners: tuple[tuple[str, str], ...] = ()
    """By which installations the application is there: `0` for the server's, `1` for the member's own."""
    responded_after_seconds: float | None = None
    response_type: int | None = None
    ephemeral: bool = False
    message: Message | None = None
    """The original response, or the message a component's answer changes."""
    modal: Modal | None = None
    choices: list[Choice] | None = None
    followups: list[Message] = field(default_factory=list)
    error: str | None = None
    token_expired: bool = False

    @property
    def answered(self) -> bool:
        return self.responded_after_seconds is not None

    @property
    def as_guest(self) -> bool:
        """The application is there only because this member brought it along."""
        return bool(self.owners) and all(kind != "0" for kind, _ in self.owners)

    @property
    def settled(self) -> bool:
        """The member need not wait for a first sign any longer."""
        return self.answered or self.error is not None

    @property
    def focused_type(self) -> int | None:
        """The type of the option for which suggestions are asked."""
        options = self.data.get("options") or []
        while options:
            for option in options:
                if option.get("focused"):
                    return int(option["type"])
            options = options[0].get("options") or []
        return None

    def provenance(self, original: Message | None = None) -> Provenance:
        """What messages that answer this interaction say about it."""
        return Provenance(
            self.id,
            self.kind,
            self.name,
            self.member.id,
            original_response_id=original.id if original else None,
            interacted_message_id=self.source.id if self.source and self.kind == COMPONENT else None,
            target_message_id=self.target_message_id,
            triggered_by=self.triggered_by.provenance() if self.triggered_by else None,
            owners=self.owners,
        )

    def as_json(self) -> Json:
        """For the journal: what later requests by the token need."""
        return {name: getattr(self, name) for name in _PLAIN_FIELDS} | {
            "owners": self.owners,
            "member": self.member.id,
            "channel": self.channel.id,
            "source": self.source.id if self.source else None,
            "message": self.message.id if self.message else None,
            "followups": [message.id for message in self.followups],
            "triggered_by": self.triggered_by.id if self.triggered_by else None,
            "modal": [self.modal.custom_id, self.modal.title, self.modal.components] if self.modal else None,
        }

    @classmethod
    def from_json(
        cls, fields: Json, world: Atlas, log: MessageLog, records: dict[int, InteractionRecord]
    ) -> InteractionRecord:
        modal = fields["modal"]
        record = cls(
            **{name: fields[name] for name in _PLAIN_FIELDS},
            owners=tuple((kind, id_) for kind, id_ in fields.get("owners", ())),
            member=world.member(fields["member"]),
            channel=world.channel(fields["channel"]),
            source=log.get(fields["source"] or 0),
            message=log.get(fields["message"] or 0),
            followups=[message for id_ in fields["followups"] if (message := log.get(id_)) is not None],
            triggered_by=records.get(fields["triggered_by"] or 0),
            modal=Modal(modal[0], modal[1], tuple(modal[2])) if modal else None,
        )
        if not record.answered:
            # Nobody waited for the answer while the rehearsal was away.
            record.give_up()
        return record

    def too_late(self, now: float) -> bool:
        return not self.answered and now - self.created_at > FIRST_RESPONSE_SECONDS

    def give_up(self) -> None:
        if self.error is None:
            self.error = FAILED if self.kind in (COMPONENT, MODAL_SUBMIT) else NO_ANSWER

    def allowed_responses(self) -> tuple[int, ...]:
        if self.kind == AUTOCOMPLETE:
            return (CHOICES,)
        if self.kind == COMPONENT:
            return (REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, MODAL)
        if self.kind == MODAL_SUBMIT:
            return (REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE) if self.source else (REPLY, DEFER_REPLY)
        return (REPLY, DEFER_REPLY, MODAL)


def check_webhook(record: InteractionRecord | None, now: float) -> InteractionRecord:
    """May the bot use this interaction's token now? Only after the first response, and for a quarter of an hour."""
    if record is None:
        raise refuse(50027)
    if record.token_expired or now - record.created_at > TOKEN_LIFE_SECONDS:
        raise refuse(50027)
    if not record.answered or record.kind == AUTOCOMPLETE:
        raise refuse(10015)
    return record


def read_modal(data: Json) -> Modal:
    """The form in a callback's data, checked."""
    errors = FormErrors()
    errors.text("data.title", data.get("title"), 1, 45)
    errors.text("data.custom_id", data.get("custom_id"), 1, 100)
    inner = FormErrors()
    components = ComponentRules(inner).modal(data.get("components"))
    errors.graft("data", inner)
    errors.raise_if_any()
    return Modal(data["custom_id"], data["title"], tuple(components))


def read_choices(data: Json, kind: int | None) -> list[Choice]:
    errors = FormErrors()
    choices = check_autocomplete(data.get("choices"), kind, errors)
    errors.raise_if_any()
    return [Choice(choice["name"], choice["value"]) for choice in choices]
