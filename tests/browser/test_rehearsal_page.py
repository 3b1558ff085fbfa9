"""The rehearsal's page in a real browser, with the keyboard alone, against the real discord.py client."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import app_commands
from PIL import Image, ImageDraw

from bot.loopback import loopback_connector
from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM, FLAGS

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here"),
    pytest.mark.asyncio(loop_scope="module"),
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


def circle(color: str = "#d83a3a", ground: str = "#3a6cd8", side: int = 256) -> discord.File:
    image = Image.new("RGB", (side, side), ground)
    ImageDraw.Draw(image).ellipse((side // 6, side // 6, side * 5 // 6, side * 5 // 6), fill=color)
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return discord.File(out, "picture.png", description="a red circle on a blue background")


class TitleForm(discord.ui.Modal, title="Give it a title"):
    heading = discord.ui.TextInput(label="Title", placeholder="Something short", max_length=40)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"It is called **{self.heading.value}** now.")


class PictureButtons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Again", style=discord.ButtonStyle.primary, emoji="🎲", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("Here is another one.", file=circle("#e5a23a", "#2a2a55"))

    @discord.ui.button(label="Title", style=discord.ButtonStyle.secondary, custom_id="title")
    async def title(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(TitleForm())

    @discord.ui.button(label="Delete", style=discord.ButtonStyle.danger, custom_id="delete")
    async def delete(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.send_message("Only the person who asked may do that.", ephemeral=True)


class Painter(discord.Client):
    """A bot as small as it can be and still show everything the page has to draw."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            connector=loopback_connector(rehearsal.credentials.port, rehearsal.credentials.ca_file),
            guild_ready_timeout=0.05,
        )
        self.tree = app_commands.CommandTree(self)
        self.go_on = asyncio.Event()
        self.tree.add_command(self._imagine())
        self.tree.add_command(app_commands.Command(name="help", description="What I can do", callback=self._help))

    async def setup_hook(self) -> None:
        self.add_view(PictureButtons())
        await self.tree.sync()

    async def _help(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("# Lienzo\nType `/imagine` and **what you want to see**.")

    def _imagine(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.command(name="imagine", description="Draw a picture")
        @app_commands.describe(
            prompt="What to draw", size="How large", seed="The same seed gives the same picture", style="A look"
        )
        @app_commands.choices(size=[app_commands.Choice(name=n, value=n.lower()) for n in ("Small", "Large")])
        async def imagine(
            interaction: discord.Interaction,
            prompt: str,
            size: str | None = None,
            seed: app_commands.Range[int, 0, 1000] | None = None,
            style: str | None = None,
        ) -> None:
            if "forbidden" in prompt:
                await interaction.response.send_message("I do not draw that. `/appeal` explains why.", ephemeral=True)
                return
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content=f"**{prompt}**\n▰▰▰▱▱▱ 50 % · about <t:4102444800:R>")
            await self.go_on.wait()
            note = f"-# seed {seed or 7}, {size or 'small'}, {style or 'no'} style"
            await interaction.edit_original_response(
                content=f"**{prompt}**\n{note}", attachments=[circle()], view=PictureButtons()
            )

        @imagine.autocomplete("style")
        async def styles(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            names = [name for name in ("ink", "oil paint", "watercolour") if typed in name]
            return [app_commands.Choice(name=name.title(), value=name) for name in names]

        return imagine


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Any]:
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


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(browser: Any, rehearsal: Rehearsal) -> AsyncIterator[Visitor]:
    context = await browser.new_context(viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(8000)
    visitor = Visitor(await context.new_page(), rehearsal)
    yield visitor
    await context.close()
    assert visitor.complaints == []


async def test_a_picture_is_asked_for_and_looked_at_with_the_keyboard_alone(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal
) -> None:
    await visitor.open()
    await visitor.sees(".example")
    assert await visitor.page.locator(".example").count() == 3
    await visitor.keys.type("/im")
    await visitor.sees(".item.active >> text=/imagine")
    await visitor.keys.press("Enter")
    await visitor.sees(".pill[data-option=prompt]")
    assert "+3 optional" in await visitor.page.inner_text(".more")
    await visitor.keys.press("Enter")
    await visitor.sees("text=This option is required. Specify a value.")
    await visitor.keys.type("a red circle seed:")
    await visitor.sees(".pill[data-option=seed]")
    await visitor.keys.type("5000")
    await visitor.keys.press("Enter")
    await visitor.sees("text=Input a number that is 1000 or less.")
    for _ in "5000":
        await visitor.keys.press("Backspace")
    await visitor.keys.type("12")
    await visitor.keys.press("Tab")
    await visitor.sees(".panel >> text=Optional")
    await visitor.keys.press("Enter")
    await visitor.sees(".panel >> text=Choices")
    await visitor.keys.type("lar")
    await visitor.keys.press("Enter")
    await visitor.keys.press("Tab")
    await visitor.keys.press("Enter")
    await visitor.keys.type("wat")
    await visitor.sees(".item >> text=Watercolour")
    await visitor.keys.press("Enter")
    await visitor.keys.press("Enter")

    await visitor.sees("text=50 %")
    assert await visitor.page.inner_text(".origin .slash") == "/imagine"
    assert await visitor.page.inner_text(".app-tag") == "APP"
    painter.go_on.set()
    picture = await visitor.sees(".picture img")
    assert await picture.get_attribute("alt") == "a red circle on a blue background"
    assert (await picture.get_attribute("width"), await picture.get_attribute("height")) == ("256", "256")
    await visitor.sees("text=seed 12, large, watercolour style")
    options = {o["name"]: o["value"] for o in rehearsal.interactions[-1].data["options"]}
    assert options == {"prompt": "a red circle", "seed": 12, "size": "large", "style": "watercolour"}

    await visitor.tab_to("Picture:", back=True)
    await visitor.keys.press("Enter")
    await visitor.sees("dialog.viewer[open]")
    await visitor.keys.press("Escape")
    await visitor.page.wait_for_selector("dialog.viewer", state="detached")
    await visitor.tab_to("Title")
    await visitor.keys.press("Enter")
    await visitor.sees("dialog[open] >> text=Give it a title")
    await visitor.keys.press("Enter")
    await visitor.sees("text=This field is required.")
    await visitor.keys.type("Sunset")
    await visitor.keys.press("Enter")
    await visitor.sees("text=It is called Sunset now.")
    await visitor.tab_to("Again", back=True)
    await visitor.keys.press("Enter")
    await visitor.sees("text=Here is another one.")

    await visitor.page.reload()
    await visitor.sees("body[data-ready]")
    await visitor.sees("text=It is called Sunset now.")
    await visitor.page.focus("#composer-text")
    await visitor.keys.press("ArrowUp")
    assert await visitor.page.locator(".picture").count() == 2


async def test_a_refusal_is_private_and_can_be_dismissed(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal, browser: Any
) -> None:
    await visitor.open()
    await visitor.sees(".example")
    other = await browser.new_page()
    await other.goto(rehearsal.page_url + "?as=grace")
    await visitor.keys.type('/imagine prompt:"something forbidden" ')
    await visitor.sees(".pill[data-option=prompt]")
    await visitor.keys.press("Enter")
    await visitor.sees(".only-you >> text=Only you can see this")
    await visitor.keys.type("hello everybody")
    await visitor.keys.press("Enter")
    await other.wait_for_selector("text=hello everybody")
    assert await other.locator(".message >> text=I do not draw that").count() == 0
    await other.close()
    await visitor.tab_to("Dismiss message", back=True)
    await visitor.keys.press("Enter")
    await visitor.page.wait_for_selector(".only-you", state="detached")


async def test_it_says_when_no_bot_is_there_and_when_one_does_not_answer(
    visitor: Visitor, rehearsal: Rehearsal
) -> None:
    rehearsal.hub.commands.overwrite(None, [{"name": "imagine", "description": "Draw"}])
    await visitor.open()
    await visitor.sees("text=No bot is connected")
    await visitor.keys.type("/imagine")
    await visitor.keys.press("Enter")
    await visitor.keys.press("Enter")
    await visitor.sees("text=Sending command…")
    await visitor.sees("text=The application did not respond")


async def test_nothing_sticks_out_on_a_phone(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.page.set_viewport_size(PHONE)
    painter.go_on.set()
    await visitor.open()
    await visitor.sees(".example")
    assert await visitor.overflow() <= 0
    await visitor.page.click(".example >> nth=1")
    assert await visitor.page.input_value(".pill[data-option=seed] input") == "7"
    assert await visitor.overflow() <= 0
    await visitor.keys.press("Enter")
    await visitor.sees(".picture img")
    channel = painter.get_partial_messageable(rehearsal.credentials.channel_id)
    embed = discord.Embed(title="Long", description="word" * 100)
    embed.add_field(name="n" * 200, value="v" * 500)
    await channel.send("x" * 500 + " https://example.org/" + "y" * 200 + "\n```\n" + "code " * 80 + "```", embed=embed)
    await channel.send(files=[circle() for _ in range(4)])
    # Not wait_for_function: it evaluates text, which the page's security policy rightly forbids.
    await playwright.expect(visitor.page.locator(".picture")).to_have_count(5)
    assert await visitor.overflow() <= 0
    await visitor.page.click("#open-sidebar")
    await visitor.page.click(".channel >> text=gallery")
    await visitor.sees("text=Welcome to #gallery")
    assert await visitor.overflow() <= 0


async def test_the_member_can_be_changed(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await rehearsal.say("from Ada", member="ada")
    await visitor.open("?as=linus#art")
    await visitor.sees("#switcher >> text=Linus")
    await visitor.page.focus("#switcher")
    await visitor.keys.press("Enter")
    await visitor.sees("#me .item.active >> text=Linus")
    await visitor.keys.press("ArrowUp")
    await visitor.keys.press("Enter")
    await visitor.sees("#switcher >> text=Grace")
    assert "as=grace" in visitor.page.url
    await visitor.sees("text=from Ada")
