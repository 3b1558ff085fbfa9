"""The bot's answers to interactions, opened by the token in the path instead of the bot's own."""

from __future__ import annotations

from aiohttp import web

from bot.rehearsal.answers import Answers
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import NO_CONTENT, Answer, Endpoint, Json, expect_object, flag, number
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import DEFER_REPLY, REPLY, UPDATE, InteractionRecord
from bot.rehearsal.messages import Message

_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE = _WEBHOOK + "/messages/{message_id}"


class InteractionEndpoints:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._answers = Answers(hub)

    def endpoints(self) -> list[Endpoint]:
        callback = "/interactions/{interaction_id}/{interaction_token}/callback"
        return [
            Endpoint("POST", callback, self._callback, needs_token=False),
            Endpoint("POST", _WEBHOOK, self._follow_up, "webhook", needs_token=False),
            Endpoint("GET", _MESSAGE, self._get, "webhook", needs_token=False),
            Endpoint("PATCH", _MESSAGE, self._edit, "webhook", needs_token=False),
            Endpoint("DELETE", _MESSAGE, self._delete, "webhook", needs_token=False),
        ]

    async def _callback(self, request: web.Request) -> Answer:
        read = await read_body(request)
        record = self._answers.respond(
            number(request, "interaction_id"),
            request.match_info["interaction_token"],
            expect_object(read.payload),
            read.files,
        )
        if not flag(request, "with_response"):
            return NO_CONTENT
        return Answer(payload=self._outcome(record))

    def _outcome(self, record: InteractionRecord) -> Json:
        about: Json = {"id": str(record.id), "type": record.kind, "channel_id": str(record.channel.id)}
        if record.channel.in_guild:
            about["guild_id"] = str(record.channel.guild_id)
        outcome: Json = {"interaction": about}
        if record.message is not None:
            about |= {
                "response_message_id": str(record.message.id),
                "response_message_loading": record.response_type == DEFER_REPLY,
                "response_message_ephemeral": record.message.ephemeral,
            }
            if record.response_type in (REPLY, UPDATE):
                message = self._hub.wire.message(record.message)
                outcome["resource"] = {"type": record.response_type, "message": message}
        return outcome

    def _record(self, request: web.Request) -> InteractionRecord:
        return self._answers.record(number(request, "webhook_id"), request.match_info["webhook_token"])

    def _message(self, request: web.Request, record: InteractionRecord) -> Message:
        return self._answers.message(record, request.match_info["message_id"])

    async def _follow_up(self, request: web.Request) -> Answer:
        read = await read_body(request)
        message = self._answers.follow_up(self._record(request), expect_object(read.payload), read.files)
        return Answer(payload=self._hub.wire.message(message))

    async def _get(self, request: web.Request) -> Answer:
        return Answer(payload=self._hub.wire.message(self._message(request, self._record(request))))

    async def _edit(self, request: web.Request) -> Answer:
        record = self._record(request)
        message = self._message(request, record)
        read = await read_body(request)
        edited = self._answers.edit(message, expect_object(read.payload), read.files)
        return Answer(payload=self._hub.wire.message(edited))

    async def _delete(self, request: web.Request) -> Answer:
        record = self._record(request)
        self._answers.delete(self._message(request, record))
        return NO_CONTENT
