"""Nothing serious for axe-core to find, in either theme, on a wide screen and on a phone, whatever is open."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.rehearsal import Rehearsal
from tests.browser import shots
from tests.browser.chromium import CHROMIUM
from tests.browser.painter import Painter
from tests.browser.visitor import DESKTOP, PHONE

pytest.importorskip("playwright.async_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="axe-playwright-python is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here"),
    pytest.mark.asyncio(loop_scope="module"),
]
GRAVE = ("critical", "serious")


def told(violations: Any) -> list[str]:
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in violations
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
async def test_axe_finds_nothing_serious(
    browser: Any, painter: Painter, rehearsal: Rehearsal, size: dict[str, int]
) -> None:
    painter.go_on.set()
    await shots.conversation(rehearsal)
    found: dict[str, list[str]] = {}
    for scene in shots.SCENES:
        context = await browser.new_context(
            viewport=size, reduced_motion="reduce", bypass_csp=True  # axe is put into the page
        )  # fmt: skip
        context.set_default_timeout(8000)
        page = await context.new_page()
        await page.goto(rehearsal.page_url)
        await page.wait_for_selector("body[data-ready]")
        await scene(page)
        for theme in ("dark", "light"):
            await page.emulate_media(color_scheme=theme)
            await page.wait_for_timeout(200)
            result = await axe.Axe().run(page)
            if wrong := told(result.response["violations"]):
                found[f"{scene.__name__}, {theme}"] = wrong
        overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"something sticks out: {scene.__name__}"
        await context.close()
    assert not found, json.dumps(found, indent=1)
