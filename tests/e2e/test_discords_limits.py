"""Each limit of Discord's that a person can run into through the bot: the rehearsal enforces them, and nobody is stuck."""

from typing import Any

from db import GenerationState
from tests.e2e.conftest import Stage
from tests.e2e.test_house import write
from tests.e2e.test_moderation import command
from tests.e2e.test_pictures import WIDE, a_file, child, press, whisper_of
from tests.lookout import texts

CHECKPOINT = {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 128 * 128, "enlarge_to_pixels": 0}
LONGEST = 2000  # characters of a message, and of a prompt with these settings


async def test_the_longest_prompts_are_drawn_shown_edited_and_found_again(stage: Stage) -> None:
    """2,000 characters of a message, 4,000 of a form's field, 1,024 of an alt text; marks count twice in UTF-16."""
    settings: dict[str, Any] = {"imagine": {"max_prompt_characters": LONGEST}, "checkpoints": WIDE}
    async with stage.bot(**settings, quota={"max_waiting": 10}):
        for prompt in ("fox " * 500, "🦊" * 1000):
            record = await stage.imagine(prompt.strip(), negative_prompt=prompt.strip())
            message = await stage.final(record)
            assert message.attachments
            assert all(len(version.content) <= LONGEST for version in message.versions)
            for label in ("Info", "Favourite"):
                assert len((await whisper_of(stage, await press(stage, message, label))).content) <= LONGEST
            form = await stage.discord.answered(await press(stage, message, "Edit"))
            assert form.modal is not None, "the form takes all of it"
        for name, options in (
            ("history", {"search": "fox " * 10}),
            ("favourites", {}),
            ("tree", {"number": str(record.id)}),
        ):
            answer = await whisper_of(stage, await stage.discord.slash(name, options, member="ada"))
            assert len(texts(answer)) <= LONGEST


async def test_a_page_of_history_turns_with_the_longest_search(stage: Stage) -> None:
    """100 characters of a custom_id carry the search."""
    words = "foxes" * 8
    async with stage.bot(quota={"max_waiting": 10}):
        for nth in range(6):
            await child(stage, await stage.imagine(f"{words} {nth}"))
        page = await whisper_of(stage, await stage.discord.slash("history", {"search": words}, member="ada"))
        [older] = [one["custom_id"] for one in page.buttons if one.get("label") == "Older"]
        assert len(older) <= 100
        await stage.discord.answered(await stage.discord.press(page, older, member="ada"))
        await stage.discord.wait_until(lambda: f"{words} 0" in texts(page))


async def test_a_narrowed_page_turns_and_stays_narrowed(stage: Stage) -> None:
    words = "foxes" * 8
    async with stage.bot(checkpoints={"builtin": CHECKPOINT, "another-model": CHECKPOINT}, quota={"max_waiting": 10}):
        for nth in range(6):
            await child(stage, await stage.imagine(f"{words} {nth}", checkpoint="another-model"))
            await child(stage, await stage.imagine(f"{words} else", checkpoint="builtin"))
        options = {"search": words, "checkpoint": "another-model", "kind": "imagine"}
        page = await whisper_of(stage, await stage.discord.slash("history", options, member="ada"))
        assert "imagined · another-model" in texts(page)
        assert "else" not in texts(page)
        [older] = [one["custom_id"] for one in page.buttons if one.get("label") == "Older"]
        assert len(older) <= 100
        await stage.discord.answered(await stage.discord.press(page, older, member="ada"))
        await stage.discord.wait_until(lambda: f"{words} 0" in texts(page))
        assert "imagined · another-model" in texts(page)
        assert "else" not in texts(page)
        nothing = await stage.discord.slash("history", {"kind": "upscale"}, member="ada")
        assert "nothing of that kind" in texts(await whisper_of(stage, nothing))


async def test_more_than_25_of_anything_are_searched_and_not_cut_off(stage: Stage) -> None:
    checkpoints = {"builtin": CHECKPOINT} | {f"model-{nth}": CHECKPOINT for nth in range(60)}
    async with stage.bot(checkpoints=checkpoints):
        every = await stage.discord.autocomplete("imagine", {"prompt": "x", "checkpoint": ""}, "checkpoint")
        assert len(every) == 25
        last = await stage.discord.autocomplete("imagine", {"prompt": "x", "checkpoint": "model-59"}, "checkpoint")
        assert [choice.value for choice in last] == ["model-59"]
        panel = await stage.answer(await stage.discord.slash("settings show", {}, member="linus"))
        assert len(panel.content) <= LONGEST
        await write(stage, panel, "checkpoints", ", ".join(checkpoints))
        refused = await stage.imagine(checkpoint="nothing")
        assert len((await whisper_of(stage, refused)).content) <= LONGEST


async def test_ten_pictures_in_one_message_are_looked_at_as_far_as_an_answer_is_long(stage: Stage) -> None:
    async with stage.bot():
        drawn = await stage.final(await stage.imagine("a fox"))
        files = [("one.png", drawn.attachments[0].data)] + [(f"{nth}.png", a_file()) for nth in range(9)]
        message = await stage.discord.say("look", member="grace", files=files)
        record = await stage.discord.context_menu("Image info", message_id=message, member="ada")
        answer = await whisper_of(stage, record)
        assert "Steps: " in answer.content
        assert len(texts(answer)) <= LONGEST


async def test_four_pictures_with_everything_that_can_be_done_fit_into_five_rows(stage: Stage) -> None:
    async with stage.bot(checkpoints=WIDE):
        record = await stage.imagine("a fox", count=4)
        message = await stage.final(record)
        await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert len(message.components) <= 5
        assert all(len(row["components"]) <= 5 for row in message.components)


async def test_lists_of_moderators_are_as_long_as_a_message_and_no_longer(stage: Stage) -> None:
    async with stage.bot():
        for nth in range(30):
            await command(stage, "moderate phrase refuse", text=f"{'very long phrase ' * 5}{nth}")
        for name in ("moderate phrase list", "moderate log"):
            assert len(await command(stage, name)) <= LONGEST
