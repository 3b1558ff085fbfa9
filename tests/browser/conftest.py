"""A rehearsal with a bot that shows everything, and a browser that looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.painter import Painter
from tests.browser.visitor import DESKTOP, Visitor


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Any]:
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def rehearsal() -> AsyncIterator[Rehearsal]:
    async with Rehearsal() as rehearsal:
        yield rehearsal


@pytest_asyncio.fixture(loop_scope="module")
async def painter(rehearsal: Rehearsal) -> AsyncIterator[Painter]:
    painter = Painter(rehearsal)
    task = asyncio.create_task(painter.start(rehearsal.credentials.bot_token))
    await rehearsal.bot_ready()
    yield painter
    await painter.close()
    await asyncio.wait({task})


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(browser: Any, rehearsal: Rehearsal) -> AsyncIterator[Visitor]:
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(8000)
    visitor = Visitor(await context.new_page(), rehearsal)
    yield visitor
    await context.close()
    assert visitor.complaints == []
