"""The rehearsal's page in a real browser, with the keyboard alone, against the real discord.py client."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM
from tests.browser.painter import Painter, circle
from tests.browser.visitor import PHONE, Visitor

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here"),
    pytest.mark.asyncio(loop_scope="module"),
]


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
    assert "+4 optional" in await visitor.page.inner_text(".more")
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


async def test_a_thread_is_listed_below_its_channel_and_opened_from_its_message(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal
) -> None:
    await visitor.open()
    channel = await painter.fetch_channel(rehearsal.credentials.channel_id)
    message = await channel.send("a picture", file=circle())
    name = "100% of a boat, below a name that is too long " * 2
    thread = await message.create_thread(name=name, auto_archive_duration=1440)
    await visitor.sees(f".channel.thread >> text={name.strip()}")
    assert await visitor.overflow() <= 0
    await thread.send("the first word about it")
    await visitor.page.click(".to-thread")
    await visitor.sees("text=the first word about it")
    await visitor.sees(f"#channel-name >> text={name.strip()}")


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
