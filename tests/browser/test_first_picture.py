"""What a newcomer does: `lienzo rehearse`, open the page, type /imagine, get a picture. All of it real."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import CHROMIUM, FLAGS

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here")]
ROOT = Path(__file__).parents[2]
LOADING_MS = 90_000  # torch and the first weights, on a busy machine
expect = playwright.expect


@pytest.fixture
async def page_url(tmp_path: Path) -> AsyncIterator[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")}
    environment |= {"PYTHONPATH": str(ROOT), "LIENZO_ENGINE__CPU_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "rehearse", "--port", "0", env=environment, cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while True:
                line = await process.stdout.readline()
                assert line, (await process.communicate())[1].decode()
                if found := re.search(rb"http://\S+", line):
                    break
        yield found[0].decode()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 40)
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.fixture
async def page() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        yield page
        await browser.close()


async def type_command(page: Any, name: str, prompt: str) -> None:
    await page.locator("body").press("/")
    await page.keyboard.type(name[1:] if name.startswith("/") else name)
    await page.keyboard.press("Enter")
    if prompt:
        await page.keyboard.type(prompt)
        await page.keyboard.press("Enter")


async def test_a_newcomers_first_picture(page_url: str, page: Any, tmp_path: Path) -> None:
    problems: list[str] = []
    messages = page.get_by_role("region", name="Messages")  # the live region for screen readers says it all again
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(page_url)
    await expect(page.get_by_text("Welcome to #art")).to_be_visible()

    await type_command(page, "/imagine", "a red circle on a blue background")
    await expect(messages.get_by_text("/imagine", exact=True).first).to_be_visible()
    picture = page.locator(".picture img").first
    await expect(picture).to_be_visible(timeout=LOADING_MS)
    alt = await picture.get_attribute("alt")
    assert alt is not None
    assert alt.endswith("from the prompt: a red circle on a blue background")
    await expect(messages.get_by_text("11 steps").first).to_be_visible()
    await page.screenshot(path=tmp_path / "picture.png")

    await type_command(page, "/imagine", "a green square steps:60")
    early = page.locator(".picture img[alt^='Early look at a picture']")
    await expect(early).to_be_visible()
    await page.screenshot(path=tmp_path / "early.png")
    await expect(messages.get_by_text("60 steps").first).to_be_visible()
    await expect(early).to_have_count(0)
    await expect(page.locator(".picture img")).to_have_count(2)

    await type_command(page, "/imagine", "gory entrails")
    await expect(messages.get_by_text("refused by the safety filter: graphic violence")).to_be_visible()
    await expect(messages.get_by_text("Only you can see this").first).to_be_visible()

    await type_command(page, "/quota show", "")
    await page.keyboard.press("Enter")
    await expect(messages.get_by_text("43.545 credits")).to_be_visible()

    await page.reload()
    await expect(page.locator(".picture img").first).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".picture img").first).to_be_visible()
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    await page.screenshot(path=tmp_path / "phone.png")
    assert problems == []
