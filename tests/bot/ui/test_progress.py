"""A live message: what is sent of what it is told, and when."""

import asyncio

import pytest

from bot.safety import Cleared, Gate, PictureEvidence, PictureFile, PromptTexts, load_rules
from bot.ui.progress import LiveMessage, Looks

INTERVAL = 0.05


class Discord:
    """``refuses``: edits that it does not take, by their number. ``held``: what an edit waits for."""

    def __init__(self, *refuses: int) -> None:
        self.edits: list[tuple[str, list[bytes] | None]] = []
        self.refuses = refuses
        self.held = asyncio.Event()
        self.held.set()

    async def edit(self, text: str, looks: Looks | None) -> None:
        self.edits.append((text, None if looks is None else [look.value.data for look in looks]))
        if len(self.edits) in self.refuses:
            raise OSError("not taken")
        await self.held.wait()


async def a_look(data: bytes) -> Cleared[PictureFile]:
    gate = Gate(load_rules(), is_image_check_required=True, timeout_seconds=5.0)
    evidence = PictureEvidence(PromptTexts("a tree"), {"contrast": 0.2}, True)
    look = await gate.check_look(PictureFile(data, "webp", 256, 256), evidence)
    assert look is not None
    return look


async def quiet() -> None:
    await asyncio.sleep(3 * INTERVAL)


async def test_a_text_and_a_look_go_together_and_only_the_newest() -> None:
    discord = Discord()
    looks = [await a_look(b"%d" % nth) for nth in range(5)]
    live = LiveMessage(discord.edit, INTERVAL)
    live.show_look(looks[0])
    await quiet()
    assert discord.edits == [], "there is no text yet"
    for step in range(3):
        live.show(f"step {step}")
        live.show_look(looks[step])
    await quiet()
    live.show("step 3")
    await quiet()
    live.show_look(looks[4])
    await quiet()
    live.show("step 3")
    await quiet()
    assert discord.edits == [("step 2", [b"2"]), ("step 3", None), ("step 3", [b"4"])]
    live.show_look(None)
    await quiet()
    assert discord.edits[3:] == [("step 3", [])]
    assert await live.settle() is None
    live.show("late")
    live.show_look(looks[0])
    await quiet()
    assert len(discord.edits) == 4


async def test_a_look_that_discord_does_not_take_is_the_last_and_texts_go_on() -> None:
    discord = Discord(1)
    look = await a_look(b"1")
    live = LiveMessage(discord.edit, INTERVAL)
    live.show("step 1")
    live.show_look(look)
    await quiet()
    live.show("step 2")
    live.show_look(look)
    await quiet()
    assert discord.edits == [("step 1", [b"1"]), ("step 2", None)]
    assert live.may_carry_files, "the answer may have been lost, and not the look"


async def test_what_an_earlier_process_left_goes_with_the_first_edit_that_is_taken() -> None:
    discord = Discord(1)
    live = LiveMessage(discord.edit, INTERVAL, is_taken_over=True)
    for text in ("number 3", "number 2", "number 1"):
        live.show(text)
        await quiet()
    assert discord.edits == [("number 3", []), ("number 2", []), ("number 1", None)]


@pytest.mark.parametrize("with_look", [True, False])
async def test_an_edit_that_is_still_on_its_way_says_whether_it_changes_files(with_look: bool) -> None:
    discord = Discord()
    discord.held.clear()
    look = await a_look(b"1")
    live = LiveMessage(discord.edit, 0.0)
    live.show("step 1")
    if with_look:
        live.show_look(look)
    await asyncio.sleep(0.01)
    straggler = await live.settle()
    assert straggler is not None
    assert straggler.changes_files == with_look
    discord.held.set()
    await asyncio.wait_for(straggler.sending, 1)
