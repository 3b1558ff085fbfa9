"""The page's server: static files, the members' actions, pictures, and a WebSocket that says what changes.

It listens on this computer only. Other web sites must not reach it through the visitor's browser either: the Host
header has to be ours (no DNS rebinding), a foreign Origin is refused, and everything that acts needs a content type
that no plain form can send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiohttp import WSMsgType, web

from bot.rehearsal.api import cdn
from bot.rehearsal.attachments import FILE_LIMIT_BYTES
from bot.rehearsal.changes import Change
from bot.rehearsal.control import Control
from bot.rehearsal.errors import NoSuchTarget
from bot.rehearsal.gateway import CLOSE_SECONDS
from bot.rehearsal.hub import Hub
from bot.rehearsal.interactions import AUTOCOMPLETE, InteractionRecord
from bot.rehearsal.member_actions import MemberActions
from bot.rehearsal.messages import Message
from bot.rehearsal.page_view import PageView
from bot.rehearsal.upheavals import Upheavals
from bot.rehearsal.world import Channel

Json = dict[str, Any]
STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ACTING_TYPES = ("application/json", "application/octet-stream")


class _Watcher:
    """One open page."""

    def __init__(self, view: PageView) -> None:
        self.view = view
        self.outbox: asyncio.Queue[Json] = asyncio.Queue()


class Page:
    def __init__(self, hub: Hub, members: MemberActions, upheavals: Upheavals) -> None:
        self._hub = hub
        self._control = Control(hub, members, upheavals)
        self._watchers: set[_Watcher] = set()
        self._sockets: WeakSet[web.WebSocketResponse] = WeakSet()
        hub.changes.listen(self._tell)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[_guard], client_max_size=FILE_LIMIT_BYTES + 1024)
        path = "/{channel_id:\\d+}/{attachment_id:\\d+}/{filename}"
        app.add_routes(
            [
                web.get("/", _index),
                web.get("/live", self._live),
                web.get("/cdn/attachments" + path, self._file),
                web.get("/cdn/ephemeral-attachments" + path, self._file),
                *self._control.routes(),
                web.static("/static", STATIC),
            ]
        )
        return app

    async def close(self) -> None:
        await asyncio.gather(*(socket.close(drain=False) for socket in self._sockets))

    async def _file(self, request: web.Request) -> web.Response:
        attachment = cdn.find(self._hub, request, below="/cdn")
        return await cdn.serve(attachment) if attachment is not None else web.Response(status=404)

    # What changes

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        try:
            member = self._hub.world.member(request.query.get("member", "ada"))
        except NoSuchTarget:
            raise web.HTTPNotFound from None
        socket = web.WebSocketResponse(heartbeat=30, timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        watcher = _Watcher(PageView(self._hub, member))
        watcher.outbox.put_nowait(watcher.view.state())
        self._watchers.add(watcher)
        self._sockets.add(socket)
        writer = asyncio.create_task(_write(socket, watcher))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
        finally:
            self._watchers.discard(watcher)
            writer.cancel()
        return socket

    def _tell(self, change: Change) -> None:
        for watcher in self._watchers:
            told = self._told(watcher.view, change)
            if told is not None:
                watcher.outbox.put_nowait(told)

    def _told(self, view: PageView, change: Change) -> Json | None:
        subject = change.subject
        if isinstance(subject, Message):
            if subject.deleted:
                return {"kind": "gone", "id": str(subject.id), "channel_id": str(subject.channel_id)}
            place = self._hub.world.channel(subject.channel_id)
            if subject.visible_to(view.viewer) and self._hub.world.sees(view.viewer, place):
                return {"kind": "message", "message": view.message(subject)}
        elif isinstance(subject, InteractionRecord):
            if subject.member == view.viewer and subject.kind != AUTOCOMPLETE:
                return {"kind": "interaction", "interaction": view.interaction(subject)}
        elif change.kind in ("commands", "places"):
            # Which servers there are to see depends on them as well.
            return view.state() | {"kind": "commands"}
        elif change.kind == "bot":
            return {"kind": "bot", "online": bool(subject)}
        elif isinstance(subject, Channel):
            return {"kind": "typing", "channel_id": str(subject.id)}
        return None


async def _write(socket: web.WebSocketResponse, watcher: _Watcher) -> None:
    try:
        while True:
            await socket.send_json(await watcher.outbox.get())
    except (ConnectionError, RuntimeError):
        return  # the page was closed; its reader ends too


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    host, _, port = request.host.partition(":")
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost") or origin not in (None, f"http://{host}:{port}"):
        raise web.HTTPForbidden(text="This page is for this computer only.")
    if request.method not in ("GET", "HEAD") and request.content_type not in _ACTING_TYPES:
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-cache")
    return response
