"""The walk: everything a member does with a picture, on the page, with the real bot behind it; and another member who may
not. The engine draws test cards, so that it can be walked quickly and enlarge what it drew."""

from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import WIDE

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here"),
    pytest.mark.asyncio(loop_scope="module"),
]
expect = playwright.expect if CHROMIUM else None


def message(visitor: Visitor, words: str) -> Any:
    return visitor.page.locator(".message", has_text=words)


async def press(visitor: Visitor, words: str, label: str) -> None:
    await message(visitor, words).first.get_by_role("button", name=label).click()


async def command(visitor: Visitor, text: str, rest: str = "") -> None:
    await visitor.page.locator("#composer-text").fill("")
    await visitor.page.locator("#composer-text").focus()
    await visitor.keys.type(text)
    await visitor.keys.press("Enter")
    if rest:
        await visitor.keys.type(rest)
    await visitor.keys.press("Enter")


async def test_everything_a_member_does_with_a_picture(browser: Any, rehearsal: Rehearsal, tmp_path: Path) -> None:
    stage = Stage(rehearsal, tmp_path / "data")
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    ada, grace = Visitor(await context.new_page(), rehearsal), Visitor(await context.new_page(), rehearsal)
    slow = {"fake_step_seconds": 0.1}
    async with stage.bot(checkpoints=WIDE, engine=slow, quota={"max_waiting": 20}):
        await ada.open()
        await grace.open("?as=grace")
        await expect(ada.page.get_by_text("Welcome to #art")).to_be_visible()

        await command(ada, "/imagine", "a fox in the snow")
        await expect(message(ada, "Drawing").first).to_be_visible()
        first = message(ada, "a fox in the snow").filter(has=ada.page.locator(".picture img"))
        await expect(first.first).to_be_visible()

        await press(ada, "a fox in the snow", "Vary")
        await expect(message(ada, "variation 40%").locator(".picture img")).to_be_visible()

        await press(ada, "a fox in the snow", "Edit")
        form = ada.page.get_by_role("dialog", name="Edit this picture")
        prompt = form.get_by_label("What to draw")
        assert await prompt.input_value() == "a fox in the snow"
        await prompt.fill("a bear in the rain")
        await form.get_by_role("button", name="Submit").click()
        await expect(message(ada, "a bear in the rain").locator(".picture img").first).to_be_visible()

        await press(ada, "a bear in the rain", "Upscale")
        await expect(message(ada, "upscaled 2×").locator(".picture img")).to_be_visible()

        await press(ada, "a bear in the rain", "Favourite")
        await expect(message(ada, "one of your favourites now")).to_be_visible()

        # Another member sees the picture, and is kindly told what she may do instead.
        await expect(message(grace, "a bear in the rain").locator(".picture img").first).to_be_visible()
        for label in ("Reroll", "Edit"):
            await press(grace, "a bear in the rain", label)
            await expect(message(grace, "somebody else's").last).to_be_visible()
        await message(grace, "a bear in the rain").first.click(button="right", position={"x": 200, "y": 12})
        await grace.page.get_by_role("menuitem", name="Report", exact=True).click()
        report = grace.page.get_by_role("dialog", name="Report this picture")
        await report.get_by_label("What is wrong with it?").fill("just a test")
        await report.get_by_role("button", name="Submit").click()
        await expect(message(grace, "moderators have been told")).to_be_visible()
        await expect(message(ada, "moderators have been told")).to_have_count(0)

        await press(ada, "a fox in the snow", "Delete")
        await expect(message(ada, "It is in nobody's history any more")).to_be_visible()

        await command(ada, "/history", "search:bear")
        await expect(message(ada, "Only you can see this").last).to_be_visible()
        found = message(ada, "a bear in the rain").last
        await expect(found).to_be_visible()

        await ada.page.set_viewport_size(PHONE)
        await expect(message(ada, "a bear in the rain").locator(".picture img").first).to_be_visible()
        assert await ada.overflow() <= 0
    await context.close()
    assert ada.complaints + grace.complaints == []
