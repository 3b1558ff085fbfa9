"""What a Discord client says before anything is sent, and how a line is read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rehearsal import InvalidOptions, NoSuchTarget, NotAllowed, Rehearsal, UnknownCommand, parse_slash_line

NAMES = {3: "text", 4: "whole", 5: "flag", 6: "who", 7: "where", 8: "role", 9: "any", 10: "number", 11: "file"}


@pytest.fixture
async def commands(rehearsal: Rehearsal, api: Any) -> None:
    def option(kind: int, **more: Any) -> dict[str, Any]:
        return {"type": kind, "name": NAMES[kind], "description": "d", **more}

    sizes = [{"name": "Small one", "value": 1}, {"name": "Large one", "value": 2}]
    every = [
        option(3, required=True, min_length=2, max_length=10),
        option(4, min_value=1, max_value=9),
        option(10, max_value=1.5),
        *(option(kind) for kind in (5, 6, 7, 8, 9, 11)),
        {"type": 4, "name": "size", "description": "d", "choices": sizes},
    ]
    sub = {"type": 1, "name": "set", "description": "d", "options": [option(3, required=True)]}
    await api.declare(
        {"name": "imagine", "description": "Draw", "options": every},
        {
            "name": "config",
            "description": "c",
            "options": [{"type": 2, "name": "quota", "description": "d", "options": [sub]}],
        },
        {"name": "moderate", "description": "m", "default_member_permissions": 1 << 13},
        {"name": "operate", "description": "o", "default_member_permissions": 0},
        {"name": "night", "description": "n", "nsfw": True},
        {"name": "public", "description": "p", "contexts": [0]},
    )


async def test_options_are_checked_as_the_client_would(rehearsal: Rehearsal, commands: None) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("text", {}),
        ("text", {"text": "  "}),
        ("text", {"text": "x"}),
        ("text", {"text": "x" * 11}),
        ("whole", {"whole": "seven"}),
        ("whole", {"whole": 1.5}),
        ("whole", {"whole": True}),
        ("whole", {"whole": 0}),
        ("whole", {"whole": 10}),
        ("number", {"number": "1,5"}),
        ("number", {"number": 2}),
        ("flag", {"flag": "maybe"}),
        ("who", {"who": "nobody"}),
        ("where", {"where": "nowhere"}),
        ("role", {"role": "King"}),
        ("file", {"file": "no file"}),
        ("file", {"file": ("big.bin", b"x" * (10 * 1024 * 1024 + 1))}),
        ("size", {"size": 3}),
        ("other", {"other": 1}),
    ]
    for name, options in wrong:
        with pytest.raises(InvalidOptions) as refused:
            await rehearsal.slash("imagine", options if name == "text" else {"text": "fine", **options})
        assert set(refused.value.problems) == {name}, options
    assert rehearsal.interactions == []
    with pytest.raises(InvalidOptions) as refused:
        await rehearsal.slash("imagine", {"whole": "x", "number": 9})
    assert set(refused.value.problems) == {"text", "whole", "number"}


async def test_options_arrive_as_the_types_the_bot_declared(rehearsal: Rehearsal, commands: None) -> None:
    options = {"text": " cat ", "whole": "7", "number": "1.25", "flag": "True", "who": "grace", "where": "gallery"}
    more = {"role": "Moderator", "any": "linus", "file": ("a b.txt", b"hi"), "size": "large one"}
    record = await rehearsal.slash("imagine", options | more)
    values = {o["name"]: o["value"] for o in record.data["options"]}
    world = rehearsal.hub.world
    assert [values[n] for n in ("text", "whole", "number", "flag", "size")] == ["cat", 7, 1.25, True, 2]
    assert values["who"] == str(world.member("grace").id) and values["any"] == str(world.member("linus").id)
    resolved = record.data["resolved"]
    assert resolved["attachments"][values["file"]]["filename"] == "a_b.txt"
    assert resolved["attachments"][values["file"]]["ephemeral"] and values["role"] in resolved["roles"]
    assert "user" not in resolved["members"][values["who"]] and values["where"] in resolved["channels"]
    nested = (await rehearsal.slash("config quota set", {"text": "ten"})).data["options"]
    assert nested[0]["name"] == "quota" and nested[0]["options"][0]["options"][0]["value"] == "ten"
    by_words = (await rehearsal.slash(*parse_slash_line("/config quota set ten a day"))).data["options"]
    assert by_words[0]["options"][0]["options"][0]["value"] == "ten a day"


async def test_who_may_use_what_where(rehearsal: Rehearsal, commands: None) -> None:
    with pytest.raises(UnknownCommand, match="/imagine"):
        await rehearsal.slash("nothing")
    with pytest.raises(UnknownCommand, match="quota"):
        await rehearsal.slash("config")
    for name, member, channel, allowed in [
        ("moderate", "ada", "art", False),
        ("moderate", "linus", "art", True),
        ("operate", "linus", "art", False),
        ("operate", "margaret", "art", True),
        ("night", "ada", "art", False),
        ("night", "ada", "after-dark", True),
        ("public", "ada", "dm", False),
        ("public", "ada", "read-only", True),
    ]:
        if allowed:
            assert (await rehearsal.slash(name, member=member, channel=channel)).name == name
        else:
            with pytest.raises(NotAllowed):
                await rehearsal.slash(name, member=member, channel=channel)
    with pytest.raises(NoSuchTarget, match="ada"):
        await rehearsal.slash("imagine", {"text": "cat"}, member="bob")
    with pytest.raises(NotAllowed):
        await rehearsal.delete(await rehearsal.say("mine", member="ada"), member="grace")


@pytest.mark.parametrize(
    ("line", "name", "options"),
    [
        ('/imagine prompt:"a red circle" seed:7', "imagine", {"prompt": "a red circle", "seed": "7"}),
        ("/imagine prompt:red seed: 7", "imagine", {"prompt": "red", "seed": "7"}),
        (r'/imagine prompt:"say \"hi\" \\ there"', "imagine", {"prompt": 'say "hi" \\ there'}),
        ("/imagine a blue dog", "imagine", {"": "a blue dog"}),
        ("/imagine a blue dog seed:7", "imagine", {"": "a blue dog", "seed": "7"}),
        ("  /help ", "help", {}),
        ('/imagine prompt:""', "imagine", {"prompt": ""}),
        ("/bild größe:10 motiv:ñandú", "bild", {"größe": "10", "motiv": "ñandú"}),
    ],
)
def test_a_line_is_read_as_it_is_typed(line: str, name: str, options: dict[str, str]) -> None:
    assert parse_slash_line(line) == (name, options)


@pytest.mark.parametrize("line", ["imagine", "/", "/ imagine", ""])
def test_a_line_that_is_no_command(line: str) -> None:
    with pytest.raises(UnknownCommand):
        parse_slash_line(line)
