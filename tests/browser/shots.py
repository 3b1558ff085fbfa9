"""Pictures of the page to be looked at: `python -m tests.browser.shots FOLDER`, in both themes, wide and narrow.

`python -m tests.browser.shots --readme docs/rehearsal.png` makes the one in the README: the bot with its own model.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.painter import Painter
from tests.browser.visitor import DESKTOP, PHONE
from tests.e2e.conftest import Stage

Scene = Callable[[Any], Awaitable[None]]


async def conversation(rehearsal: Rehearsal) -> None:
    """Something of everything in #art."""
    await rehearsal.say("Morning! Who has seen the **new** model? ||It is good.||", member="grace")
    await rehearsal.say("Not yet. <@1> let me try it.".replace("<@1>", "I will"), member="linus")
    for name, options in (("embed", {}), ("imagine", {"prompt": "a red circle on a blue background"}), ("layout", {})):
        record = await rehearsal.slash(name, options)
        await rehearsal.wait_until(lambda record=record: record.message and record.message.attachments)  # type: ignore[misc]
    menu = await rehearsal.slash("imagine", {"prompt": "something forbidden"})
    await rehearsal.answered(menu)


async def menu_on_a_message(page: Any) -> None:
    await page.locator(".message", has_text="Morning").first.click(button="right", position={"x": 200, "y": 10})


async def form(page: Any) -> None:
    await menu_on_a_message(page)
    await page.get_by_role("menuitem", name="Remix").click()
    await page.wait_for_selector("dialog .form")


async def command(page: Any) -> None:
    await page.fill("#composer-text", "/imagine")
    await page.keyboard.press("Enter")
    await page.keyboard.type("a boat style:in")
    await page.wait_for_selector(".panel .item")


async def commands(page: Any) -> None:
    await page.fill("#composer-text", "/")


async def top(page: Any) -> None:
    await page.locator(".embed").first.scroll_into_view_if_needed()


async def layout(page: Any) -> None:
    await page.evaluate("document.querySelector('.container').scrollIntoView()")


async def settings(page: Any) -> None:
    await page.fill("#composer-text", "/settings ")
    await page.keyboard.press("Enter")
    await page.locator(".chooser button").first.click()


async def card(page: Any) -> None:
    await page.locator(".by .name", has_text="Linus").first.click()


async def switchboard(page: Any) -> None:
    await page.get_by_role("button", name="What can go wrong").click()
    await page.get_by_role("button", name="Rate limit").click()


async def lists(page: Any) -> None:
    opener = page.locator("#open-sidebar")
    if await opener.is_visible():
        await opener.click()


async def viewer(page: Any) -> None:
    await page.locator(".picture").last.click()


async def gate(page: Any) -> None:
    await page.goto(page.url.split("#")[0] + "#after-dark")


SCENES: list[Scene] = [
    *(lists, top, layout, menu_on_a_message, form, commands, command, settings, card, switchboard, viewer, gate)
]


async def main(folder: Path, only: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with Rehearsal() as rehearsal, async_playwright() as driver:
        painter = Painter(rehearsal)
        painter.go_on.set()
        running = asyncio.create_task(painter.start(rehearsal.credentials.bot_token))
        await rehearsal.bot_ready()
        await conversation(rehearsal)
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in ("dark", "light"):
            for name, size in (("wide", DESKTOP), ("narrow", PHONE)):
                for scene in SCENES:
                    title = f"{scene.__name__}-{theme}-{name}"
                    if only and not any(word in title for word in only):
                        continue
                    options = {"viewport": size, "color_scheme": theme, "reduced_motion": "reduce"}
                    context = await browser.new_context(**options)
                    context.set_default_timeout(4000)
                    page = await context.new_page()
                    await page.goto(rehearsal.page_url)
                    await page.wait_for_selector("body[data-ready]")
                    try:
                        await scene(page)
                        await page.wait_for_timeout(250)
                    except Exception as error:
                        print(title, str(error)[:300])
                    await page.screenshot(path=folder / f"{title}.png")
                    await context.close()
                    rehearsal.faults.clear()
        await browser.close()
        await painter.close()
        await asyncio.wait({running})


async def readme(file: Path) -> None:
    """A conversation with the real engine, as somebody sees it who has just drawn something."""
    with tempfile.TemporaryDirectory() as folder:
        async with Rehearsal() as rehearsal, async_playwright() as driver:
            stage = Stage(rehearsal, Path(folder))
            async with stage.bot(engine={"runner": "torch"}):
                await rehearsal.say("Could somebody draw a boat for our invitation?", member="grace")
                await stage.final(await stage.imagine("a boat on the sea at sunset", count=4, seed=7), 120)
                browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                size = {"width": 1280, "height": 850}
                page = await browser.new_page(viewport=size, color_scheme="dark", reduced_motion="reduce")
                await page.goto(rehearsal.page_url)
                await page.wait_for_selector("body[data-ready]")
                await page.wait_for_timeout(1000)
                await page.screenshot(path=file)
                await browser.close()


if __name__ == "__main__":
    if sys.argv[1] == "--readme":
        asyncio.run(readme(Path(sys.argv[2])))
    else:
        asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
