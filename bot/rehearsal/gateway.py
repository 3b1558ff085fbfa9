"""The gateway: the WebSocket by which Discord tells a bot what happens.

A *session* is what the bot identified as; a *connection* is the socket it happens to use now. When the connection
breaks, the session goes on collecting events, and a RESUME on a new connection replays what was missed.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.rehearsal import wire
from bot.rehearsal import world as w
from bot.rehearsal.atlas import Atlas
from bot.rehearsal.changes import Changes
from bot.rehearsal.faults import Faults
from bot.rehearsal.session_starts import SessionStarts
from bot.rehearsal.wire import Wire
from bot.rehearsal.world import Guild

Json = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE, RESUME, RECONNECT, REQUEST_MEMBERS = 0, 1, 2, 3, 4, 6, 7, 8
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
ALL_INTENTS = (1 << 26) - 1

HEARTBEAT_INTERVAL_MS = 41250
GUILDS_PER_SHARD = 2500
LARGEST_PAYLOAD = 4096
EVENTS_PER_MINUTE = 120
REMEMBERED_EVENTS = 5000
CLOSE_SECONDS = 1.0
"""How long a client may take to echo a close before it is cut off."""
FORGOTTEN_SESSIONS = 8
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED = range(4001, 4006)
INVALID_SEQ, RATE_LIMITED, SESSION_TIMED_OUT, INVALID_SHARD, SHARDING_REQUIRED = range(4007, 4012)
INVALID_API_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4012, 4013, 4014


class CloseGateway(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False)
class Connection:
    """One socket. What is sent waits in a queue, so that those who dispatch never wait for the network."""

    request: web.Request
    socket: web.WebSocketResponse
    compress: bool
    outbox: asyncio.Queue[Json | tuple[int, str]] = field(default_factory=asyncio.Queue)
    session: Session | None = None
    closed_by_us: bool = False
    _deflate: Any = field(default_factory=zlib.compressobj)

    def send(self, payload: Json) -> None:
        self.outbox.put_nowait(payload)

    def close(self, code: int, reason: str = "") -> None:
        self.closed_by_us = True
        self.outbox.put_nowait((code, reason))

    def abort(self) -> None:
        """As if the cable was pulled."""
        if self.request.transport is not None:
            self.request.transport.abort()

    async def write(self) -> None:
        while True:
            item = await self.outbox.get()
            try:
                if isinstance(item, tuple):
                    await self.socket.close(code=item[0], message=item[1].encode()[:120], drain=False)
                    return
                text = json.dumps(item, separators=(",", ":"))
                if self.compress:
                    data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(data)
                else:
                    await self.socket.send_str(text)
            except (ConnectionError, RuntimeError):
                return  # the reader notices the broken socket and cleans up


@dataclass(eq=False)
class Session:
    id: str
    intents: int
    shard: tuple[int, int] | None
    seq: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=REMEMBERED_EVENTS))
    connection: Connection | None = None

    def hears(self, guild_id: int | None) -> bool:
        """Is this the shard of a server? Direct messages are for the first."""
        if self.shard is None:
            return True
        return (0 if guild_id is None else (guild_id >> 22) % self.shard[1]) == self.shard[0]


class Gateway:
    def __init__(self, world: Atlas, wire_: Wire, faults: Faults, changes: Changes, privileged_intents: int) -> None:
        self._world = world
        self._wire = wire_
        self._faults = faults
        self._changes = changes
        self.privileged_intents = privileged_intents
        self.heartbeat_interval_ms = HEARTBEAT_INTERVAL_MS
        self.guilds_per_shard = GUILDS_PER_SHARD
        self.starts = SessionStarts()
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    @property
    def online(self) -> bool:
        return any(session.connection is not None for session in self._sessions.values())

    @property
    def identified(self) -> list[Session]:
        return list(self._sessions.values())

    # Telling

    def dispatch(
        self,
        event: str,
        make: Callable[[Session], Json],
        guild_id: int | None,
        *,
        intent: int = 0,
    ) -> None:
        """Sends an event to every session that asked for it. `make` may shape it for a session's intents."""
        for session in self._sessions.values():
            if session.hears(guild_id) and (not intent or session.intents & intent):
                self._tell(session, event, make(session))

    def _tell(self, session: Session, event: str, data: Json) -> None:
        session.seq += 1
        payload = {"op": DISPATCH, "t": event, "s": session.seq, "d": data}
        session.events.append(payload)
        if session.connection is not None and not self._faults.gateway_silent:
            session.connection.send(payload)

    # Faults

    def drop(self, code: int | None) -> None:
        for connection in list(self._connections):
            if code is None:
                connection.abort()
            else:
                if code in (INVALID_SEQ, SESSION_TIMED_OUT) and connection.session is not None:
                    self._sessions.pop(connection.session.id, None)
                connection.close(code, "told to by the rehearsal")

    def ask_for_heartbeat(self) -> None:
        for connection in self._connections:
            connection.send({"op": HEARTBEAT, "d": None})

    def ask_to_reconnect(self) -> None:
        for connection in self._connections:
            connection.send({"op": RECONNECT, "d": None})

    def invalidate(self, resumable: bool) -> None:
        for connection in self._connections:
            if not resumable and connection.session is not None:
                self._sessions.pop(connection.session.id, None)
                connection.session = None
            connection.send({"op": INVALID_SESSION, "d": resumable})
        self._changes.announce("bot", self.online)

    async def close(self) -> None:
        closing = [c.socket.close(code=WSCloseCode.GOING_AWAY, drain=False) for c in self._connections]
        await asyncio.gather(*closing)

    # One connection

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        connection = Connection(request, socket, request.query.get("compress") == "zlib-stream")
        writer = asyncio.create_task(connection.write())
        self._connections.add(connection)
        try:
            if request.query.get("v", "10") not in ("9", "10") or request.query.get("encoding", "json") != "json":
                raise CloseGateway(INVALID_API_VERSION, "Invalid API version.")
            hello = {"heartbeat_interval": self.heartbeat_interval_ms, "_trace": ["rehearsal"]}
            connection.send({"op": HELLO, "d": hello, "s": None, "t": None})
            await self._listen(connection)
        except CloseGateway as order:
            connection.close(order.code, order.reason)
            await writer
        finally:
            writer.cancel()
            self._connections.discard(connection)
            self._hang_up(connection)
        return socket

    def _hang_up(self, connection: Connection) -> None:
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            # A client that says goodbye with 1000 or 1001 wants no resume; one that only echoes our own close may.
            goodbye = connection.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
            if goodbye and not connection.closed_by_us:
                self._sessions.pop(session.id, None)
            self._changes.announce("bot", self.online)
        forgotten = [s for s in self._sessions.values() if s.connection is None]
        for old in forgotten[:-FORGOTTEN_SESSIONS]:
            del self._sessions[old.id]

    async def _listen(self, connection: Connection) -> None:
        arrivals: deque[float] = deque()
        loop = asyncio.get_running_loop()
        patience = self.heartbeat_interval_ms / 1000 * 2
        last_heartbeat = loop.time()
        while True:
            left = last_heartbeat + patience - loop.time()
            try:
                message = await connection.socket.receive(timeout=max(left, 0.001))
            except TimeoutError:
                # Other events do not make up for missing heartbeats.
                if connection.session is not None:
                    self._sessions.pop(connection.session.id, None)
                raise CloseGateway(SESSION_TIMED_OUT, "Session timed out.") from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            arrivals.append(loop.time())
            while arrivals[0] < loop.time() - 60:
                arrivals.popleft()
            if len(arrivals) > EVENTS_PER_MINUTE:
                raise CloseGateway(RATE_LIMITED, "Rate limited.")
            payload = _decode(message.data)
            if payload.get("op") == HEARTBEAT:
                last_heartbeat = loop.time()
            self._hear(connection, payload)

    def _hear(self, connection: Connection, payload: Json) -> None:
        op, data = payload.get("op"), payload.get("d")
        if op == HEARTBEAT:
            if not self._faults.gateway_silent:
                connection.send({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
        elif op in (IDENTIFY, RESUME):
            if connection.session is not None:
                raise CloseGateway(ALREADY_AUTHENTICATED, "Already authenticated.")
            if not isinstance(data, dict):
                raise CloseGateway(DECODE_ERROR, "Error while decoding payload.")
            if str(data.get("token", "")).removeprefix("Bot ") != w.BOT_TOKEN:
                raise CloseGateway(AUTHENTICATION_FAILED, "Authentication failed.")
            if op == IDENTIFY:
                self._identify(connection, data)
            else:
                self._resume(connection, data)
        elif op not in (PRESENCE, VOICE_STATE, REQUEST_MEMBERS):
            raise CloseGateway(UNKNOWN_OPCODE, "Unknown opcode.")
        elif connection.session is None:
            raise CloseGateway(NOT_AUTHENTICATED, "Not authenticated.")
        elif op == REQUEST_MEMBERS and isinstance(data, dict):
            self._list_members(connection.session, data)

    def _identify(self, connection: Connection, data: Json) -> None:
        intents, shard = data.get("intents"), data.get("shard")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS:
            raise CloseGateway(INVALID_INTENTS, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self.privileged_intents:
            raise CloseGateway(DISALLOWED_INTENTS, "Disallowed intent(s).")
        if shard is not None and not _is_shard(shard):
            raise CloseGateway(INVALID_SHARD, "Invalid shard.")
        if len(self._world.installed) > self.guilds_per_shard * (shard[1] if shard else 1):
            raise CloseGateway(SHARDING_REQUIRED, "Sharding required.")
        if not self.starts.left:
            # The real Discord resets the token of a bot that goes on and on.
            raise CloseGateway(AUTHENTICATION_FAILED, "Authentication failed.")
        if not self.starts.may_start(shard[0] if shard else 0):
            connection.send({"op": INVALID_SESSION, "d": False})
            return
        session = Session(secrets.token_hex(16), intents, tuple(shard) if shard else None, connection=connection)
        self._sessions[session.id] = session
        connection.session = session
        ready: Json = {
            "v": 10,
            "user": wire.bot_account(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in self._guilds(session)],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": "wss://gateway.discord.gg",
            "application": {"id": str(w.APPLICATION_ID), "flags": 0, "flags_new": "0"},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "user_settings": {},
            "_trace": ["rehearsal"],
        }
        self._tell(session, "READY", ready | ({"shard": shard} if shard else {}))
        for guild in self._guilds(session) if intents & GUILDS else ():
            shown = self._wire.guild_create(guild, with_members=bool(intents & GUILD_MEMBERS))
            self._tell(session, "GUILD_CREATE", shown)
        self._changes.announce("bot", self.online)

    def _guilds(self, session: Session) -> list[Guild]:
        return [guild for guild in self._world.installed if session.hears(guild.id)]

    def _resume(self, connection: Connection, data: Json) -> None:
        session, seq = self._sessions.get(str(data.get("session_id"))), data.get("seq")
        if session is None or not isinstance(seq, int):
            connection.send({"op": INVALID_SESSION, "d": False})
            return
        if seq > session.seq:
            del self._sessions[session.id]
            raise CloseGateway(INVALID_SEQ, "Invalid seq.")
        if session.events and session.events[0]["s"] > seq + 1:
            del self._sessions[session.id]
            connection.send({"op": INVALID_SESSION, "d": False})
            return
        if session.connection is not None:
            session.connection.abort()
        session.connection, connection.session = connection, session
        for event in session.events:
            if event["s"] > seq:
                connection.send(event)
        self._tell(session, "RESUMED", {"_trace": ["rehearsal"]})
        self._changes.announce("bot", self.online)

    def _list_members(self, session: Session, data: Json) -> None:
        wanted = data.get("user_ids")
        ids = {str(id_) for id_ in (wanted if isinstance(wanted, list) else [wanted] if wanted else [])}
        prefix = str(data.get("query") or "").lower()
        guild = next((one for one in self._guilds(session) if str(one.id) == str(data.get("guild_id"))), None)
        if guild is None:
            return
        found = [m for m in guild.everyone if (str(m.id) in ids if ids else m.username.startswith(prefix))]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [wire.guild_member(member, guild) for member in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted(ids - {str(member.id) for member in found}),
        }
        self._tell(session, "GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))


def _is_shard(shard: object) -> bool:
    if not isinstance(shard, list | tuple) or len(shard) != 2:
        return False
    return all(isinstance(part, int) for part in shard) and 0 <= shard[0] < shard[1]


def _decode(data: str | bytes) -> Json:
    if len(data) > LARGEST_PAYLOAD:
        raise CloseGateway(DECODE_ERROR, "Error while decoding payload.")
    try:
        payload = json.loads(data)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise CloseGateway(DECODE_ERROR, "Error while decoding payload.")
    return payload
