"""Everything Discord refuses, row by row: the status, the code, and the field it points at."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rehearsal import Rehearsal


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "imagine", "description": "Draw", **fields}


def option(name: str = "prompt", **fields: Any) -> dict[str, Any]:
    return {"type": 3, "name": name, "description": "What", **fields}


def choices(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": f"c{i}", "value": f"v{i}", **fields} for i in range(count)]


BAD_COMMANDS: list[tuple[str, Any]] = [
    ("0.name", command(name="Imagine")),
    ("0.name", command(name="two words")),
    ("0.name", command(name="x" * 33)),
    ("0.name", command(name="")),
    ("0.description", command(description="")),
    ("0.description", command(description="x" * 101)),
    ("0.type", command(type=9)),
    ("0.options", command(options=[option(f"o{i}") for i in range(26)])),
    ("0.options.1.name", command(options=[option(), option()])),
    ("0.options.1", command(options=[option("a"), option("b", required=True)])),
    ("0.options.0.name", command(options=[option("Bad Name")])),
    ("0.options.0.type", command(options=[option(type=12)])),
    ("0.options", command(options=[option(), option("sub", type=1)])),
    ("0.options.0.choices", command(options=[option(choices=choices(26))])),
    ("0.options.0.choices.0.name", command(options=[option(choices=choices(1, name="x" * 101))])),
    ("0.options.0.choices.0.value", command(options=[option(choices=choices(1, value="x" * 101))])),
    ("0.options.0.choices.0.value", command(options=[option(type=4, choices=choices(1))])),
    ("0.options.0.choices.1.name", command(options=[option(choices=choices(2, name="same"))])),
    ("0.options.0", command(options=[option(choices=choices(1), autocomplete=True)])),
    ("0.options.0.max_length", command(options=[option(max_length=6001)])),
    ("0.name", command(options=[option(f"o{i}", choices=choices(25, value="v" * 100)) for i in range(4)])),
    ("0.name_localizations.xx", command(name_localizations={"xx": "bild"})),
    ("0.contexts", command(contexts=[7])),
    ("0.description", {"name": "Remix", "type": 3, "description": "no"}),
]


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def button(custom_id: str | None = "b", **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", **({"custom_id": custom_id} if custom_id else {}), **fields}


def select(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], **fields}


def v2(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"flags": 1 << 15, "components": list(parts), **fields}


TEXT = {"type": 10, "content": "hello"}
EMBED = {"description": "x"}
BAD_MESSAGES: list[tuple[int, str, Any]] = [
    (50006, "", {}),
    (50006, "", {"content": "   "}),
    (50035, "content", {"content": "x" * 2001}),
    (50035, "nonce", {"content": "x", "nonce": "x" * 26}),
    (50035, "embeds", {"embeds": [EMBED] * 11}),
    (50035, "embeds", {"embeds": [{"description": "x" * 3001}] * 2}),
    (50035, "embeds.0.title", {"embeds": [{"title": "x" * 257}]}),
    (50035, "embeds.0.fields", {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}),
    (50035, "embeds.0.fields.0.value", {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]}),
    (50035, "embeds.0.footer.text", {"embeds": [{"title": "t", "footer": {"text": "x" * 2049}}]}),
    (50035, "embeds.0.description", {"embeds": [{}]}),
    (50035, "allowed_mentions.users", {"content": "x", "allowed_mentions": {"users": ["1"] * 101}}),
    (50035, "components", {"content": "x", "components": [row(button(f"b{i}")) for i in range(6)]}),
    (50035, "components.0.components", {"components": [row(*[button(f"b{i}") for i in range(6)])]}),
    (50035, "components.0.components", {"components": [row()]}),
    (50035, "components.0.components", {"components": [row(button(), select())]}),
    (50035, "components.0.components.0.label", {"components": [row(button(label="x" * 81))]}),
    (50035, "components.0.components.0.custom_id", {"components": [row(button("x" * 101))]}),
    (50035, "components.0.components.0.custom_id", {"components": [row(button(None))]}),
    (50035, "components.0.components.1.custom_id", {"components": [row(button(), button())]}),
    (50035, "components.0.components.0.style", {"components": [row(button(style=9))]}),
    (50035, "components.0.components.0", {"components": [row(button(label=""))]}),
    (50035, "components.0.components.0.url", {"components": [row(button(None, style=5))]}),
    (50035, "components.0.components.0.url", {"components": [row(button(None, style=5, url="ftp://x"))]}),
    (50035, "components.0.components.0.options", {"components": [row(select(options=[]))]}),
    (50035, "components.0.components.0.max_values", {"components": [row(select(max_values=26))]}),
    (50035, "components.0.components.0.placeholder", {"components": [row(select(placeholder="x" * 151))]}),
    (50035, "components.0.type", {"content": "x", "components": [TEXT]}),
    (50035, "content", v2(TEXT, content="x")),
    (50035, "embeds", v2(TEXT, embeds=[EMBED])),
    (50035, "components", v2(*[TEXT] * 41)),
    (50035, "components", v2({"type": 10, "content": "x" * 2001}, {"type": 10, "content": "x" * 2001})),
    (50035, "components.0.items", v2({"type": 12, "items": []})),
    (50035, "components.0.items.0.media.url", v2({"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]})),
    (50035, "components.0.accessory", v2({"type": 9, "components": [TEXT]})),
    (50035, "message_reference", {"content": "x", "message_reference": {"message_id": "5"}}),
    (50146, "", {"content": "x", "attachments": [{"id": "5"}]}),
]


def at(errors: Any, path: str) -> Any:
    for part in path.split("."):
        errors = errors[part]
    return errors["_errors"]


async def test_commands_that_break_a_rule(rehearsal: Rehearsal, api: Any) -> None:
    url = f"/applications/{rehearsal.credentials.application_id}/commands"
    for path, bad in BAD_COMMANDS:
        status, body = await api("PUT", url, [bad])
        assert (status, body["code"]) == (400, 50035), (path, body)
        assert at(body["errors"], path), (path, body)
    status, body = await api("PUT", url, [command(), command()])
    assert at(body["errors"], "1.name")
    status, body = await api("PUT", url, [command(name=f"c{i}") for i in range(101)])
    assert (status, body["code"]) == (400, 30032)
    good = [command(name=n) for n in ("imagine", "日本", "ñandú", "ทดสอบ", "it's")]
    status, body = await api("PUT", url, [*good, {"name": "Remix This", "type": 3}])
    assert status == 200 and len(body) == 6 and body[0]["integration_types"] == [0]
    ids = {c["name"]: c["id"] for c in body}
    status, body = await api("PUT", url, [command(description="New")])
    assert body[0]["id"] == ids["imagine"] and len(rehearsal.commands) == 1


async def test_commands_one_by_one(rehearsal: Rehearsal, api: Any) -> None:
    credentials = rehearsal.credentials
    url = f"/applications/{credentials.application_id}/guilds/{credentials.guild_id}/commands"
    status, made = await api("POST", url, command(default_member_permissions=32))
    assert status == 201 and made["default_member_permissions"] == "32"
    assert (await api("POST", url, command()))[0] == 200
    status, edited = await api("PATCH", f"{url}/{made['id']}", {"description": "Other"})
    assert edited["description"] == "Other" and edited["id"] == made["id"]
    assert (await api("GET", f"{url}/{made['id']}"))[1]["name"] == "imagine"
    assert (await api("DELETE", f"{url}/{made['id']}"))[0] == 204
    assert (await api("GET", f"{url}/{made['id']}"))[1]["code"] == 10063
    status, body = await api("PUT", url, [command(name=f"a{i}") for i in range(100)])
    await api("PUT", url, [])
    status, body = await api("PUT", url, [command(name=f"b{i}") for i in range(100)])
    assert body["code"] == 30034


async def test_messages_that_break_a_rule(rehearsal: Rehearsal, api: Any) -> None:
    rehearsal.limits.set("channel-messages", 1000, 1)
    rehearsal.limits.set("channel-message-edit", 1000, 1)
    rehearsal.limits.set("global", 1000, 1)
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    _, message = await api("POST", url, {"content": "here"})
    for code, path, bad in BAD_MESSAGES:
        status, body = await api("POST", url, bad)
        assert (status, body["code"]) == (400, code), (path, body)
        assert not path or at(body["errors"], path), (path, body)
        if path not in ("nonce", "message_reference") and code != 50006:
            assert (await api("PATCH", f"{url}/{message['id']}", bad))[1]["code"] == code, path
    assert (await api("PATCH", f"{url}/{message['id']}", {"content": None}))[1]["code"] == 50006
    assert len(rehearsal.messages()) == 1 and rehearsal.messages()[0].content == "here"
    status, _ = await api("POST", url, {"content": "x" * 2000, "components": [row(button("x" * 100, label="x" * 80))]})
    assert status == 200


async def test_files(rehearsal: Rehearsal, api: Any) -> None:
    rehearsal.limits.set("channel-messages", 1000, 1)
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    mega = b"x" * 1024 * 1024
    described = {"attachments": [{"id": 0, "description": "x" * 1025}]}
    assert at((await api("POST", url, described, files={0: b"x"}))[1]["errors"], "attachments.0.description")
    status, body = await api("POST", url, {}, files=dict.fromkeys(range(11), b"x"))
    assert at(body["errors"], "attachments")
    status, body = await api("POST", url, {}, files={0: mega * 10 + b"x"})
    assert (status, body["code"]) == (413, 40005)
    status, body = await api("POST", url, {}, files=dict.fromkeys(range(3), mega * 9))
    assert (status, body["code"]) == (413, 40005)
    assert rehearsal.messages() == []
    status, body = await api("POST", url, {}, files=dict.fromkeys(range(4), mega * 6))
    assert status == 200 and [a["size"] for a in body["attachments"]] == [6 * 1024 * 1024] * 4

    kept = {
        "attachments": [{"id": body["attachments"][1]["id"], "description": "kept"}, {"id": 0, "filename": "new.txt"}]
    }
    status, body = await api("PATCH", f"{url}/{body['id']}", kept, files={0: b"hello"})
    assert [(a["filename"], a.get("description")) for a in body["attachments"]] == [
        ("1.png", "kept"),
        ("new.txt", None),
    ]
    assert await api("GET", body["attachments"][1]["url"]) == (200, b"hello")
    unsigned = body["attachments"][1]["url"].partition("?")[0]
    assert (await api("GET", unsigned))[0] == 404
    rehearsal.faults.expire_links()
    assert await api("GET", body["attachments"][1]["url"]) == (404, b"This content is no longer available.")


async def test_what_does_not_exist_and_what_is_not_allowed(rehearsal: Rehearsal, api: Any) -> None:
    c = rehearsal.credentials
    ada = await rehearsal.say("mine", member="ada")
    closed = rehearsal.hub.world.channel("read-only").id
    messages = f"/channels/{c.channel_id}/messages"
    rows: list[tuple[int, int, str, str, Any]] = [
        (404, 10003, "GET", "/channels/5", None),
        (404, 10003, "POST", "/channels/5/messages", {"content": "x"}),
        (404, 10008, "GET", f"{messages}/5", None),
        (404, 10008, "PATCH", f"{messages}/5", {"content": "x"}),
        (404, 10008, "DELETE", f"{messages}/5", None),
        (403, 50005, "PATCH", f"{messages}/{ada.id}", {"content": "x"}),
        (403, 50013, "DELETE", f"{messages}/{ada.id}", None),
        (403, 50013, "POST", f"/channels/{closed}/messages", {"content": "x"}),
        (403, 50013, "POST", f"/channels/{closed}/typing", None),
        (404, 10004, "GET", "/guilds/5", None),
        (404, 10013, "GET", "/users/5", None),
        (404, 10007, "GET", f"/guilds/{c.guild_id}/members/5", None),
        (403, 50007, "POST", "/users/@me/channels", {"recipient_id": "5"}),
        (403, 50001, "PUT", f"/applications/{c.application_id}/guilds/5/commands", []),
        (404, 10062, "POST", "/interactions/5/abc/callback", {"type": 4}),
        (401, 50027, "PATCH", f"/webhooks/{c.application_id}/abc/messages/@original", {"content": "x"}),
        (404, 10015, "POST", "/webhooks/5/abc", {"content": "x"}),
        (404, 0, "GET", "/nothing/here", None),
        (400, 50035, "GET", "/channels/art", None),
        (400, 50035, "GET", f"{messages}?limit=101", None),
    ]
    for status, code, method, path, body in rows:
        got, answer = await api(method, path, body)
        assert (got, answer["code"]) == (status, code), (method, path, answer)
    assert (await api("GET", "/users/@me", token=False))[0] == 401
    assert (await api("GET", "/users/@me", Authorization="Bot wrong"))[0] == 401
    assert (await api("GET", "/users/@me", User_Agent="curl/8"))[1]["code"] == 40333
    assert (await api("POST", messages, {"content": "x"}, Content_Type="text/plain"))[1]["code"] == 50035
    assert (await api("GET", f"{messages}/{ada.id}"))[1]["content"] == ""
    assert (await api("GET", "https://cdn.discordapp.com/api/v10/users/@me"))[0] == 404


async def test_rate_limits_are_announced_and_enforced(rehearsal: Rehearsal, api: Any) -> None:
    url = f"/channels/{rehearsal.credentials.channel_id}/messages"
    for left in (4, 3, 2, 1, 0):
        status, _ = await api("POST", url, {"content": "x"})
        assert status == 200 and api.headers["X-RateLimit-Remaining"] == str(left)
    status, body = await api("POST", url, {"content": "x"})
    assert status == 429 and 0 < body["retry_after"] <= 5 and api.headers["Via"]
    assert float(api.headers["Retry-After"]) > 0 and api.headers["X-RateLimit-Scope"] == "user"
    other = f"/channels/{rehearsal.hub.world.channel('gallery').id}/messages"
    assert (await api("POST", other, {"content": "x"}))[0] == 200


@pytest.mark.parametrize("with_response", ["", "?with_response=1"])
async def test_callbacks_that_break_a_rule(rehearsal: Rehearsal, api: Any, with_response: str) -> None:
    await api.declare(command(options=[option(autocomplete=True)]))
    record = await rehearsal.slash("imagine", {"prompt": "x"})
    callback = f"/interactions/{record.id}/{record.token}/callback{with_response}"
    label = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t", "style": 1}}
    bad: list[tuple[str, Any]] = [
        ("type", {"type": 6}),
        ("type", {"type": 8, "data": {"choices": []}}),
        ("data.content", {"type": 4, "data": {"content": "x" * 2001}}),
        ("data.title", {"type": 9, "data": {"title": "x" * 46, "custom_id": "m", "components": [label]}}),
        ("data.custom_id", {"type": 9, "data": {"title": "T", "custom_id": "", "components": [label]}}),
        ("data.components", {"type": 9, "data": {"title": "T", "custom_id": "m", "components": [label] * 6}}),
        ("data.components", {"type": 9, "data": {"title": "T", "custom_id": "m", "components": []}}),
        (
            "data.components.0.label",
            {"type": 9, "data": {"title": "T", "custom_id": "m", "components": [{**label, "label": "x" * 46}]}},
        ),
    ]
    for path, body in bad:
        status, answer = await api("POST", callback, body, token=False)
        assert status == 400 and at(answer["errors"], path), (path, answer)
    assert not record.answered
    status, answer = await api("POST", callback, {"type": 4, "data": {"content": "fine"}}, token=False)
    assert status == (200 if with_response else 204)
    status, answer = await api("POST", callback, {"type": 4, "data": {"content": "twice"}}, token=False)
    assert (status, answer["code"]) == (400, 40060)
