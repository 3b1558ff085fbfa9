"""The switchboard: each fault does what it says, and discord.py reacts as it does to the real thing."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import pytest

from bot.rehearsal import Rehearsal


@pytest.fixture
async def channel(rehearsal: Rehearsal, bot: Any, online: Any) -> Any:
    async with online(bot):
        yield await bot.fetch_channel(rehearsal.credentials.channel_id)


async def test_a_rate_limit_with_via_is_waited_out(rehearsal: Rehearsal, channel: Any) -> None:
    fault = rehearsal.faults.rate_limit(2, retry_after=0.01, route="POST /channels/*/messages")
    await channel.send("through")
    assert fault.happened == 2 and len(rehearsal.messages()) == 1


async def test_a_rate_limit_without_via_is_a_ban_and_not_retried(rehearsal: Rehearsal, channel: Any) -> None:
    fault = rehearsal.faults.rate_limit(5, via=False)
    with pytest.raises(discord.HTTPException) as refused:
        await channel.send("no")
    assert refused.value.status == 429 and fault.happened == 1


async def test_an_unavailable_server_and_a_refusal(rehearsal: Rehearsal, channel: Any) -> None:
    rehearsal.faults.server_error(status=503)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("no")
    rehearsal.faults.refuse(50013, route="POST /channels/*")
    with pytest.raises(discord.Forbidden):
        await channel.send("no")
    await channel.send("yes")
    assert [m.content for m in rehearsal.messages()] == ["yes"]


async def test_a_lost_answer_took_effect_and_the_nonce_saves_the_retry(rehearsal: Rehearsal, api: Any) -> None:
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    rehearsal.faults.lose_answer(route="POST /channels/*")
    body = {"content": "once", "nonce": "1", "enforce_nonce": True}
    with pytest.raises(aiohttp.ClientError):
        await api("POST", url, body)
    assert len(rehearsal.messages()) == 1
    status, again = await api("POST", url, body)
    assert status == 200 and again["id"] == str(rehearsal.messages()[0].id) and len(rehearsal.messages()) == 1


async def test_a_slow_request_arrives_later(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("at last")

    async with online(bot):
        rehearsal.faults.slow(0.05, route="POST /interactions/*", times=1)
        record = await rehearsal.answered(await rehearsal.slash("imagine"))
    assert record.responded_after_seconds is not None and record.responded_after_seconds >= 0.05


async def test_a_malformed_dispatch_ends_the_client(rehearsal: Rehearsal, bot: Any) -> None:
    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        raise AssertionError("never reached")

    task = asyncio.create_task(bot.start(rehearsal.credentials.bot_token))
    await rehearsal.bot_ready()
    await bot.wait_until_ready()
    rehearsal.faults.malformed_dispatch()
    await rehearsal.slash("imagine")
    with pytest.raises(KeyError, match="attachment_size_limit"):
        await asyncio.wait_for(task, 5)
    await bot.close()


async def test_a_silent_gateway_says_nothing_until_it_is_resumed(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("heard")

    async with online(bot):
        rehearsal.faults.silence_gateway()
        record = await rehearsal.slash("imagine")
        assert not record.answered
        rehearsal.faults.clear()
        rehearsal.faults.drop_gateway()
        await rehearsal.answered(record)
        assert record.message is not None and record.message.content == "heard"


async def test_a_command_the_bot_does_not_know_reaches_its_error_handler(
    rehearsal: Rehearsal, bot: Any, online: Any
) -> None:
    errors: list[Exception] = []

    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        raise AssertionError("never reached")

    @bot.tree.error
    async def failed(interaction: discord.Interaction, error: discord.app_commands.AppCommandError) -> None:
        errors.append(error)
        rehearsal.hub.changes.announce("typing", None)

    async with online(bot):
        rehearsal.faults.unknown_command()
        await rehearsal.slash("imagine")
        await rehearsal.wait_until(lambda: errors)
    assert isinstance(errors[0], discord.app_commands.CommandNotFound)


async def test_all_tokens_expire_at_once(rehearsal: Rehearsal, api: Any) -> None:
    await api.declare({"name": "imagine", "description": "Draw"})
    record = await rehearsal.slash("imagine")
    callback = f"/interactions/{record.id}/{record.token}/callback"
    assert (await api("POST", callback, {"type": 5}, token=False))[0] == 204
    rehearsal.faults.expire_tokens()
    hook = f"/webhooks/{rehearsal.credentials.application_id}/{record.token}/messages/@original"
    assert (await api("PATCH", hook, {"content": "late"}, token=False))[1]["code"] == 50027


async def test_a_picture_that_a_filter_takes_for_explicit(rehearsal: Rehearsal, api: Any) -> None:
    ada = rehearsal.hub.world.member("ada").id
    _, channel = await api("POST", "/users/@me/channels", {"recipient_id": str(ada)})
    rehearsal.places.filtered_dms.add(ada)
    url = f"/channels/{channel['id']}/messages"
    status, body = await api("POST", url, {"content": "look"}, files={0: b"x"})
    assert (status, body["code"]) == (400, 20009)
    assert (await api("POST", url, {"content": "look"}))[0] == 200


async def test_the_switchboard_can_be_read_and_cleared(rehearsal: Rehearsal) -> None:
    rehearsal.faults.slow_answer(1, route="GET *")
    rehearsal.faults.duplicate_interaction(3)
    shown = rehearsal.faults.as_json()
    assert shown["requests"] == [{"kind": "slow_answer", "route": "GET *", "times": None, "happened": 0}]
    assert shown["duplicate_interactions"] == 3
    rehearsal.faults.clear()
    assert rehearsal.faults.as_json()["requests"] == []
