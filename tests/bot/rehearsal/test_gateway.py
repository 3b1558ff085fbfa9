"""The gateway: sessions that survive a broken connection, and every reason to be thrown out."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import discord
import pytest

from bot.rehearsal import Rehearsal
from bot.rehearsal.gateway import MESSAGE_CONTENT

URL = "wss://gateway.discord.gg/?v=10&encoding=json"


def with_echo(bot: Any) -> Any:
    @bot.tree.command(name="echo", description="Answer")
    async def echo(interaction: discord.Interaction, word: str) -> None:
        await interaction.response.send_message(word)

    return bot


async def test_what_happened_meanwhile_is_replayed_after_a_dropped_connection(
    rehearsal: Rehearsal, bot: Any, online: Any
) -> None:
    async with online(with_echo(bot)):
        rehearsal.faults.drop_gateway()
        records = [await rehearsal.slash("echo", {"word": word}) for word in ("one", "two", "three")]
        await rehearsal.wait_until(lambda: all(record.answered for record in records))
        assert [m.content for m in rehearsal.messages()] == ["one", "two", "three"]
        assert bot.resumed == 1


@pytest.mark.parametrize("fault", ["reconnect", "invalid-resumable", "invalid", 4000, 4009])
async def test_the_client_comes_back(rehearsal: Rehearsal, bot: Any, online: Any, fault: Any) -> None:
    async with online(with_echo(bot)):
        before = {session.id for session in rehearsal.hub.gateway.identified}
        back = asyncio.Event()
        rehearsal.hub.changes.listen(lambda change: back.set() if change.kind == "bot" and change.subject else None)
        # discord.py pauses before it identifies anew; a test need not.
        original, asyncio.sleep = asyncio.sleep, lambda seconds, *a: original(0, *a)
        try:
            if fault == "reconnect":
                rehearsal.faults.ask_to_reconnect()
            elif isinstance(fault, int):
                rehearsal.faults.drop_gateway(fault)
            else:
                rehearsal.faults.invalidate_session(resumable=fault == "invalid-resumable")
            await rehearsal.wait_until(lambda: back.is_set() and rehearsal.bot_online)
        finally:
            asyncio.sleep = original
        same = before == {session.id for session in rehearsal.hub.gateway.identified}
        assert same == (fault not in ("invalid", 4009))
        record = await rehearsal.answered(await rehearsal.slash("echo", {"word": "again"}))
        assert record.message is not None


async def test_two_instances_both_hear_and_the_second_answer_is_refused(
    rehearsal: Rehearsal, bot: Any, online: Any
) -> None:
    refused: list[int] = []

    @bot.tree.command(name="echo", description="Answer")
    async def echo(interaction: discord.Interaction) -> None:
        try:
            await interaction.response.send_message("once")
        except discord.HTTPException as error:
            refused.append(error.code)
            rehearsal.hub.changes.announce("typing", None)

    async with online(bot):
        rehearsal.faults.duplicate_interaction()
        await rehearsal.slash("echo")
        await rehearsal.wait_until(lambda: refused)
    assert refused == [40060] and len(rehearsal.messages()) == 1


async def test_wrong_tokens_and_privileged_intents_end_the_client(rehearsal: Rehearsal, new_bot: Any) -> None:
    wrong = new_bot(rehearsal.credentials)
    with pytest.raises(discord.LoginFailure):
        await wrong.start("not-the-token")
    await wrong.close()
    curious = new_bot(rehearsal.credentials, discord.Intents(guilds=True, message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await curious.start(rehearsal.credentials.bot_token)
    await curious.close()


async def test_messages_of_members_are_told_as_the_intents_allow(new_bot: Any, run_on: Any) -> None:
    heard: list[tuple[str, str]] = []
    async with Rehearsal(privileged_intents=MESSAGE_CONTENT) as rehearsal:
        plain = new_bot(rehearsal.credentials, discord.Intents(guilds=True, guild_messages=True))
        reader = new_bot(rehearsal.credentials, discord.Intents(guilds=True, guild_messages=True, message_content=True))
        for name, bot in (("plain", plain), ("reader", reader)):

            async def on_message(message: discord.Message, name: str = name) -> None:
                heard.append((name, message.content))
                rehearsal.hub.changes.announce("typing", None)

            bot.event(on_message)
        async with run_on(plain, rehearsal), run_on(reader, rehearsal):
            await rehearsal.say("a secret")
            await rehearsal.wait_until(lambda: len(heard) == 2)
            await rehearsal.say(f"<@{rehearsal.credentials.application_id}> hello")
            await rehearsal.wait_until(lambda: len(heard) == 4)
    assert ("plain", "") in heard and ("reader", "a secret") in heard
    assert sum("hello" in content for _, content in heard) == 2


def identify(token: str, **more: Any) -> dict[str, Any]:
    return {"op": 2, "d": {"token": token, "intents": 1, "properties": {}, **more}}


async def test_every_reason_to_be_thrown_out(rehearsal: Rehearsal, api: Any) -> None:
    token = rehearsal.credentials.bot_token
    cases: list[tuple[int, list[Any]]] = [
        (4001, [{"op": 77}]),
        (4002, ["this is no JSON"]),
        (4002, [{"op": 1, "d": "x" * 5000}]),
        (4003, [{"op": 3, "d": {}}]),
        (4004, [identify("wrong")]),
        (4005, [identify(token), identify(token)]),
        (4007, [identify(token)]),
        (4010, [identify(token, shard=[3, 2])]),
        (4010, [identify(token, shard=["0", 1])]),
        (4013, [identify(token, intents=1 << 30)]),
        (4014, [identify(token, intents=2)]),
        (4008, [{"op": 1, "d": None}] * 121),
    ]
    for code, sent in cases:
        async with api.session.ws_connect(URL) as socket:
            assert (await socket.receive_json())["op"] == 10
            for payload in sent:
                await (socket.send_str(payload) if isinstance(payload, str) else socket.send_json(payload))
            if code == 4007:
                ready = (await socket.receive_json())["d"]
                async with api.session.ws_connect(URL) as second:
                    await second.receive_json()
                    resume = {"token": token, "session_id": ready["session_id"], "seq": 99}
                    await second.send_json({"op": 6, "d": resume})
                    await second.receive()
                    assert second.close_code == code
                continue
            while (await socket.receive()).type.name in ("TEXT", "BINARY"):
                pass
            assert socket.close_code == code
    async with api.session.ws_connect(URL.replace("v=10", "v=5")) as socket:
        await socket.receive()
        assert socket.close_code == 4012


async def test_too_many_servers_for_one_shard(rehearsal: Rehearsal, api: Any) -> None:
    rehearsal.hub.gateway.guilds_per_shard = 1
    token = rehearsal.credentials.bot_token
    async with api.session.ws_connect(URL) as socket:
        await socket.receive_json()
        await socket.send_json(identify(token))
        await socket.receive()
        assert socket.close_code == 4011
    async with api.session.ws_connect(URL) as socket:
        await socket.receive_json()
        await socket.send_json(identify(token, shard=[0, 2]))
        assert (await socket.receive_json())["t"] == "READY"


async def test_sessions_are_begun_one_after_the_other_and_not_for_ever(rehearsal: Rehearsal, api: Any) -> None:
    starts, token = rehearsal.hub.gateway.starts, rehearsal.credentials.bot_token
    starts.pause_seconds, starts.per_day, starts.max_concurrency = 60, 3, 2

    async def begin(shard: int) -> Any:
        async with api.session.ws_connect(URL) as socket:
            await socket.receive_json()
            await socket.send_json(identify(token, shard=[shard, 4]))
            answer = await socket.receive()
            return socket.close_code if answer.data is None or isinstance(answer.data, int) else answer.json()

    assert (await begin(0))["t"] == "READY"
    assert (await begin(1))["t"] == "READY", "shards 0 and 1 are of different buckets"
    assert await begin(2) == {"op": 9, "d": False}, "shard 2 is of the first one's"
    limit = (await api("GET", "/gateway/bot"))[1]["session_start_limit"]
    assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (3, 1, 2)
    assert 0 < limit["reset_after"] <= 24 * 3600 * 1000
    starts.pause_seconds = 0
    assert (await begin(2))["t"] == "READY"
    assert await begin(3) == 4004


async def test_who_sends_no_heartbeat_is_dropped_whatever_else_it_says(rehearsal: Rehearsal, api: Any) -> None:
    gateway, token = rehearsal.hub.gateway, rehearsal.credentials.bot_token
    gateway.heartbeat_interval_ms = 100
    async with api.session.ws_connect(URL) as socket:
        assert (await socket.receive_json())["d"]["heartbeat_interval"] == 100
        await socket.send_json(identify(token))
        ready = (await socket.receive_json())["d"]
        await socket.receive_json(), await socket.receive_json()
        await socket.send_json({"op": 3, "d": {"status": "online", "since": None, "activities": [], "afk": False}})
        await socket.receive()
        assert socket.close_code == 4009
    async with api.session.ws_connect(URL) as socket:
        await socket.receive_json()
        resume = {"token": token, "session_id": ready["session_id"], "seq": 3}
        await socket.send_json({"op": 6, "d": resume})
        assert await socket.receive_json() == {"op": 9, "d": False}


async def test_the_server_may_ask_for_a_heartbeat(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    async with online(with_echo(bot)):
        beats = 0
        hear = rehearsal.hub.gateway._hear

        def listen(connection: Any, payload: Any) -> None:
            nonlocal beats
            beats += payload.get("op") == 1
            hear(connection, payload)
            rehearsal.hub.changes.announce("typing", None)

        rehearsal.hub.gateway._hear = listen  # type: ignore[method-assign]
        rehearsal.faults.ask_for_heartbeat()
        await rehearsal.wait_until(lambda: beats)
        assert bot.resumed == 0 and rehearsal.bot_online


async def test_frames_are_compressed_as_one_stream(rehearsal: Rehearsal, api: Any) -> None:
    inflate = zlib.decompressobj()
    async with api.session.ws_connect(URL + "&compress=zlib-stream") as socket:

        async def hear() -> Any:
            data = (await socket.receive()).data
            assert data.endswith(b"\x00\x00\xff\xff"), "each frame ends where it can be read"
            return json.loads(inflate.decompress(data))

        assert (await hear())["op"] == 10
        await socket.send_json(identify(rehearsal.credentials.bot_token))
        assert [(await hear())["t"] for _ in range(3)] == ["READY", "GUILD_CREATE", "GUILD_CREATE"]


async def test_a_session_whose_client_said_goodbye_is_over(rehearsal: Rehearsal, api: Any) -> None:
    token = rehearsal.credentials.bot_token
    for code, lives in ((1000, False), (4000, True)):
        async with api.session.ws_connect(URL) as socket:
            await socket.receive_json()
            await socket.send_json(identify(token))
            ready = (await socket.receive_json())["d"]
            await socket.close(code=code)
        await rehearsal.wait_until(lambda: not rehearsal.bot_online)
        async with api.session.ws_connect(URL) as socket:
            await socket.receive_json()
            await socket.send_json({"op": 6, "d": {"token": token, "session_id": ready["session_id"], "seq": 1}})
            answer = await socket.receive_json()
            assert answer["op"] == (0 if lives else 9)
            if lives:
                replayed = [answer["t"], (await socket.receive_json())["t"], (await socket.receive_json())["t"]]
                assert replayed == ["GUILD_CREATE", "GUILD_CREATE", "RESUMED"]
