"""What befalls channels and files: each refusal has the status and the code that Discord's has."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from bot.rehearsal import NoSuchTarget, NotAllowed, Rehearsal
from bot.rehearsal import world as w


async def post(api: Any, channel_id: int, **fields: Any) -> tuple[int, int | None]:
    status, body = await api("POST", f"/channels/{channel_id}/messages", {"content": "hello"}, **fields)
    return status, body.get("code")


async def test_a_deleted_channel_is_unknown_and_takes_its_messages_along(rehearsal: Rehearsal, api: Any) -> None:
    art = rehearsal.channel_id("art")
    _, message = await api("POST", f"/channels/{art}/messages", {"content": "hello"})
    rehearsal.places.deleted.add(art)
    assert await post(api, art) == (404, 10003)
    status, body = await api("PATCH", f"/channels/{art}/messages/{message['id']}", {"content": "again"})
    assert (status, body["code"]) == (404, 10003)
    with pytest.raises(NotAllowed):
        await rehearsal.say("anybody?", channel="art")


@pytest.mark.parametrize(
    ("denied", "code"), [(w.VIEW_CHANNEL, 50001), (w.SEND_MESSAGES, 50013), (w.ATTACH_FILES, 50013)]
)
async def test_a_lost_permission_refuses_what_needs_it(rehearsal: Rehearsal, api: Any, denied: int, code: int) -> None:
    art = rehearsal.channel_id("art")
    rehearsal.places.denied[art] = denied
    files = {0: b"x"} if denied == w.ATTACH_FILES else None
    assert await post(api, art, files=files) == (403, code)
    rehearsal.places.denied.clear()
    assert (await post(api, art, files=files))[0] == 200


async def test_an_archived_thread_takes_no_edit_but_wakes_for_a_message(rehearsal: Rehearsal, api: Any) -> None:
    thread = rehearsal.channel_id("sketches")
    _, message = await api("POST", f"/channels/{thread}/messages", {"content": "hello"})
    rehearsal.places.archived.add(thread)
    edit = ("PATCH", f"/channels/{thread}/messages/{message['id']}", {"content": "again"})
    status, body = await api(*edit)
    assert (status, body["code"]) == (400, 50083)
    status, channel = await api("PATCH", f"/channels/{thread}", {"archived": False})
    assert status == 200 and channel["thread_metadata"]["archived"] is False
    assert (await api(*edit))[0] == 200
    rehearsal.places.archived.add(thread)
    assert (await post(api, thread))[0] == 200
    assert (await api(*edit))[0] == 200


async def test_a_locked_thread_stays_closed(rehearsal: Rehearsal, api: Any) -> None:
    thread = rehearsal.channel_id("sketches")
    rehearsal.places.archived.add(thread)
    rehearsal.places.locked.add(thread)
    assert await post(api, thread) == (403, 160005)
    status, body = await api("PATCH", f"/channels/{thread}", {"archived": False})
    assert (status, body["code"]) == (403, 50013)


async def test_the_file_limit_is_the_servers(rehearsal: Rehearsal, api: Any) -> None:
    art = rehearsal.channel_id("art")
    rehearsal.places.file_limit_bytes = 1000
    assert await post(api, art, files={0: bytes(1001)}) == (413, 40005)
    assert (await post(api, art, files={0: bytes(1000)}))[0] == 200


async def test_closed_direct_messages(rehearsal: Rehearsal, api: Any) -> None:
    ada = rehearsal.hub.world.member("ada")
    _, channel = await api("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
    assert (await post(api, int(channel["id"])))[0] == 200
    rehearsal.places.closed_dms.add(ada.id)
    assert await post(api, int(channel["id"])) == (403, 50007)


async def test_a_server_error_may_have_taken_effect(rehearsal: Rehearsal, api: Any) -> None:
    rehearsal.faults.server_error(status=503, takes_effect=True, route="POST /channels/*")
    assert (await post(api, rehearsal.channel_id("art")))[0] == 503
    assert [message.content for message in rehearsal.messages()] == ["hello"]


async def test_what_befalls_a_channel_is_told_to_the_bot(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    heard: list[tuple[str, str]] = []

    def note(event: str, channel: Any) -> None:
        heard.append((event, channel.name))
        rehearsal.hub.changes.announce("typing", None)

    @bot.event
    async def on_guild_channel_update(_: Any, after: Any) -> None:
        note("update", after)

    @bot.event
    async def on_guild_channel_delete(channel: Any) -> None:
        note("delete", channel)

    @bot.event
    async def on_guild_channel_create(channel: Any) -> None:
        note("create", channel)

    @bot.event
    async def on_thread_update(_: Any, after: Any) -> None:
        note("thread", after)

    async with online(bot):
        art = bot.get_channel(rehearsal.channel_id("art"))
        rehearsal.befall("silence")
        await rehearsal.wait_until(lambda: heard)
        assert not art.permissions_for(art.guild.me).send_messages
        rehearsal.befall("archive", "sketches")
        await rehearsal.wait_until(lambda: len(heard) == 2)
        assert art.get_thread(rehearsal.channel_id("sketches")) is None, "discord.py forgets archived threads"
        rehearsal.befall("delete")
        await rehearsal.wait_until(lambda: len(heard) == 3)
        assert bot.get_channel(art.id) is None
        rehearsal.befall("end")
        await rehearsal.wait_until(lambda: ("create", "art") in heard)
        with pytest.raises(NoSuchTarget, match="no thread"):
            rehearsal.befall("lock", "gallery")
    assert heard[:3] == [("update", "art"), ("thread", "sketches"), ("delete", "art")]


async def test_a_thread_is_started_from_a_message_once_and_has_its_id(
    rehearsal: Rehearsal, api: Any, new_bot: Any, run_on: Any
) -> None:
    art = rehearsal.channel_id("art")
    bot = new_bot(rehearsal.credentials, discord.Intents(guilds=True, guild_messages=True))
    created: asyncio.Queue[discord.Thread] = asyncio.Queue()

    @bot.event
    async def on_thread_create(thread: discord.Thread) -> None:
        await created.put(thread)

    async with run_on(bot, rehearsal):
        _, message = await api("POST", f"/channels/{art}/messages", {"content": "hello"})
        path = f"/channels/{art}/messages/{message['id']}/threads"
        status, thread = await api("POST", path, {"name": " talk ", "auto_archive_duration": 60})
        assert (status, thread["id"], thread["parent_id"]) == (201, message["id"], str(art))
        assert (thread["name"], thread["type"], thread["owner_id"]) == ("talk", 11, str(w.BOT.id))
        assert thread["thread_metadata"]["auto_archive_duration"] == 60
        heard = await asyncio.wait_for(created.get(), 10)
        assert (str(heard.id), heard.name) == (message["id"], "talk")
        status, refused = await api("POST", path, {"name": "again"})
        assert (status, refused["code"]) == (400, 160004)
        _, changed = await api("PATCH", f"/channels/{art}/messages/{message['id']}", {"content": "edited"})
        assert changed["flags"] & 32, "an edit leaves it its thread"
        assert changed["thread"]["id"] == message["id"]
        assert (await post(api, int(thread["id"])))[0] == 200
    assert [channel.key for channel in rehearsal.hub.world.threads_of(rehearsal.hub.world.guild("rehearsal"))] == [
        "sketches",
        "talk",
    ]


async def test_what_discord_refuses_to_start_a_thread_from(rehearsal: Rehearsal, api: Any) -> None:
    async def start(channel: int, message: int, body: Any = None) -> tuple[int, int]:
        status, answer = await api("POST", f"/channels/{channel}/messages/{message}/threads", body or {"name": "talk"})
        return status, answer["code"]

    art, sketches = rehearsal.channel_id("art"), rehearsal.channel_id("sketches")
    dm = rehearsal.hub.world.dm_with(w.ADA).id
    ids = {}
    for channel in (art, sketches, dm):
        _, message = await api("POST", f"/channels/{channel}/messages", {"content": "hello"})
        ids[channel] = int(message["id"])
    assert await start(sketches, ids[sketches]) == (400, 50024)
    assert await start(dm, ids[dm]) == (400, 50024)
    assert await start(art, ids[sketches]) == (404, 10008)
    for body in ({}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "auto_archive_duration": 5}):
        assert await start(art, ids[art], body or {"auto_archive_duration": 60}) == (400, 50035)
    rehearsal.places.denied[art] = w.CREATE_PUBLIC_THREADS
    assert await start(art, ids[art]) == (403, 50013)
    rehearsal.places.denied[art] = w.VIEW_CHANNEL
    assert await start(art, ids[art]) == (403, 50001)
    rehearsal.places.denied.clear()
    assert rehearsal.places.started == {}


async def test_who_started_a_thread_may_name_and_archive_it(rehearsal: Rehearsal, api: Any) -> None:
    art, sketches = rehearsal.channel_id("art"), rehearsal.channel_id("sketches")
    _, message = await api("POST", f"/channels/{art}/messages", {"content": "hello"})
    _, thread = await api("POST", f"/channels/{art}/messages/{message['id']}/threads", {"name": "talk"})
    status, changed = await api("PATCH", f"/channels/{thread['id']}", {"name": "gone", "archived": True})
    assert (status, changed["name"], changed["thread_metadata"]["archived"]) == (200, "gone", True)
    for body in ({"name": "mine"}, {"archived": True}):
        status, refused = await api("PATCH", f"/channels/{sketches}", body)
        assert (status, refused["code"]) == (403, 50013), "somebody else's"
