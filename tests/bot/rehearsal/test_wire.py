"""The details of the wire that discord.py depends on, or would stumble over."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from bot.rehearsal import Rehearsal

COMMAND = {"name": "imagine", "description": "Draw"}
AGENT = {"User-Agent": "DiscordBot (a test, 1)"}


@pytest.fixture
async def begun(rehearsal: Rehearsal, api: Any) -> tuple[Any, str, str]:
    """An interaction, the path of its callback and that of its webhook."""
    await api.declare(COMMAND)
    record = await rehearsal.slash("imagine")
    hook = f"/webhooks/{rehearsal.credentials.application_id}/{record.token}"
    return record, f"/interactions/{record.id}/{record.token}/callback", hook


async def test_the_content_type_is_exact(rehearsal: Rehearsal, api: Any) -> None:
    await api("GET", "/users/@me")
    assert api.headers["Content-Type"] == "application/json"
    await api("GET", "/channels/5")
    assert api.headers["Content-Type"] == "application/json", "on refusals too"


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 204), ("?with_response=0", 204), ("?with_response=false", 204), ("?with_response=False", 204)]
    + [(f"?with_response={yes}", 200) for yes in ("1", "true", "True")],
)
async def test_booleans_in_a_query(begun: Any, api: Any, query: str, status: int) -> None:
    _, callback, _ = begun
    assert (await api("POST", callback + query, {"type": 5}, token=False))[0] == status


@pytest.mark.parametrize(
    ("body", "resource"),
    [({"type": 4, "data": {"content": "x"}}, 4), ({"type": 5}, None), ({"type": 9}, None)],
)
async def test_a_callback_tells_what_it_made(begun: Any, api: Any, body: Any, resource: int | None) -> None:
    record, callback, _ = begun
    if body["type"] == 9:
        field = {"type": 1, "components": [{"type": 4, "custom_id": "t", "label": "L", "style": 1}]}
        body["data"] = {"title": "T", "custom_id": "m", "components": [field]}
    status, told = await api("POST", callback + "?with_response=1", body, token=False)
    assert status == 200 and told["interaction"]["id"] == str(record.id)
    assert told.get("resource", {}).get("type") == resource
    assert (told.get("resource") or {}).get("message", {}).get("content") == ("x" if resource else None)


async def test_the_original_goes_by_both_spellings_and_without_a_token(begun: Any, api: Any) -> None:
    _, callback, hook = begun
    assert (await api("POST", callback, {"type": 4, "data": {"content": "x"}}, token=False))[0] == 204
    for name in ("@original", "%40original"):
        status, message = await api("GET", f"{hook}/messages/{name}", token=False)
        assert status == 200 and message["content"] == "x"
    bare = {"User-Agent": "Python/3.11 aiohttp/3"}
    async with api.session.get(f"https://discord.com/api/v10{hook}/messages/@original", headers=bare) as answer:
        assert answer.status == 200, "discord.py's webhooks do not introduce themselves as a DiscordBot"


async def test_a_form_needs_no_payload_json(rehearsal: Rehearsal, api: Any) -> None:
    form = aiohttp.FormData()
    form.add_field("content", "plain fields")
    form.add_field("files[0]", b"hello", filename="note.txt")
    headers = {**AGENT, "Authorization": f"Bot {rehearsal.credentials.bot_token}"}
    url = f"https://discord.com/api/v10/channels/{rehearsal.credentials.channel_id}/messages"
    async with api.session.post(url, data=form, headers=headers) as answer:
        message = await answer.json()
    assert message["content"] == "plain fields" and message["attachments"][0]["filename"] == "note.txt"


async def test_a_placeholder_that_no_file_belongs_to(begun: Any, api: Any) -> None:
    _, callback, _ = begun
    data = {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}, {"id": 1, "filename": "b.png"}]}
    status, body = await api("POST", callback, {"type": 4, "data": data}, files={0: b"x"}, token=False)
    assert (status, body["code"]) == (400, 50146)


async def test_ids_carry_the_time(begun: Any, rehearsal: Rehearsal) -> None:
    record, _, _ = begun
    made = ((record.id >> 22) + 1420070400000) / 1000
    assert abs(made - rehearsal.hub.clock()) < 5


async def test_both_names_of_the_application(rehearsal: Rehearsal, api: Any) -> None:
    for path in ("/oauth2/applications/@me", "/applications/@me"):
        status, body = await api("GET", path)
        assert status == 200 and body["id"] == str(rehearsal.credentials.application_id)
        assert set(body["integration_types_config"]) == {"0", "1"}


@pytest.mark.parametrize("version", ["v10", "v9", ""])
async def test_versions(rehearsal: Rehearsal, api: Any, version: str) -> None:
    url = f"https://discord.com/api/{version}{'/' if version else ''}users/@me"
    assert (await api("GET", url))[0] == 200


async def test_an_error_has_the_shape_of_discords(rehearsal: Rehearsal, api: Any) -> None:
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81, "custom_id": "b"}]}
    _, body = await api("POST", url, {"content": "x", "components": [row]})
    wrong = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 80 or fewer in length."}
    assert body == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"components": {"0": {"components": {"0": {"label": {"_errors": [wrong]}}}}}},
    }
    assert json.dumps(body)
