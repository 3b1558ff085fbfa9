"""Rate limits: a bucket for each route and place, one for everything, and what follows for who does not care."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rehearsal import Rehearsal


async def test_every_answer_says_how_much_is_left(rehearsal: Rehearsal, api: Any) -> None:
    await api("GET", "/users/@me")
    names = ("Limit", "Remaining", "Reset", "Reset-After", "Bucket")
    assert all(f"X-RateLimit-{name}" in api.headers for name in names)
    mine = api.headers["X-RateLimit-Bucket"]
    await api("GET", f"/guilds/{rehearsal.credentials.guild_id}")
    assert api.headers["X-RateLimit-Bucket"] != mine, "another route, another bucket"
    assert api.headers["X-RateLimit-Remaining"] == str(int(api.headers["X-RateLimit-Limit"]) - 1)
    assert (await api("GET", "/channels/5"))[0] == 404
    assert "X-RateLimit-Remaining" in api.headers, "on refusals too"


async def test_buckets_are_per_route_and_per_place(rehearsal: Rehearsal, api: Any) -> None:
    rehearsal.limits.set("other", 1, 60)
    rehearsal.limits.set("channel-messages", 1, 60)
    art, gallery = rehearsal.channel_id("art"), rehearsal.channel_id("gallery")
    rows: list[tuple[int, str, str, Any]] = [
        (200, "GET", f"/channels/{art}", None),
        (429, "GET", f"/channels/{art}", None),
        (200, "GET", f"/channels/{gallery}", None),
        (200, "GET", f"/channels/{art}/messages", None),
        (200, "POST", f"/channels/{art}/messages", {"content": "x"}),
        (429, "POST", f"/channels/{art}/messages", {"content": "x"}),
        (200, "POST", f"/channels/{gallery}/messages", {"content": "x"}),
    ]
    for status, method, path, body in rows:
        assert (await api(method, path, body))[0] == status, (method, path)
    status, body = await api("GET", f"/channels/{art}")
    assert set(body) >= {"message", "retry_after", "global"} and body["global"] is False
    assert api.headers["X-RateLimit-Scope"] == "user" and api.headers["X-RateLimit-Remaining"] == "0"
    assert 59 < float(api.headers["Retry-After"]) <= 60 and api.headers["Via"]


async def test_one_interactions_webhook_is_a_place_of_its_own(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare({"name": "imagine", "description": "Draw"})
    rehearsal.limits.set("webhook", 1, 60)
    for _ in range(2):
        record = await rehearsal.slash("imagine")
        callback = f"/interactions/{record.id}/{record.token}/callback"
        assert (await api("POST", callback, {"type": 4, "data": {"content": "x"}}, token=False))[0] == 204
        hook = f"/webhooks/{rehearsal.credentials.application_id}/{record.token}"
        assert (await api("POST", hook, {"content": "more"}, token=False))[0] == 200
        assert (await api("POST", hook, {"content": "still more"}, token=False))[0] == 429


async def test_the_global_limit_binds_the_token_and_not_interactions(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare({"name": "imagine", "description": "Draw"})
    record = await rehearsal.slash("imagine")
    rehearsal.limits.set("global", 2, 60)
    for status in (200, 429, 429):
        got, body = await api("GET", "/users/@me")
        assert got == status
    assert body["global"] is True and api.headers["X-RateLimit-Global"] == "true"
    assert api.headers["X-RateLimit-Scope"] == "global"
    callback = f"/interactions/{record.id}/{record.token}/callback"
    assert (await api("POST", callback, {"type": 5}, token=False))[0] == 204


@pytest.mark.parametrize(("provoked", "counts"), [("401", True), ("403", True), ("429", True), ("shared 429", False)])
async def test_who_goes_on_and_on_is_banned(rehearsal: Rehearsal, api: Any, provoked: str, counts: bool) -> None:
    rehearsal.limits.set("invalid", 3, 600)
    if provoked.endswith("429"):
        rehearsal.faults.rate_limit(3, shared="shared" in provoked)
    for _ in range(3):
        if provoked == "401":
            await api("GET", "/users/@me", Authorization="Bot wrong")
        elif provoked == "403":
            await api("POST", f"/channels/{rehearsal.channel_id('staff')}/messages", {"content": "x"})
        else:
            await api("GET", "/users/@me")
    status, _ = await api("GET", "/users/@me")
    assert status == (429 if counts else 200)
    assert not counts or "Via" not in api.headers, "it is the front door that answers"
