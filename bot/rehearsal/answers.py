"""The bot's side of an interaction: first response, the original message by token, and follow-ups."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import interactions as i
from bot.rehearsal import world as w
from bot.rehearsal.attachments import Upload
from bot.rehearsal.errors import ApiError, FormErrors, refuse
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import InteractionRecord, check_webhook
from bot.rehearsal.message_rules import Draft
from bot.rehearsal.messages import (
    FLAG_EPHEMERAL,
    FLAG_LOADING,
    TYPE_CHAT_INPUT_COMMAND,
    TYPE_CONTEXT_MENU_COMMAND,
    TYPE_REPLY,
    Message,
)

Json = dict[str, Any]
GUEST_FOLLOW_UPS = 5
"""How often an app that is in no server of its own may follow up."""
_NOTHING_YET = Draft("", (), (), 0, (), {}, (), None, False)


class Answers:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # The first response

    def respond(self, interaction_id: int, token: str, body: Json, files: dict[int, Upload]) -> InteractionRecord:
        hub = self._hub
        record = hub.records.get(interaction_id)
        if record is None or record.token != token:
            raise refuse(10062)
        if record.answered:
            raise refuse(40060)
        now = hub.clock()
        if record.error is not None or record.too_late(now):
            hub.give_up(record)
            raise refuse(10062)
        kind = body.get("type")
        if kind not in record.allowed_responses():
            errors = FormErrors()
            errors.choice("type", record.allowed_responses())
            errors.raise_if_any()
        data = body.get("data") or {}
        if kind == i.REPLY:
            draft = self._in_data(lambda: self._hub.check(data, files))
            record.ephemeral = bool(draft.flags & FLAG_EPHEMERAL) or self._is_whispered(record)
            record.message = self._post(record, draft, flags=FLAG_EPHEMERAL if record.ephemeral else 0)
        elif kind == i.DEFER_REPLY:
            given = data.get("flags") or 0
            if given & ~FLAG_EPHEMERAL:
                errors = FormErrors()
                text = "A deferred response takes no flag but EPHEMERAL"
                errors.add("data.flags", "INTERACTION_CALLBACK_DEFERRED_FLAGS_INVALID", text)
                errors.raise_if_any()
            record.ephemeral = bool(given & FLAG_EPHEMERAL) or self._is_whispered(record)
            flags = FLAG_LOADING | (FLAG_EPHEMERAL if record.ephemeral else 0)
            record.message = self._post(record, _NOTHING_YET, flags=flags)
        elif kind == i.DEFER_UPDATE:
            record.message = record.source
        elif kind == i.UPDATE:
            source = record.source
            assert source is not None
            draft = self._in_data(lambda: self._hub.check(data, files, before=source))
            record.message = hub.revise(source, draft)
        elif kind == i.CHOICES:
            record.choices = i.read_choices(data, record.focused_type)
        else:
            record.modal = i.read_modal(data)
        # Only now: a response that breaks a rule is none, and the bot may try again.
        record.response_type = kind
        record.responded_after_seconds = now - record.created_at
        hub.changes.announce("interaction", record)
        return record

    def _in_data(self, make: Any) -> Draft:
        """Rules name fields from the message on; in a callback they lie below `data`."""
        try:
            draft: Draft = make()
        except ApiError as error:
            if error.errors is None:
                raise
            raise ApiError(error.status, error.code, error.message, errors={"data": error.errors}) from None
        return draft

    def _is_whispered(self, record: InteractionRecord) -> bool:
        """An app that a member brought along is heard by them alone where its host may not let it speak up."""
        if not record.as_guest or not record.channel.in_guild:
            return False
        return not self._hub.world.permissions(record.member, record.channel) & w.USE_EXTERNAL_APPS

    def _post(self, record: InteractionRecord, draft: Draft, *, flags: int = 0) -> Message:
        if record.source is not None:
            type_, reply_to = TYPE_REPLY, record.source.id
        elif record.command_kind == 1:
            type_, reply_to = TYPE_CHAT_INPUT_COMMAND, None
        else:
            type_, reply_to = TYPE_CONTEXT_MENU_COMMAND, record.target_message_id
        return self._hub.publish(
            draft,
            record.channel,
            w.BOT,
            type_=type_,
            reply_to=reply_to,
            provenance=record.provenance(),
            viewer=record.member,
            extra_flags=flags,
        )

    # By the token, afterwards

    def record(self, application_id: int, token: str) -> InteractionRecord:
        if application_id != w.APPLICATION_ID:
            raise refuse(10015)
        return check_webhook(self._hub.by_token.get(token), self._hub.clock())

    def message(self, record: InteractionRecord, which: str) -> Message:
        """`@original`, or one of this interaction's messages by its id."""
        if record.channel.id in self._hub.world.places.deleted:
            raise refuse(10008)
        mine = [m for m in (record.message, *record.followups) if m is not None and not m.deleted]
        if which == "@original":
            if record.message is None or record.message.deleted:
                raise refuse(10008)
            return record.message
        found = next((m for m in mine if str(m.id) == which), None)
        if found is None:
            raise refuse(10008)
        return found

    def edit(self, message: Message, body: Json, files: dict[int, Upload]) -> Message:
        if message.channel_id in self._hub.world.places.archived:
            raise refuse(50083)
        filling_in = message.loading
        draft = self._hub.check(body, files, before=message)
        return self._hub.revise(message, draft, edited=not filling_in)

    def follow_up(self, record: InteractionRecord, body: Json, files: dict[int, Upload]) -> Message:
        if record.channel.id in self._hub.world.places.deleted:
            raise refuse(10003)
        original = record.message
        if original is not None and original.loading and not original.deleted:
            # The first follow-up after a deferral fills in the waiting reply; the deferral decided who sees it.
            draft = self._hub.check(body, files, before=original)
            return self._hub.revise(original, draft, edited=False)
        if record.as_guest and len(record.followups) >= GUEST_FOLLOW_UPS:
            raise refuse(40094)
        draft = self._hub.check(body, files)
        message = self._hub.publish(
            draft,
            record.channel,
            w.BOT,
            type_=TYPE_REPLY if original else TYPE_CHAT_INPUT_COMMAND,
            reply_to=original.id if original else None,
            provenance=record.provenance(original),
            viewer=record.member,
            extra_flags=FLAG_EPHEMERAL if self._is_whispered(record) else 0,
        )
        record.followups.append(message)
        self._hub.changes.announce("interaction", record)
        return message

    def delete(self, message: Message) -> None:
        self._hub.remove(message)
