"""The CDN and the media proxy: files by signed link, and a plain avatar for everybody."""

from __future__ import annotations

import asyncio
import struct
import zlib
from urllib.parse import quote

from aiohttp import web

from bot.rehearsal.attachments import Attachment
from bot.rehearsal.hub import Hub

HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
_AVATAR_COLORS = ((88, 101, 242), (117, 126, 138), (59, 165, 92), (250, 166, 26), (237, 66, 69), (235, 69, 158))


def find(hub: Hub, request: web.Request, *, below: str = "") -> Attachment | None:
    """The attachment that a path names in all its parts."""
    attachment = hub.files.get(int(request.match_info["attachment_id"]))
    path = quote(request.path.removeprefix(below))
    return attachment if attachment is not None and attachment.path == path else None


async def serve(attachment: Attachment) -> web.Response:
    data = await asyncio.to_thread(attachment.read)
    headers = {"Content-Type": attachment.content_type, "Cache-Control": "private, max-age=86400"}
    return web.Response(body=data, headers=headers)


class Cdn:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[web.RouteDef]:
        path = "/{channel_id:\\d+}/{attachment_id:\\d+}/{filename}"
        return [
            web.get("/attachments" + path, self._file),
            web.get("/ephemeral-attachments" + path, self._file),
            web.get("/embed/avatars/{index:\\d+}.png", self._avatar),
        ]

    async def _file(self, request: web.Request) -> web.Response:
        attachment = find(self._hub, request)
        if attachment is None or not self._hub.files.link_is_good(attachment, dict(request.query)):
            return web.Response(status=404, text="This content is no longer available.")
        return await serve(attachment)

    async def _avatar(self, request: web.Request) -> web.Response:
        color = _AVATAR_COLORS[int(request.match_info["index"]) % len(_AVATAR_COLORS)]
        return web.Response(body=_plain_png(color), content_type="image/png")


def _plain_png(color: tuple[int, int, int], side: int = 128) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\x00" + bytes(color) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(row * side)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
