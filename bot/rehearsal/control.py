"""The members' actions as JSON over HTTP, for the page and for tests in other processes.

`POST /api/<action>` with a JSON object; `member` and `channel` go by name or id. The answer is 200 with what came of
it, or 400 with `error` and, for options and forms, `problems` by field.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.attachments import FILE_LIMIT_BYTES, Upload
from bot.rehearsal.errors import InvalidOptions, MemberActionError, NoSuchTarget
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import FIRST_RESPONSE_SECONDS, InteractionRecord
from bot.rehearsal.member_actions import MemberActions
from bot.rehearsal.page_view import PageView
from bot.rehearsal.slash_line import parse_slash_line
from bot.rehearsal.upheavals import Upheavals
from bot.rehearsal.world import Channel, Member

Json = dict[str, Any]
FAULTS = (
    *("slow", "slow_answer", "rate_limit", "server_error", "refuse", "lose_answer", "drop_gateway"),
    *("ask_to_reconnect", "invalidate_session", "silence_gateway", "duplicate_interaction", "malformed_dispatch"),
    *("expire_token", "expire_tokens", "expire_links", "unknown_command", "ask_for_heartbeat", "clear"),
)


class Control:
    def __init__(self, hub: Hub, members: MemberActions, upheavals: Upheavals) -> None:
        self._hub = hub
        self._members = members
        self._upheavals = upheavals
        self._actions: dict[str, Callable[[Json, Member, Channel], Awaitable[object]]] = {
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "press": self._press,
            "select": self._select,
            "modal": self._modal,
            "menu": self._menu,
            "say": self._say,
            "delete": self._delete,
            "faults": self._faults,
            "befall": self._befall,
        }

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/state", self._state),
            web.get("/api/faults", self._list_faults),
            web.post("/api/upload", self._upload),
            *(web.post(f"/api/{name}", self._handler(name)) for name in self._actions),
        ]

    def _handler(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                body = await request.json()
                if not isinstance(body, dict):
                    raise NoSuchTarget("Send a JSON object.")
                member, channel = self._who_and_where(body)
                return web.json_response(await self._actions[name](body, member, channel))
            except MemberActionError as error:
                problems = error.problems if isinstance(error, InvalidOptions) else {}
                return web.json_response({"error": str(error), "problems": problems}, status=400)
            except (KeyError, TypeError, ValueError) as error:
                return web.json_response({"error": f"That makes no sense: {error!r}", "problems": {}}, status=400)

        return handle

    def _who_and_where(self, body: Any) -> tuple[Member, Channel]:
        member = self._hub.world.member(body.get("member", "ada"))
        return member, self._hub.world.channel(body.get("channel", "art"), member)

    def _shown(self, record: InteractionRecord) -> Json:
        return {"interaction": PageView(self._hub, record.member).interaction(record)}

    async def _state(self, request: web.Request) -> web.Response:
        try:
            member = self._hub.world.member(request.query.get("member", "ada"))
        except NoSuchTarget as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(PageView(self._hub, member).state())

    async def _slash(self, body: Json, member: Member, channel: Channel) -> object:
        if "line" in body:
            name, options = parse_slash_line(body["line"])
        else:
            name, options = body["name"], body.get("options") or {}
        return self._shown(self._members.slash(name, dict(options), member, channel))

    async def _autocomplete(self, body: Json, member: Member, channel: Channel) -> object:
        options = body.get("options") or {}
        record = self._members.ask_for_choices(body["name"], options, body["focused"], member, channel)
        try:
            await self._hub.changes.wait_until(lambda: record.settled, FIRST_RESPONSE_SECONDS + 1)
        except TimeoutError:
            self._hub.give_up(record)
        return {"choices": [{"name": c.name, "value": c.value} for c in record.choices or []], "error": record.error}

    async def _press(self, body: Json, member: Member, _: Channel) -> object:
        message = self._members.find_message(body["message_id"], member)
        return self._shown(self._members.press(message, body["custom_id"], member))

    async def _select(self, body: Json, member: Member, _: Channel) -> object:
        message = self._members.find_message(body["message_id"], member)
        return self._shown(self._members.select(message, body["custom_id"], list(body["values"]), member))

    async def _modal(self, body: Json, member: Member, _: Channel) -> object:
        record = self._hub.records.get(int(body["interaction_id"]))
        if record is None:
            raise NoSuchTarget("That form is gone.")
        return self._shown(self._members.submit_modal(record, dict(body["fields"]), member))

    async def _menu(self, body: Json, member: Member, channel: Channel) -> object:
        if "message_id" in body:
            message = self._members.find_message(body["message_id"], member)
            place = self._hub.world.channel(message.channel_id)
            record = self._members.context_menu(body["name"], member, place, message=message, user=None)
        else:
            user = self._hub.world.member(body["user"])
            record = self._members.context_menu(body["name"], member, channel, message=None, user=user)
        return self._shown(record)

    async def _say(self, body: Json, member: Member, channel: Channel) -> object:
        uploads = [await self._uploaded(given) for given in body.get("files") or []]
        reply_to = self._members.find_message(body["reply_to"], member) if body.get("reply_to") else None
        message = self._members.say(str(body.get("content", "")), member, channel, uploads, reply_to)
        return {"message": PageView(self._hub, member).message(message)}

    async def _uploaded(self, given: Any) -> Upload:
        """A file that was sent ahead, by its id or as `{"id": ..., "spoiler": true}`."""
        fields = given if isinstance(given, dict) else {"id": given}
        file = self._hub.files.get(int(fields["id"]))
        if file is None:
            raise NoSuchTarget("That file is gone. Add it again.")
        # A client hides a file by its name.
        name = f"SPOILER_{file.filename}" if fields.get("spoiler") else file.filename
        return Upload(name, await asyncio.to_thread(file.read), file.content_type)

    async def _delete(self, body: Json, member: Member, _: Channel) -> object:
        self._members.delete(self._members.find_message(body["message_id"], member), member)
        return {}

    async def _upload(self, request: web.Request) -> web.Response:
        """The bytes of a file, with `filename`, `member` and `channel` in the query."""
        if (request.content_length or 0) > FILE_LIMIT_BYTES:
            return web.json_response({"error": "Your file is too large. The limit is 10 MB."}, status=400)
        try:
            member, channel = self._who_and_where(request.query)
            file = Upload(request.query.get("filename", "file"), await request.read())
            attachment = self._members.upload(file, member, channel)
        except MemberActionError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"attachment": self._hub.wire.attachment(attachment)})

    async def _list_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._hub.faults.as_json())

    async def _befall(self, body: Json, _: Member, channel: Channel) -> object:
        """`{"what": "delete", "channel": "art"}`"""
        self._upheavals.named(body["what"])(channel)
        return {}

    async def _faults(self, body: Json, _: Member, __: Channel) -> object:
        """`{"switch": "rate_limit", "with": {"times": 2}}`: a method of the switchboard and its arguments."""
        if body["switch"] not in FAULTS:
            raise NoSuchTarget(f"There is no switch {body['switch']!r}. There are: {', '.join(FAULTS)}.")
        getattr(self._hub.faults, body["switch"])(**(body.get("with") or {}))
        return self._hub.faults.as_json()
