"""Files that were sent, and the signed links by which they can be fetched for a day."""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.rehearsal.snowflake import Clock, Snowflakes

LINK_LIFE_SECONDS = 24 * 3600
FILE_LIMIT_BYTES = 10 * 1024 * 1024
CDN = "https://cdn.discordapp.com"
MEDIA_PROXY = "https://media.discordapp.net"
_SIGNING_KEY = b"links of a rehearsal, no secret"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, from the bot or from a member."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file. A changed description makes a new value; the bytes are never changed."""

    id: int
    channel_id: int
    filename: str
    size: int
    content_type: str
    description: str | None
    width: int | None
    height: int | None
    ephemeral: bool
    spoiler: bool
    url: str
    _store: AttachmentStore = field(repr=False, compare=False)

    @property
    def data(self) -> bytes:
        return self.read()

    def read(self) -> bytes:
        return self._store.read(self.id)

    @property
    def path(self) -> str:
        """Where the CDN serves it, without the signature."""
        folder = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{folder}/{self.channel_id}/{self.id}/{quote(self.filename)}"

    def as_json(self) -> dict[str, Any]:
        """For the journal; `from_json` of the store reads it."""
        names = ("id", "channel_id", "filename", "size", "content_type", "description")
        more = ("width", "height", "ephemeral", "spoiler")
        return {name: getattr(self, name) for name in names + more}


class AttachmentStore:
    """Keeps the bytes in memory, or in a folder when the rehearsal is to survive a restart."""

    def __init__(self, clock: Clock, ids: Snowflakes, folder: Path | None) -> None:
        self._clock = clock
        self._ids = ids
        self._folder = folder
        self._bytes: dict[int, bytes] = {}
        self._known: dict[int, Attachment] = {}
        self.expired_before = 0.0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        channel_id: int,
        upload: Upload,
        *,
        description: str | None = None,
        ephemeral: bool = False,
        spoiler: bool = False,
    ) -> Attachment:
        id_ = self._ids.next()
        filename = tidy_name(upload.filename)
        width, height = image_size(upload.data)
        if self._folder is None:
            self._bytes[id_] = upload.data
        else:
            # Written before anything mentions it, so that a journal never names a file that is not there.
            (self._folder / str(id_)).write_bytes(upload.data)
        return self._remember(
            {
                "id": id_,
                "channel_id": channel_id,
                "filename": filename,
                "size": len(upload.data),
                "content_type": upload.content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream",
                "description": description,
                "width": width,
                "height": height,
                "ephemeral": ephemeral,
                "spoiler": spoiler or filename.startswith("SPOILER_"),
            }
        )

    def describe(self, attachment: Attachment, description: str | None, spoiler: bool) -> Attachment:
        return self._remember({**attachment.as_json(), "description": description, "spoiler": spoiler})

    def from_json(self, fields: dict[str, Any]) -> Attachment:
        self._ids.skip_to(fields["id"])
        return self._remember(fields)

    def _remember(self, fields: dict[str, Any]) -> Attachment:
        attachment = Attachment(**fields, url="", _store=self)
        attachment = Attachment(**fields, url=CDN + attachment.path, _store=self)
        self._known[attachment.id] = attachment
        return attachment

    def get(self, id_: int) -> Attachment | None:
        return self._known.get(id_)

    def read(self, id_: int) -> bytes:
        return self._bytes[id_] if self._folder is None else (self._folder / str(id_)).read_bytes()

    def forget_all_but(self, ids: set[int]) -> None:
        """Removes files that nothing mentions any more."""
        if self._folder is not None:
            for file in self._folder.iterdir():
                if not (file.name.isdigit() and int(file.name) in ids):
                    file.unlink()

    def link(self, attachment: Attachment) -> str:
        """What follows the host: the path with a fresh signature. Reading a message again renews its links."""
        issued = int(self._clock())
        expires = issued + LINK_LIFE_SECONDS
        query = f"ex={expires:x}&is={issued:x}"
        return f"{attachment.path}?{query}&hm={_sign(attachment.id, expires, issued)}&"

    def link_is_good(self, attachment: Attachment, query: dict[str, str]) -> bool:
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return False
        genuine = hmac.compare_digest(query.get("hm", ""), _sign(attachment.id, expires, issued))
        return genuine and self._clock() < expires and issued >= self.expired_before


def _sign(id_: int, expires: int, issued: int) -> str:
    return hmac.new(_SIGNING_KEY, f"{id_}:{expires}:{issued}".encode(), hashlib.sha256).hexdigest()


def tidy_name(filename: str) -> str:
    """Discord's file names hold letters, digits, `_`, `-` and `.`; the rest is replaced or dropped."""
    name = re.sub(r"[^\w.-]", "", filename.replace(" ", "_"), flags=re.ASCII).strip(".")
    return name[-200:] or "unknown"


def image_size(data: bytes) -> tuple[int | None, int | None]:
    """Width and height from the first bytes of a PNG, GIF, WebP or JPEG: the page reserves the room before it loads."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", data[16:24])
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return struct.unpack("<HH", data[6:10])
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
    except (struct.error, IndexError):
        pass  # a picture cut short has no size; Discord shows it as a file
    return None, None


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        marker, length = data[position + 1], struct.unpack(">H", data[position + 2 : position + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
