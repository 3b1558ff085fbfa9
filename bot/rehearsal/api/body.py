"""Reading request bodies: JSON, or a form with `payload_json` and `files[n]`."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from bot.rehearsal.attachments import Upload
from bot.rehearsal.errors import FormErrors, refuse

REQUEST_LIMIT_BYTES = 25 * 1024 * 1024
_FILE_FIELD = re.compile(r"files?\[(\d+)\]")


@dataclass(slots=True)
class Body:
    payload: object = None
    files: dict[int, Upload] = field(default_factory=dict)


async def read_body(request: web.Request) -> Body:
    if request.content_type == "multipart/form-data":
        return await _read_form(request)
    data = await _gather(request.content.iter_any(), 0)
    if not data:
        return Body()
    if request.content_type != "application/json":
        errors = FormErrors()
        text = "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}."
        errors.add("_misc", "CONTENT_TYPE_INVALID", text)
        errors.raise_if_any()
    return Body(_parse(data))


async def _gather(chunks: AsyncIterator[bytes], before: int) -> bytes:
    """Everything that comes. Too much of it is read to its end and thrown away: a client that is cut off while it
    still sends would see a broken connection instead of the refusal."""
    parts: list[bytes] = []
    size = before
    async for chunk in chunks:
        size += len(chunk)
        if size <= REQUEST_LIMIT_BYTES:
            parts.append(chunk)
    if size > REQUEST_LIMIT_BYTES:
        raise refuse(40005)
    return b"".join(parts)


def _parse(data: bytes) -> object:
    try:
        parsed: object = json.loads(data)
    except ValueError:
        raise refuse(50109) from None
    return parsed


async def _read_form(request: web.Request) -> Body:
    body = Body()
    fields: dict[str, str] = {}
    size = 0
    too_large = False
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        size += len(data)
        if size > REQUEST_LIMIT_BYTES:
            too_large = True
        elif part.filename is not None:
            match = _FILE_FIELD.fullmatch(part.name)
            number = int(match[1]) if match else len(body.files)
            # aiohttp's client labels every file `application/octet-stream`; the name says more.
            declared = part.headers.get("Content-Type")
            kind = None if declared == "application/octet-stream" else declared
            body.files[number] = Upload(part.filename, data, kind)
        elif part.name == "payload_json":
            body.payload = _parse(data)
        else:
            fields[part.name] = data.decode(errors="replace")
    if too_large:
        raise refuse(40005)
    if body.payload is None:
        body.payload = fields
    return body
