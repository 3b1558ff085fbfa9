"""A member's own defaults, on the real client: used where nothing is typed, passed over where they are not allowed."""

import io
import json
import zipfile
from typing import Any

from db import GenerationState
from db.records import Generation
from tests.e2e.conftest import Stage
from tests.e2e.test_house import TWO, choose, panel
from tests.e2e.test_pictures import press, whisper_of
from tests.e2e.test_privacy import privacy


async def defaults(stage: Stage, what: str, member: str = "ada", channel: str = "art", **options: Any) -> str:
    record = await stage.discord.slash(f"defaults {what}", options, member=member, channel=channel)
    message = await whisper_of(stage, record)
    assert message.ephemeral
    return message.content


async def drawn(stage: Stage, member: str = "ada", **options: Any) -> Generation:
    record = await stage.imagine("a fox", member=member, **options)
    return await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)


async def test_what_a_member_set_holds_where_they_type_nothing(stage: Stage) -> None:
    async with stage.bot(**TWO):
        assert "set no defaults" in await defaults(stage, "show")
        assert "say at least one" in await defaults(stage, "set")
        assert "is not there" in await defaults(stage, "set", checkpoint="nothing")
        assert "must be multiples" in await defaults(stage, "set", size="65x64")
        said = await defaults(
            stage, "set", checkpoint="other", negative_prompt="rain", steps=7, guidance=3.5, sampler="ddim"
        )
        for line in ("`other`", "`rain`", "**Steps** 7", "**Guidance** 3.5", "DDIM"):
            assert line in said
        offered = await stage.discord.autocomplete("imagine", {"prompt": "x", "size": ""}, "size", member="ada")
        assert [choice.value for choice in offered] == ["128x64"], "those of their own checkpoint"
        cost = await whisper_of(stage, await stage.discord.slash("quota cost", {}, member="ada"))
        row = await drawn(stage)
        asked = row.parameters
        assert (asked.checkpoint, asked.width, asked.steps, asked.guidance) == ("other", 128, 7, 3.5)
        assert (asked.negative_prompt, asked.sampler) == ("rain", "ddim")
        assert f"**{row.cost_millicredits / 1000:g} credits**" in cost.content
        assert (await drawn(stage, "grace")).parameters.checkpoint == "builtin"
        typed = (await drawn(stage, checkpoint="builtin", steps=3, negative_prompt="snow")).parameters
        assert (typed.checkpoint, typed.steps, typed.negative_prompt, typed.guidance) == ("builtin", 3, "snow", 3.5)

        await choose(stage, await panel(stage), "checkpoints", "builtin")
        assert "`other` · does not count here" in await defaults(stage, "show")
        assert "does not count" not in await defaults(stage, "show", channel="dm")
        there = (await drawn(stage)).parameters
        assert (there.checkpoint, there.width, there.steps) == ("builtin", 64, 7)
        assert "**Checkpoint**" not in await defaults(stage, "reset", which="checkpoint")

    async with stage.bot(**TWO):
        assert (await drawn(stage)).parameters.steps == 7, "also after a restart"
        exported = await privacy(stage, "export")
        data = json.loads(zipfile.ZipFile(io.BytesIO(exported.attachments[0].data)).read("data.json"))
        assert {row["name"]: json.loads(row["value"]) for row in data["member_defaults"]}["steps"] == 7
        question = await privacy(stage, "delete")
        await press(stage, question, "Delete everything")
        await stage.discord.wait_until(lambda: "Deleted" in question.content)
        assert "set no defaults" in await defaults(stage, "show")


async def test_private_by_default_is_private_from_the_first_answer_on(stage: Stage) -> None:
    async with stage.bot(discord={"answer_deadline_seconds": 0.001}):
        await defaults(stage, "set", private=True)
        for record in (
            await stage.imagine("a fox"),
            await stage.discord.press(
                await stage.answer(await stage.discord.slash("help", {}, member="ada")),
                "lienzo:example:0",
                member="ada",
            ),
        ):
            message = await stage.final(record)
            assert message.ephemeral
            assert message.attachments
        shown = await stage.final(await stage.imagine("a fox", private=False))
        assert not shown.ephemeral
        assert "set no defaults" in await defaults(stage, "reset")
        assert not (await stage.final(await stage.imagine("a fox"))).ephemeral
