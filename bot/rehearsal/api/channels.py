"""Channels and their messages, as the bot reaches them with its own token and its own permissions."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from bot.rehearsal import world as w
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import (
    NO_CONTENT,
    Answer,
    Endpoint,
    Json,
    expect_object,
    number,
    snowflake_query,
)
from bot.rehearsal.errors import FormErrors, refuse
from bot.rehearsal.hub import Hub
from bot.rehearsal.messages import FLAG_EPHEMERAL, TYPE_DEFAULT, TYPE_REPLY, Message
from bot.rehearsal.world import Channel

_MESSAGE = "/channels/{channel_id}/messages/{message_id}"

_ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


class ChannelEndpoints:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/channels/{channel_id}", self._channel),
            Endpoint("PATCH", "/channels/{channel_id}", self._edit_channel),
            Endpoint("POST", "/channels/{channel_id}/typing", self._typing),
            Endpoint("GET", "/channels/{channel_id}/messages", self._list),
            Endpoint("POST", "/channels/{channel_id}/messages", self._send, "channel-messages"),
            Endpoint("POST", "/channels/{channel_id}/messages/bulk-delete", self._delete_many),
            Endpoint("GET", _MESSAGE, self._get),
            Endpoint("PATCH", _MESSAGE, self._edit, "channel-message-edit"),
            Endpoint("DELETE", _MESSAGE, self._delete),
            Endpoint("POST", _MESSAGE + "/threads", self._start_thread),
        ]

    def _reach(self, request: web.Request, *needed: int) -> Channel:
        """The channel of a request, if the bot may do there what it wants to."""
        channel = self._hub.world.find_channel(number(request, "channel_id"))
        if channel is None:
            raise refuse(10003)
        allowed = self._hub.world.permissions(w.BOT, channel)
        if not allowed & w.VIEW_CHANNEL:
            raise refuse(50001)
        if any(not allowed & permission for permission in needed):
            raise refuse(50013)
        return channel

    def _find(self, request: web.Request, channel: Channel) -> Message:
        message = self._hub.log.get(number(request, "message_id"))
        # A message only one person sees can be reached by its interaction's token alone.
        if message is None or message.deleted or message.channel_id != channel.id or message.ephemeral:
            raise refuse(10008)
        return message

    def _shown(self, message: Message) -> Json:
        return self._hub.wire.message(message, hide_content=self._hub.hides_content(message))

    async def _channel(self, request: web.Request) -> Answer:
        return Answer(payload=self._hub.wire.channel(self._reach(request)))

    async def _edit_channel(self, request: web.Request) -> Answer:
        """Only what a bot without special permissions may do: bring an archived thread back, unless it is locked; and
        name or archive a thread that it started."""
        channel = self._reach(request, w.SEND_MESSAGES)
        body = expect_object((await read_body(request)).payload)
        places = self._hub.world.places
        allowed = {"name", "archived"} if channel.owner_id == w.BOT.id else {"archived"}
        if not channel.is_thread or not set(body) <= allowed or channel.id in places.locked:
            raise refuse(50013)
        if body.get("archived") and channel.owner_id != w.BOT.id:
            raise refuse(50013)
        if "name" in body:
            channel = places.started[channel.id] = replace(channel, key=_thread_name(body))
        if "archived" in body:
            (places.archived.add if body["archived"] else places.archived.discard)(channel.id)
        self._hub.tell_thread("THREAD_UPDATE", channel)
        return Answer(payload=self._hub.wire.channel(channel))

    async def _start_thread(self, request: web.Request) -> Answer:
        channel = self._reach(request)
        if channel.type != w.GUILD_TEXT:
            raise refuse(50024)
        self._reach(request, w.CREATE_PUBLIC_THREADS, w.READ_MESSAGE_HISTORY)
        message = self._find(request, channel)
        body = expect_object((await read_body(request)).payload)
        name, minutes = _thread_name(body), body.get("auto_archive_duration")
        if minutes not in (None, *_ARCHIVE_MINUTES):
            errors = FormErrors()
            errors.choice("auto_archive_duration", _ARCHIVE_MINUTES)
            errors.raise_if_any()
        if message.id in self._hub.world.places.started:
            raise refuse(160004)
        thread = self._hub.start_thread(message, name, w.BOT, archives_after_minutes=minutes or _ARCHIVE_MINUTES[1])
        return Answer(201, self._hub.wire.channel(thread))

    async def _typing(self, request: web.Request) -> Answer:
        self._hub.changes.announce("typing", self._reach(request, w.SEND_MESSAGES))
        return NO_CONTENT

    async def _list(self, request: web.Request) -> Answer:
        channel = self._reach(request)
        if not self._hub.world.permissions(w.BOT, channel) & w.READ_MESSAGE_HISTORY:
            return Answer(payload=[])
        limit = int(request.query.get("limit", "50")) if request.query.get("limit", "50").isdigit() else 0
        if not 1 <= limit <= 100:
            errors = FormErrors()
            errors.add("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
            errors.raise_if_any()
        shown = [m for m in self._hub.log.in_channel(channel.id) if not (m.deleted or m.ephemeral)]
        before, after, around = (snowflake_query(request, name) for name in ("before", "after", "around"))
        if around is not None:
            older = [m for m in shown if m.id < around][-(limit // 2) :]
            newer = [m for m in shown if m.id >= around][: limit - len(older)]
            shown = older + newer
        elif after is not None:
            shown = [m for m in shown if m.id > after][:limit]
        else:
            shown = [m for m in shown if before is None or m.id < before][-limit:]
        return Answer(payload=[self._shown(message) for message in reversed(shown)])

    async def _get(self, request: web.Request) -> Answer:
        channel = self._reach(request, w.READ_MESSAGE_HISTORY)
        return Answer(payload=self._shown(self._find(request, channel)))

    async def _send(self, request: web.Request) -> Answer:
        channel = self._reach(request, w.SEND_MESSAGES)
        read = await read_body(request)
        body = expect_object(read.payload)
        if read.files:
            self._reach(request, w.ATTACH_FILES)
        if body.get("embeds"):
            self._reach(request, w.EMBED_LINKS)
        if body.get("message_reference") and not self._hub.world.permissions(w.BOT, channel) & w.READ_MESSAGE_HISTORY:
            raise refuse(160002)
        if channel.id in self._hub.world.places.locked:
            raise refuse(160005)
        if channel.recipient_id in self._hub.world.places.closed_dms:
            raise refuse(50007)
        if read.files and channel.recipient_id in self._hub.world.places.filtered_dms:
            raise refuse(20009)
        body["flags"] = (body.get("flags") or 0) & ~FLAG_EPHEMERAL
        draft = self._hub.check(body, read.files)
        if draft.nonce is not None and draft.enforce_nonce:
            sent = self._hub.repeated(channel, w.BOT, draft.nonce)
            if sent is not None:
                return Answer(payload=self._shown(sent))
        reply_to = self._reply_target(body.get("message_reference"), channel)
        self._hub.world.places.archived.discard(channel.id)  # writing in a thread brings it back
        type_ = TYPE_REPLY if reply_to is not None else TYPE_DEFAULT
        return Answer(payload=self._shown(self._hub.publish(draft, channel, w.BOT, type_=type_, reply_to=reply_to)))

    def _reply_target(self, reference: object, channel: Channel) -> int | None:
        if not isinstance(reference, dict) or not str(reference.get("message_id", "")).isdigit():
            return None
        target = self._hub.log.get(int(reference["message_id"]))
        if target is not None and not target.deleted and target.channel_id == channel.id:
            return target.id
        if reference.get("fail_if_not_exists", True):
            errors = FormErrors()
            errors.add("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
            errors.raise_if_any()
        return None

    async def _edit(self, request: web.Request) -> Answer:
        channel = self._reach(request)
        message = self._find(request, channel)
        if message.author != w.BOT:
            raise refuse(50005)
        if channel.id in self._hub.world.places.archived:
            raise refuse(50083)
        read = await read_body(request)
        if read.files:
            self._reach(request, w.ATTACH_FILES)
        draft = self._hub.check(expect_object(read.payload), read.files, before=message)
        return Answer(payload=self._shown(self._hub.revise(message, draft)))

    async def _delete(self, request: web.Request) -> Answer:
        channel = self._reach(request)
        message = self._find(request, channel)
        if message.author != w.BOT:
            self._reach(request, w.MANAGE_MESSAGES)
        self._hub.remove(message)
        return NO_CONTENT

    async def _delete_many(self, request: web.Request) -> Answer:
        channel = self._reach(request, w.MANAGE_MESSAGES)
        body = expect_object((await read_body(request)).payload)
        ids = [int(id_) for id_ in body.get("messages") or []]
        if not 2 <= len(ids) <= 100:
            raise refuse(50016)
        for message in (self._hub.log.get(id_) for id_ in ids):
            if message is not None and message.channel_id == channel.id and not (message.deleted or message.ephemeral):
                self._hub.remove(message)
        return NO_CONTENT


def _thread_name(body: Json) -> str:
    errors = FormErrors()
    name = body.get("name")
    errors.text("name", name.strip() if isinstance(name, str) else name, 1, 100)
    errors.raise_if_any()
    return str(name).strip()
