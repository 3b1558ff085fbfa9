"""The first lesson, comparisons, trees and statistics, on the real client."""

import io
from typing import Any

from PIL import Image

from db import GenerationState
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import WIDE, child, press, whisper_of
from tests.lookout import texts

MANY: dict[str, Any] = {"quota": {"max_waiting": 10}, "checkpoints": WIDE}


async def test_the_first_lesson_draws_its_example_at_one_press(stage: Stage) -> None:
    async with stage.bot(**MANY):
        record = await stage.discord.slash("help", {}, member="ada")
        message = await stage.answer(record)
        assert message.ephemeral
        assert "/imagine" in texts(message)
        assert "a red circle on a blue background" in texts(message)
        pressed = await stage.discord.press(message, "lienzo:example:0", member="ada")
        drawn = await child(stage, pressed)
        assert drawn.parameters.prompt == "a red circle on a blue background"


async def test_a_comparison_is_one_sheet_with_one_seed_one_cost_and_parts_of_its_own(stage: Stage) -> None:
    async with stage.bot(**MANY):
        record = await stage.discord.slash(
            "compare", {"prompt": "a fox", "parameter": "steps", "values": "11, 22; 33", "seed": 5}, member="ada"
        )
        message = await stage.final(record)
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert row.count == 3
        assert row.cost_millicredits == 1000 + 2000 + 3000
        assert "compared: steps 11 · steps 22 · steps 33" in message.content
        sheet = Image.open(io.BytesIO(message.attachments[0].data))
        assert sheet.size == (2 * 64 + 4, 2 * (64 + 21) + 4)
        alone = await stage.final(await stage.imagine("a fox", seed=5, steps=33))
        third = sheet.convert("RGB").crop((0, 89, 64, 153))
        assert third.tobytes() == Image.open(io.BytesIO(alone.attachments[0].data)).convert("RGB").tobytes()
        varied = await child(stage, await press(stage, message, "V2"))
        assert (varied.parameters.steps, varied.count, varied.parameters.comparison) == (22, 1, None)
        rerolled = await child(stage, await press(stage, message, "Reroll"))
        assert rerolled.parameters.comparison == row.parameters.comparison
        for values, why in (("11", "two to 4"), ("a, b", "is no value of steps"), ("11, 99999", "not possible")):
            refused = await stage.discord.slash(
                "compare", {"prompt": "a fox", "parameter": "steps", "values": values}, member="ada"
            )
            assert why in (await whisper_of(stage, refused)).content
        offered = await stage.discord.autocomplete(
            "compare", {"prompt": "x", "parameter": "sampler", "values": "Euler, "}, "values"
        )
        assert "Euler, DDIM" in [choice.value for choice in offered]


async def test_a_tree_shows_what_changed_and_nothing_that_is_private(stage: Stage) -> None:
    async with stage.bot(**MANY):
        first = await stage.imagine("a fox", seed=5)
        message = await stage.final(first)
        varied = await press(stage, message, "Vary")
        await child(stage, varied)
        form = await stage.discord.answered(await press(stage, message, "Edit"))
        changed = {"prompt": "a red fox", "negative_prompt": "", "seed": "5", "steps": "9", "guidance": "4"}
        edited = await stage.discord.submit_modal(form, changed)
        await child(stage, edited)

        async def tree(member: str, channel: str = "art") -> str:
            record = await stage.discord.slash("tree", {"number": str(varied.id)}, member=member, channel=channel)
            return (await whisper_of(stage, record)).content

        said = await tree("grace")
        assert f"➤ `{varied.id}`" in said
        assert "variation 40 %" in said
        assert "prompt `a red fox`" in said
        assert "steps 11 → 9" in said
        assert said.index(str(first.id)) < said.index(str(varied.id)) < said.index(str(edited.id))
        assert "know nothing" in await tree("grace", "dm"), "it is seen in its server"
        assert "a red fox" in await tree("ada", "dm"), "but always by its member"


async def test_statistics_are_numbers_and_a_chart(stage: Stage) -> None:
    async with stage.bot(**MANY):
        await child(stage, await stage.imagine("a fox", count=2))
        await child(stage, await stage.imagine("a bear", member="grace"))
        record = await stage.discord.slash("stats", {}, member="ada")
        message = await whisper_of(stage, record)
        assert "3 pictures by 2 members in 30 days" in message.content
        assert Image.open(io.BytesIO(message.attachments[0].data)).size == (960, 400)


async def test_a_copy_is_sent_to_whoever_wants_one(stage: Stage) -> None:
    async with stage.bot(**MANY):
        message = await stage.final(await stage.imagine("a fox"))
        record = await stage.discord.context_menu("Send to me", message_id=message, member="grace")
        assert "direct message" in (await whisper_of(stage, record)).content
        [copy] = [one for one in stage.discord.messages("dm", "grace") if one.attachments]
        assert copy.attachments[0].data == message.attachments[0].data
        stage.discord.faults.refuse(50007, route="POST /channels/*")
        record = await stage.discord.context_menu("Send to me", message_id=message, member="grace")
        assert "do not take direct messages" in (await whisper_of(stage, record)).content
