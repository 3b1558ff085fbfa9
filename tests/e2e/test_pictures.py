"""What people do with pictures: make others of them, several at once, keep, search, look at and take away."""

import io
from typing import Any

import pytest
from PIL import Image

from bot.rehearsal import InteractionRecord, Message
from db import GenerationState
from db.parameters import SecondPass
from db.records import Kind
from tests.e2e.conftest import Stage
from tests.lookout import texts

WIDE = {"builtin": {"builtin": "tiny", "sizes": ["64x64", "96x64"], "max_pixels": 128 * 128, "enlarge_to_pixels": 0}}
MINE = {"quota": {"max_waiting": 10}}


def button(message: Message, label: str) -> str:
    [found] = [one["custom_id"] for one in message.buttons if one.get("label") == label]
    return str(found)


async def press(stage: Stage, message: Message, label: str, member: str = "ada") -> InteractionRecord:
    return await stage.discord.press(message, button(message, label), member=member)


async def whisper_of(stage: Stage, record: InteractionRecord) -> Message:
    """What only the person who pressed is told."""

    def told() -> Message | None:
        answers = [*([record.message] if record.message else []), *record.followups]
        return next((one for one in answers if one.ephemeral and not one.loading and texts(one)), None)

    await stage.discord.wait_until(lambda: told() is not None, timeout=30)
    message = told()
    assert message is not None
    return message


async def child(stage: Stage, record: InteractionRecord) -> Any:
    await stage.final(record)
    return await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)


async def test_reroll_vary_and_upscale_know_where_they_come_from(stage: Stage) -> None:
    async with stage.bot(checkpoints=WIDE, **MINE):
        first = await stage.imagine("a fox", seed=5)
        message = await stage.final(first)
        parent = await stage.wait_for_row(first, lambda row: row.state is GenerationState.DONE)

        rerolled = await child(stage, await press(stage, message, "Reroll"))
        assert (rerolled.kind, rerolled.parent_id) == (Kind.REROLL, parent.id)
        assert rerolled.parameters.seed != 5
        assert rerolled.parameters.prompt == "a fox"

        record = await press(stage, message, "Vary")
        varied = await child(stage, record)
        assert varied.kind is Kind.VARIATION
        assert varied.parameters.seed == 5
        assert [turn.strength for turn in varied.parameters.variations] == [0.4]
        assert "variation 40%" in (await stage.final(record)).content
        again = await child(stage, await press(stage, await stage.final(record), "Vary"))
        assert len(again.parameters.variations) == 2, "a variation of the variation, not of its origin"

        record = await press(stage, message, "Upscale")
        upscaled = await child(stage, record)
        assert upscaled.parameters.hires == SecondPass(128, 128, steps=upscaled.parameters.steps, strength=0.45)
        assert upscaled.cost_millicredits > parent.cost_millicredits
        larger = await stage.final(record)
        assert "upscaled 2×" in larger.content
        assert Image.open(io.BytesIO(larger.attachments[0].data)).size == (128, 128)
        assert not [one for one in larger.buttons if one.get("label") == "Upscale"], "there is nothing larger"


async def test_edit_is_a_form_filled_in_with_what_it_was(stage: Stage) -> None:
    async with stage.bot(**MINE):
        message = await stage.final(await stage.imagine("a fox", negative_prompt="rain", seed=5))
        form = await stage.discord.answered(await press(stage, message, "Edit"))
        assert form.modal is not None
        changed = {"prompt": "a red fox", "negative_prompt": "", "seed": "", "steps": "9", "guidance": "3,5"}
        edited = await child(stage, await stage.discord.submit_modal(form, changed))
        assert edited.kind is Kind.EDIT
        asked = edited.parameters
        assert (asked.prompt, asked.negative_prompt, asked.steps, asked.guidance) == ("a red fox", "", 9, 3.5)
        assert asked.seed != 5
        form = await stage.discord.answered(await press(stage, message, "Edit"))
        wrong = await stage.discord.submit_modal(form, changed | {"steps": "many"})
        assert "Steps" in (await whisper_of(stage, wrong)).content
        form = await stage.discord.answered(await press(stage, message, "Edit"))
        refused = await stage.discord.submit_modal(form, changed | {"prompt": "gory entrails"})
        assert "graphic violence" in (await whisper_of(stage, refused)).content


async def test_four_pictures_are_one_sheet_with_numbers(stage: Stage) -> None:
    async with stage.bot(checkpoints=WIDE, **MINE):
        record = await stage.imagine("a fox", seed=5, count=4, size="96x64")
        message = await stage.final(record)
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        sheet = Image.open(io.BytesIO(message.attachments[0].data))
        assert sheet.size == (2 * 96 + 4, 2 * 64 + 4)
        assert message.attachments[0].data == stage.stored(row)
        labels = [one["label"] for one in message.buttons]
        assert [one for one in labels if one[0] in "UV" and one[1:].isdigit()] == [
            f"{a}{n}" for a in "UV" for n in "1234"
        ]
        third = await stage.imagine("a fox", seed=7, size="96x64")
        alone = Image.open(io.BytesIO((await stage.final(third)).attachments[0].data)).convert("RGB")
        assert sheet.convert("RGB").crop((0, 68, 96, 132)).tobytes() == alone.tobytes(), "the next seeds, in rows"
        single = await stage.row(third)
        assert single is not None
        assert row.cost_millicredits == 4 * single.cost_millicredits
        upscaled = await child(stage, await press(stage, message, "U3"))
        assert (upscaled.parameters.seed, upscaled.parent_nth, upscaled.count) == (7, 2, 1)
        varied = await child(stage, await press(stage, message, "V2"))
        assert (varied.parameters.seed, varied.count) == (6, 4)
    assert await stage.used() == sum(one.cost_millicredits for one in (row, single, upscaled, varied))


async def test_four_at_once_can_be_cancelled_as_one(stage: Stage) -> None:
    async with stage.bot(engine={"runner": "fake", "fake_step_seconds": 0.2}):
        record = await stage.imagine("a fox", count=4, steps=40)
        message = await stage.answer(record)
        await stage.discord.wait_until(lambda: "Drawing" in message.content, timeout=30)
        await press(stage, message, "Cancel")
        await stage.discord.wait_until(lambda: "Cancelled" in message.content, timeout=30)
    assert await stage.used() == 0


async def test_somebody_else_may_look_and_like_and_remix_but_not_more(stage: Stage) -> None:
    async with stage.bot(checkpoints=WIDE, **MINE):
        record = await stage.imagine("a fox", seed=5)
        message = await stage.final(record)
        for label in ("Reroll", "Vary", "Upscale", "Edit"):
            told = await whisper_of(stage, await press(stage, message, label, member="grace"))
            assert "somebody else's" in told.content
            assert "Remix" in told.content
        told = await whisper_of(stage, await press(stage, message, "Delete", member="grace"))
        assert "Only the person who asked" in told.content
        told = await whisper_of(stage, await press(stage, message, "Info", member="grace"))
        assert "seed **5**" in told.content
        told = await whisper_of(stage, await press(stage, message, "Favourite", member="grace"))
        assert "favourites" in told.content
        form = await stage.discord.answered(
            await stage.discord.context_menu("Remix", message_id=message, member="grace")
        )
        fields = {"prompt": "a blue fox", "negative_prompt": "", "seed": "1", "steps": "5", "guidance": "4"}
        remixed = await child(stage, await stage.discord.submit_modal(form, fields))
        parent = await stage.row(record)
        assert parent is not None
        assert (remixed.kind, remixed.parent_id) == (Kind.REMIX, parent.id)
        assert remixed.origin.user_id != parent.origin.user_id


async def test_deleted_is_gone_from_the_channel_the_history_and_every_button(stage: Stage) -> None:
    async with stage.bot(**MINE):
        mine, other = await stage.imagine("a fox"), await stage.imagine("a bear")
        fox, bear = await stage.final(mine), await stage.final(other)
        await whisper_of(stage, await press(stage, fox, "Delete"))
        assert fox.deleted
        assert not bear.deleted
        await whisper_of(stage, await press(stage, bear, "Delete", member="linus"))
        assert bear.deleted, "a moderator may"
        record = await stage.discord.slash("history", {}, member="ada")
        assert "not drawn anything" in texts(await whisper_of(stage, record))
        row = await stage.row(mine)
        assert row is not None
        record = await stage.discord.slash("show", {"number": str(row.id)}, member="ada")
        assert "know nothing" in (await whisper_of(stage, record)).content


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    async with stage.bot():
        message = await stage.final(await stage.imagine("a fox"))
    async with stage.bot():
        rerolled = await child(stage, await press(stage, message, "Reroll"))
        assert rerolled.kind is Kind.REROLL


async def test_what_is_private_is_seen_by_nobody_else(stage: Stage) -> None:
    async with stage.bot(**MINE):
        record = await stage.imagine("a quiet fox", private=True)
        message = await stage.final(record)
        assert message.ephemeral
        assert message.attachments
        assert stage.discord.messages("art", "grace") == []
        row = await stage.row(record)
        assert row is not None
        hidden = await stage.discord.slash("show", {"number": str(row.id)}, member="grace")
        assert "know nothing" in (await whisper_of(stage, hidden)).content
        again = await stage.final(await press(stage, message, "Reroll"))
        assert again.ephemeral, "what is made of it is private, too"


async def test_history_is_searched_and_favourites_are_found(stage: Stage) -> None:
    async with stage.bot(**MINE):
        fox = await stage.final(await stage.imagine("a fox in the snow"))
        await stage.final(await stage.imagine("a bear"))
        record = await stage.discord.slash("history", {"search": "SNO fox"}, member="ada")
        page = await whisper_of(stage, record)
        assert "with `SNO fox`" in texts(page)
        assert "a fox in the snow" in texts(page)
        assert "bear" not in texts(page)
        record = await stage.discord.slash("history", {"search": "whale"}, member="ada")
        assert "Nothing with" in texts(await whisper_of(stage, record))
        record = await stage.discord.slash("favourites", {}, member="grace")
        assert "no favourites yet" in texts(await whisper_of(stage, record))
        await whisper_of(stage, await press(stage, fox, "Favourite", member="grace"))
        record = await stage.discord.slash("favourites", {}, member="grace")
        page = await whisper_of(stage, record)
        assert "fox" in texts(page)
        shown = await whisper_of(stage, await press(stage, page, "1", member="grace"))
        assert shown.attachments[0].data == fox.attachments[0].data
        told = await whisper_of(stage, await press(stage, fox, "Favourite", member="grace"))
        assert "no favourite" in told.content


async def test_image_info_reads_our_rows_and_anybodys_files(stage: Stage) -> None:
    async with stage.bot():
        message = await stage.final(await stage.imagine("a fox", seed=5))
        record = await stage.discord.context_menu("Image info", message_id=message, member="grace")
        assert "seed **5**" in (await whisper_of(stage, record)).content
        data = message.attachments[0].data
        posted = await stage.discord.say("look", member="grace", files=[("copy.png", data)])
        record = await stage.discord.context_menu("Image info", message_id=posted, member="ada")
        told = (await whisper_of(stage, record)).content
        assert "The file says" in told
        assert "Seed: 5" in told
        text = await stage.discord.say("no picture", member="grace", files=[("x.png", b"no picture at all")])
        record = await stage.discord.context_menu("Image info", message_id=text, member="ada")
        assert "Nothing is known" in (await whisper_of(stage, record)).content
        record = await stage.discord.context_menu("Remix", message_id=text, member="ada")
        assert "know nothing" in (await whisper_of(stage, record)).content


def a_file(size: tuple[int, int] = (80, 80)) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


async def test_a_picture_to_start_from_is_kept_and_used_again(stage: Stage) -> None:
    async with stage.bot(safety={"uploads": "unchecked"}, **MINE):
        files = {"image": ("mine.png", a_file()), "mask": ("mask.png", a_file())}
        record = await stage.imagine("a fox", strength=0.5, **files)
        message = await stage.final(record)
        assert "from a picture, 50% repainted inside a mask" in message.content
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert row.parameters.image is not None
        rerolled = await child(stage, await press(stage, message, "Reroll"))
        assert rerolled.parameters.image == row.parameters.image
        wrong = await stage.imagine("a fox", image=("x.png", b"no picture"))
        assert "cannot be read as a picture" in (await whisper_of(stage, wrong)).content
        lonely = await stage.imagine("a fox", strength=0.5)
        assert "needs a picture" in (await whisper_of(stage, lonely)).content


async def test_more_is_painted_around_a_picture(stage: Stage) -> None:
    async with stage.bot(safety={"uploads": "unchecked"}, **MINE):
        record = await stage.imagine("a fox", expand=2.0, image=("mine.png", a_file()))
        assert "100% repainted inside a mask" in (await stage.final(record)).content
        twice = await stage.imagine("a fox", expand=2.0, image=("mine.png", a_file()), mask=("m.png", a_file()))
        assert "leave out one of the two" in (await whisper_of(stage, twice)).content
        lonely = await stage.imagine("a fox", expand=2.0)
        assert "needs a picture" in (await whisper_of(stage, lonely)).content


async def test_without_a_checker_no_pictures_are_taken(stage: Stage) -> None:
    async with stage.bot():
        record = await stage.imagine("a fox", image=("mine.png", a_file()))
        assert "nothing checks them" in (await whisper_of(stage, record)).content
    assert await stage.used() == 0


@pytest.mark.parametrize(
    ("option", "value"), [("size", "65x64"), ("size", "big"), ("checkpoint", "nothing"), ("lora", "nothing")]
)
async def test_what_is_not_there_is_refused_with_what_is(stage: Stage, option: str, value: str) -> None:
    async with stage.bot():
        record = await stage.imagine("a fox", **{option: value})
        assert option.capitalize() in (await whisper_of(stage, record)).content


async def test_choices_come_from_memory_and_fit_what_was_typed(stage: Stage) -> None:
    two = WIDE | {"other": {"builtin": "tiny", "sizes": ["128x64"], "max_pixels": 128 * 128, "label": "Watercolours"}}
    async with stage.bot(checkpoints=two):

        async def values(focused: str, **options: Any) -> list[str]:
            found = await stage.discord.autocomplete("imagine", {"prompt": "x", **options}, focused)
            return [str(choice.value) for choice in found]

        assert await values("checkpoint", checkpoint="") == ["builtin", "other"]
        assert await values("checkpoint", checkpoint="water") == ["other"]
        assert await values("size", size="") == ["64x64", "96x64"]
        assert await values("size", checkpoint="other", size="") == ["128x64"]
        assert await values("size", size="3:2") == ["96x64"]
