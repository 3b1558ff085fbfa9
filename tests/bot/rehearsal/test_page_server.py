"""The page's server without a browser: the actions as JSON, the live feed, and who is kept out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.rehearsal import Rehearsal


@pytest.fixture
async def page(rehearsal: Rehearsal) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(rehearsal.page_url) as session:
        yield session


async def post(page: aiohttp.ClientSession, action: str, body: Any, **headers: str) -> tuple[int, Any]:
    async with page.post(f"/api/{action}", json=body, headers=headers) as response:
        return response.status, await response.json() if response.content_type == "application/json" else None


async def test_everything_a_member_does_goes_over_json_too(rehearsal: Rehearsal, api: Any, page: Any) -> None:
    option = {"type": 3, "name": "prompt", "description": "What", "required": True}
    file = {"type": 11, "name": "image", "description": "Start from"}
    await api.declare({"name": "imagine", "description": "Draw", "options": [option, file]})
    async with page.post(
        "/api/upload?filename=a.png", data=b"hi", headers={"Content-Type": "application/octet-stream"}
    ) as answer:
        upload = (await answer.json())["attachment"]
    status, body = await post(page, "slash", {"line": f'/imagine prompt:"a cat" image:{upload["id"]}'})
    record = rehearsal.interactions[-1]
    assert status == 200 and body["interaction"]["id"] == str(record.id) and not body["interaction"]["answered"]
    status, body = await post(page, "slash", {"name": "imagine", "options": {}})
    assert status == 400 and body["problems"] == {"prompt": "This option is required. Specify a value."}

    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]}
    callback = f"/interactions/{record.id}/{record.token}/callback"
    await api("POST", callback, {"type": 4, "data": {"content": "hi", "components": [row]}}, token=False)
    message = rehearsal.messages()[0]
    assert (await post(page, "press", {"message_id": str(message.id), "custom_id": "again"}))[0] == 200
    assert (await post(page, "press", {"message_id": "5", "custom_id": "again"}))[0] == 400
    assert (await post(page, "press", {"custom_id": "again"}))[0] == 400
    assert (await post(page, "slash", ["no object"]))[0] == 400
    assert (await post(page, "say", {"content": "hello", "member": "grace", "reply_to": str(message.id)}))[0] == 200
    assert (await post(page, "delete", {"message_id": str(message.id), "member": "grace"}))[0] == 400
    assert (await post(page, "delete", {"message_id": str(message.id), "member": "linus"}))[0] == 200
    async with page.get("/api/state?member=grace") as answer:
        state = await answer.json()
    assert [m["content"] for m in state["messages"]] == ["hello"] and state["viewer"]["name"] == "Grace"
    status, body = await post(page, "faults", {"switch": "rate_limit", "with": {"times": 3}})
    assert status == 200 and body["requests"][0]["times"] == 3
    assert (await post(page, "faults", {"switch": "__init__"}))[0] == 400


async def test_the_live_feed_shows_each_member_what_is_theirs(rehearsal: Rehearsal, api: Any, page: Any) -> None:
    await api.declare({"name": "secret", "description": "Whisper"})
    async with page.ws_connect("/live?member=ada") as ada, page.ws_connect("/live?member=grace") as grace:
        assert (await ada.receive_json())["kind"] == (await grace.receive_json())["kind"] == "state"
        record = await rehearsal.slash("secret", member="ada")
        callback = f"/interactions/{record.id}/{record.token}/callback"
        await api("POST", callback, {"type": 4, "data": {"content": "psst", "flags": 64}}, token=False)
        said = await rehearsal.say("aloud", member="linus")
        await rehearsal.delete(said, member="linus")
        seen = [await ada.receive_json() for _ in range(5)]
        assert [s["kind"] for s in seen] == ["interaction", "message", "interaction", "message", "gone"]
        assert seen[1]["message"]["ephemeral"] and seen[2]["interaction"]["answered"]
        assert [(await grace.receive_json())["kind"] for _ in range(2)] == ["message", "gone"]


async def test_pictures_are_served_to_the_page_without_a_signature(rehearsal: Rehearsal, api: Any, page: Any) -> None:
    await api("POST", f"/channels/{rehearsal.credentials.channel_id}/messages", {}, files={0: b"hello"})
    path = rehearsal.messages()[0].attachments[0].path
    async with page.get(f"/cdn{path}") as answer:
        assert await answer.read() == b"hello" and answer.headers["X-Content-Type-Options"] == "nosniff"
    async with page.get(f"/cdn{path}x") as answer:
        assert answer.status == 404


async def test_other_web_sites_are_kept_out(rehearsal: Rehearsal, page: Any) -> None:
    good = {"content": "x"}
    assert (await post(page, "say", good, Origin="https://evil.example"))[0] == 403
    assert (await post(page, "say", good, Origin="null"))[0] == 403
    assert (await post(page, "say", good, Host="evil.example"))[0] == 403
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        async with page.post("/api/say", data=b'{"content": "x"}', headers={"Content-Type": kind}) as answer:
            assert answer.status == 415
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await page.ws_connect("/live", headers={"Origin": "https://evil.example"})
    assert rehearsal.messages() == []
    assert (await post(page, "say", good, Origin=rehearsal.page_url.rstrip("/")))[0] == 200
    async with page.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
