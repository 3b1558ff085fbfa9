"""Time: three seconds for the first answer, a quarter of an hour for the token, and what counts as answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from bot.rehearsal import Rehearsal


class Clock:
    """Real time that a test can push forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rehearsal(clock: Clock) -> AsyncIterator[Rehearsal]:
    async with Rehearsal(clock=clock) as rehearsal:
        yield rehearsal


COMMAND = {"name": "imagine", "description": "Draw"}


async def started(rehearsal: Rehearsal, api: Any) -> tuple[Any, str, str]:
    await api.declare(COMMAND)
    record = await rehearsal.slash("imagine")
    hook = f"/webhooks/{rehearsal.credentials.application_id}/{record.token}"
    return record, f"/interactions/{record.id}/{record.token}/callback", hook


async def test_an_answer_after_three_seconds_is_no_answer(rehearsal: Rehearsal, api: Any, clock: Clock) -> None:
    record, callback, hook = await started(rehearsal, api)
    clock.ahead += 3.1
    status, body = await api("POST", callback, {"type": 5}, token=False)
    assert (status, body["code"]) == (404, 10062)
    assert record.error == "The application did not respond" and not record.answered
    assert (await api("PATCH", f"{hook}/messages/@original", {"content": "x"}, token=False))[1]["code"] == 10015
    assert rehearsal.messages() == []


async def test_a_bot_that_says_nothing_is_given_up(rehearsal: Rehearsal, api: Any, clock: Clock) -> None:
    await api.declare(COMMAND)
    clock.ahead += 100
    # The alarm is set by the event loop; what it finds is judged by the clock.
    original = asyncio.get_running_loop().call_later
    asyncio.get_running_loop().call_later = lambda delay, *a, **k: original(0.01, *a, **k)  # type: ignore[method-assign]
    record = await rehearsal.slash("imagine")
    clock.ahead += 3.1
    await rehearsal.answered(record, 2)
    asyncio.get_running_loop().call_later = original  # type: ignore[method-assign]
    assert record.error == "The application did not respond" and record.responded_after_seconds is None


async def test_the_token_opens_nothing_before_the_answer_and_nothing_after_a_quarter_of_an_hour(
    rehearsal: Rehearsal, api: Any, clock: Clock
) -> None:
    rehearsal.limits.set("webhook", 100, 1)
    record, callback, hook = await started(rehearsal, api)
    for method, path in (("PATCH", "/messages/@original"), ("GET", "/messages/@original"), ("POST", "")):
        assert (await api(method, hook + path, {"content": "x"}, token=False))[1]["code"] == 10015
    assert (await api("POST", callback, {"type": 5}, token=False))[0] == 204
    status, waiting = await api("GET", f"{hook}/messages/%40original", token=False)
    assert status == 200 and waiting["flags"] & 128 and record.message.loading
    clock.ahead += 14.9 * 60
    status, first = await api("POST", f"{hook}?wait=1", {"content": "Done", "flags": 64}, token=False)
    assert first["id"] == waiting["id"] and first["flags"] == 0 and first["edited_timestamp"] is None
    status, second = await api("POST", hook, {"content": "Whisper", "flags": 64}, token=False)
    assert second["id"] != first["id"] and second["flags"] == 64
    assert [m.content for m in rehearsal.messages(viewer="grace")] == ["Done"]
    by_id = f"{hook}/messages/{second['id']}"
    assert (await api("PATCH", by_id, {"content": "Louder", "flags": 0}, token=False))[1]["flags"] == 64
    assert (await api("DELETE", by_id, token=False))[0] == 204
    assert (await api("GET", by_id, token=False))[1]["code"] == 10008
    clock.ahead += 0.2 * 60
    for method, path in (("PATCH", "/messages/@original"), ("DELETE", "/messages/@original"), ("POST", "")):
        status, body = await api(method, hook + path, {"content": "late"}, token=False)
        assert (status, body["code"]) == (401, 50027)


async def test_discord_py_hears_that_it_was_too_late(rehearsal: Rehearsal, bot: Any, online: Any, clock: Clock) -> None:
    codes: list[int] = []

    @bot.tree.command(name="slow", description="Dawdle")
    async def slow(interaction: discord.Interaction) -> None:
        clock.ahead += 3.1
        try:
            await interaction.response.defer()
        except discord.NotFound as error:
            codes.append(error.code)
            rehearsal.hub.changes.announce("typing", None)

    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        rehearsal.faults.expire_token(interaction.id)
        try:
            await interaction.edit_original_response(content="x")
        except discord.HTTPException as error:
            codes.append(error.code)
            rehearsal.hub.changes.announce("typing", None)

    async with online(bot):
        record = await rehearsal.slash("slow")
        await rehearsal.wait_until(lambda: codes)
        await rehearsal.slash("imagine")
        await rehearsal.wait_until(lambda: len(codes) == 2)
    assert codes == [10062, 50027] and record.error == "The application did not respond"


async def test_links_live_for_a_day_and_reading_again_renews_them(rehearsal: Rehearsal, api: Any, clock: Clock) -> None:
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    _, sent = await api("POST", url, {}, files={0: b"hello"})
    clock.ahead += 24 * 3600 + 1
    assert (await api("GET", sent["attachments"][0]["url"]))[0] == 404
    _, fresh = await api("GET", f"{url}/{sent['id']}")
    assert await api("GET", fresh["attachments"][0]["url"]) == (200, b"hello")
    assert await api("GET", fresh["attachments"][0]["proxy_url"]) == (200, b"hello")


async def test_a_nonce_is_remembered_for_a_few_minutes(rehearsal: Rehearsal, api: Any, clock: Clock) -> None:
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    body = {"content": "x", "nonce": "n", "enforce_nonce": True}
    _, first = await api("POST", url, body)
    assert (await api("POST", url, body))[1]["id"] == first["id"]
    clock.ahead += 6 * 60
    assert (await api("POST", url, body))[1]["id"] != first["id"]
