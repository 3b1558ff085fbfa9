"""What survives: an orderly stop, a kill, and a line cut short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import PortTaken, Rehearsal


async def fill(rehearsal: Rehearsal, api: Any) -> tuple[Any, dict[str, Any]]:
    await api.declare({"name": "imagine", "description": "Draw", "options": []})
    record = await rehearsal.slash("imagine")
    callback = f"/interactions/{record.id}/{record.token}/callback?with_response=1"
    status, _ = await api("POST", callback, {"type": 5, "data": {"flags": 64}}, token=False)
    assert status == 200
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    _, sent = await api("POST", url, {"content": "one", "nonce": "n", "enforce_nonce": True}, files={0: b"hello"})
    _, gone = await api("POST", url, {"content": "gone"})
    await api("PATCH", f"{url}/{sent['id']}", {"content": "two"})
    await api("DELETE", f"{url}/{gone['id']}")
    return record, sent


@pytest.mark.parametrize("end", ["orderly", "killed", "killed in the middle of a line"])
async def test_a_restart_goes_on_where_it_was(tmp_path: Path, new_api: Any, end: str) -> None:
    first = Rehearsal(state_dir=tmp_path)
    await first.__aenter__()
    api = new_api(first)
    record, sent = await fill(first, api)
    await api.session.close()
    journal = tmp_path / "journal.jsonl"
    as_killed = journal.read_text()
    await first.__aexit__(None, None, None)
    if end != "orderly":
        # Nothing that was written after the last change may matter.
        journal.write_text(as_killed + ('{"message": {"id": 5, "chan' if "middle" in end else ""))

    async with Rehearsal(state_dir=tmp_path) as second:
        api = new_api(second)
        assert second.credentials.bot_token == first.credentials.bot_token
        assert second.credentials.ca_file.read_bytes() == first.credentials.ca_file.read_bytes()
        message = second.messages(viewer="grace")[0]
        assert (str(message.id), message.content) == (sent["id"], "two")
        assert [v.content for v in message.versions] == ["one", "two"]
        assert message.attachments[0].data == b"hello"
        assert [c["name"] for c in second.commands] == ["imagine"]
        assert len(second.messages(viewer="ada")) == 2 and len(second.messages(viewer="grace")) == 1
        again = {"content": "one", "nonce": "n", "enforce_nonce": True}
        _, repeated = await api("POST", f"/channels/{second.credentials.channel_id}/messages", again)
        assert repeated["id"] == sent["id"]
        hook = f"/webhooks/{second.credentials.application_id}/{record.token}/messages/@original"
        status, body = await api("PATCH", hook, {"content": "delivered"}, token=False)
        assert status == 200 and body["flags"] == 64
        assert [m.content for m in second.messages(viewer="ada")] == ["delivered", "two"]
        await api.session.close()
    # What nothing mentions any more is swept away, and the rest is condensed, not lost.
    (tmp_path / "attachments" / "123").write_bytes(b"orphan")
    async with Rehearsal(state_dir=tmp_path) as third:
        assert not (tmp_path / "attachments" / "123").exists()
        assert third.messages(viewer="ada")[0].content == "delivered"


async def test_long_histories_are_condensed(tmp_path: Path) -> None:
    async with Rehearsal(state_dir=tmp_path) as rehearsal:
        message = await rehearsal.say("0")
        for number in range(1, 50):
            message.content = str(number)
            message.mark_version(rehearsal.hub.clock())
            rehearsal.hub.changes.announce("message", message)
    async with Rehearsal(state_dir=tmp_path):
        assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 10
    async with Rehearsal(state_dir=tmp_path) as rehearsal:
        assert [v.content for v in rehearsal.messages()[0].versions] == [str(n) for n in range(40, 50)]


async def test_a_taken_port_is_named(rehearsal: Rehearsal) -> None:
    for where in ("page_port", "discord_port"):
        with pytest.raises(PortTaken, match="already in use") as taken:
            async with Rehearsal(**{where: rehearsal.credentials.port}):
                pass
        assert taken.value.port == rehearsal.credentials.port


async def test_a_thread_and_what_was_said_in_it_outlive_a_restart(tmp_path: Path) -> None:
    async with Rehearsal(state_dir=tmp_path) as first:
        message = await first.say("hello")
        thread = first.hub.start_thread(message, "talk", message.author, archives_after_minutes=1440)
        await first.say("about it", channel="talk")
    async with Rehearsal(state_dir=tmp_path) as second:
        assert second.hub.world.find_channel(message.id) == thread
        assert [one.content for one in second.messages("talk")] == ["about it"]
