"""Somebody at the page, with nothing but a keyboard, a pointer or a finger."""

from __future__ import annotations

from typing import Any

from bot.rehearsal import Rehearsal

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


class Visitor:
    """Somebody at the page. What the page complains about fails the test."""

    def __init__(self, page: Any, rehearsal: Rehearsal) -> None:
        self.page = page
        self.keys = page.keyboard
        self.rehearsal = rehearsal
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self._note(line))
        page.on("request", lambda request: self._leave(request.url))

    def _note(self, line: Any) -> None:
        # The browser logs each refused form as well; those are part of the walk.
        if line.type == "error" and "400 (Bad Request)" not in line.text:
            self.complaints.append(line.text)

    def _leave(self, url: str) -> None:
        if not url.startswith((self.rehearsal.page_url, "blob:", "data:")):
            self.complaints.append(f"reaches out to {url}")

    async def open(self, path: str = "") -> None:
        await self.page.goto(self.rehearsal.page_url + path)
        await self.page.wait_for_selector("body[data-ready]")

    async def sees(self, selector: str) -> Any:
        return await self.page.wait_for_selector(selector)

    async def focused(self) -> str:
        told = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
        return str(await self.page.evaluate(told))

    async def tab_to(self, name: str, *, back: bool = False) -> None:
        for _ in range(40):
            if name in await self.focused():
                return
            await self.keys.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard does not reach {name!r}")

    async def overflow(self) -> int:
        return int(await self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))
