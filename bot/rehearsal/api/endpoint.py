"""What handlers take and give: a request already let in, and an answer not yet dressed in HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.rehearsal.errors import FormErrors, refuse

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    payload: object = None
    """Nothing is sent when it is None, as with 204."""


NO_CONTENT = Answer(204)
Handler = Callable[[web.Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    handler: Handler
    bucket: str = "other"
    needs_token: bool = True
    """Interaction and webhook endpoints are opened by the token in their path instead."""


def number(request: web.Request, name: str) -> int:
    """A snowflake from the path."""
    text = request.match_info[name]
    if not text.isdigit():
        errors = FormErrors()
        errors.add(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        errors.raise_if_any()
    return int(text)


def flag(request: web.Request, name: str) -> bool:
    """A boolean from the query, in any of the spellings Discord takes."""
    return request.query.get(name, "0").lower() in ("1", "true")


def snowflake_query(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    return int(text) if text is not None and text.isdigit() else None


def expect_object(payload: object) -> Json:
    if not isinstance(payload, dict):
        raise refuse(50035)
    return payload
