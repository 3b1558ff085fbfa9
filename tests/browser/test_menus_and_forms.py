"""Menus on messages and people, forms, selects and files: everything that begins with more than a slash."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.rehearsal import Rehearsal
from tests.browser.chromium import CHROMIUM
from tests.browser.painter import RED_ON_BLUE, Painter
from tests.browser.visitor import PHONE, Visitor

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome here"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "orange").save(out, "PNG")
    file = tmp_path / "mine.png"
    file.write_bytes(out.getvalue())
    return file


async def right_click(visitor: Visitor, text: str) -> None:
    await visitor.page.locator(".message", has_text=text).first.click(button="right", position={"x": 160, "y": 12})


async def entry(visitor: Visitor, name: str) -> None:
    await visitor.page.get_by_role("menuitem", name=name, exact=True).click()


async def test_a_menu_on_a_message_opens_a_form_that_takes_every_kind_of_answer(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal, picture: Path
) -> None:
    await rehearsal.say("a cat on a mat", member="grace")
    await visitor.open()
    await right_click(visitor, "a cat on a mat")
    entries = await visitor.page.get_by_role("menuitem").all_inner_texts()
    assert entries == ["Remix", "Image info", "Reply", "Copy text", "Copy message ID"]
    await entry(visitor, "Remix")
    form = visitor.page.get_by_role("dialog", name="Remix the picture")
    await form.wait_for()
    prompt = form.get_by_label("Prompt")
    assert await prompt.input_value() == RED_ON_BLUE
    await prompt.fill("")
    await form.get_by_role("button", name="Submit").click()
    await visitor.sees("dialog >> text=This field is required.")
    await prompt.fill("a dog on a log")
    await form.get_by_role("combobox", name="Look").click()
    await visitor.keys.type("ink")
    await visitor.keys.press("Enter")
    await form.get_by_role("combobox", name="Draw it for").click()
    await visitor.page.get_by_role("option", name="Linus").click()
    await form.locator("input[type=file]").set_input_files(picture)
    await form.get_by_text("mine.png").wait_for()
    await form.get_by_role("button", name="Submit").click()
    await visitor.sees("text=Remixed: a dog on a log, ink, mine.png")
    await form.wait_for(state="detached")
    submission = rehearsal.interactions[-1].data
    linus = str(rehearsal.hub.world.member("linus").id)
    values = [part["component"].get("values") for part in submission["components"] if "component" in part]
    assert values[2] == [linus] and linus in submission["resolved"]["users"]


async def test_a_form_that_was_not_taken_keeps_what_was_written(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal
) -> None:
    await rehearsal.say("a cat on a mat", member="grace")
    await visitor.open()
    await right_click(visitor, "a cat on a mat")
    await entry(visitor, "Remix")
    form = visitor.page.get_by_role("dialog", name="Remix the picture")
    await form.get_by_label("Prompt").fill("a long and careful text")
    rehearsal.faults.refuse(50035, route="POST /interactions/*")
    await form.get_by_role("button", name="Submit").click()
    await visitor.sees("dialog >> text=Something went wrong. Try again.")
    assert await form.get_by_label("Prompt").input_value() == "a long and careful text"
    await form.get_by_role("button", name="Submit").click()
    await visitor.sees("text=Remixed: a long and careful text")


async def test_the_same_menu_with_the_keyboard_and_with_a_finger(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal
) -> None:
    await rehearsal.say("a cat on a mat", member="grace")
    await visitor.open()
    more = visitor.page.locator(".message .more-tools").last
    await more.focus()
    await visitor.keys.press("Enter")
    await visitor.sees("[role=menu]")
    assert await visitor.focused() == "Remix"
    await visitor.keys.press("ArrowDown")
    await visitor.keys.press("Enter")
    await visitor.sees(".private >> text=There is no picture in it.")
    await more.focus()
    await visitor.keys.press("Enter")
    await visitor.keys.press("Escape")
    assert await visitor.page.locator("[role=menu]").count() == 0
    assert await visitor.focused() == "More", "the focus is where it was"

    await visitor.page.set_viewport_size(PHONE)
    touch = {"pointerType": "touch", "bubbles": True, "clientX": 120, "clientY": 300}
    await (
        visitor.page.locator(".message", has_text="a cat on a mat")
        .first.locator(".text")
        .dispatch_event("pointerdown", touch)
    )
    sheet = await visitor.page.wait_for_selector("[role=menu]")
    box = await sheet.bounding_box()
    assert (box["x"], box["width"]) == (0, 390) and round(box["y"] + box["height"]) == 844, "a sheet from below"
    await visitor.page.mouse.click(100, 60)
    await visitor.page.wait_for_selector("[role=menu]", state="detached")


async def test_menus_on_people(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open()
    people = visitor.page.get_by_role("complementary", name="Members")
    await people.get_by_role("button", name="Linus").click(button="right")
    await entry(visitor, "Portrait")
    await visitor.sees("text=A portrait of @Linus")
    await visitor.page.locator(".by .name", has_text="Lienzo").last.click()
    card = visitor.page.get_by_role("dialog", name="Lienzo")
    await card.get_by_role("button", name="Message").click()
    await visitor.sees("text=Welcome to Lienzo")
    await visitor.open("#art")
    await people.get_by_role("button", name="Linus").click()
    card = visitor.page.get_by_role("dialog", name="Linus")
    assert await card.get_by_role("list", name="Roles").inner_text() == "Moderator"
    await card.get_by_role("button", name="Portrait").click()
    await rehearsal.wait_until(lambda: [m.content for m in rehearsal.messages()].count("A portrait of <@{}>".format(rehearsal.hub.world.member("linus").id)) == 2)  # fmt: skip
    assert rehearsal.interactions[-1].data["type"] == 2


async def test_all_kinds_of_select(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open()
    await visitor.keys.type("/settings ")
    await visitor.keys.press("Enter")
    await visitor.sees(".container >> text=Settings")

    async def choose(placeholder: str, *names: str) -> dict[str, Any]:
        before = len(rehearsal.interactions)
        await visitor.page.get_by_role("combobox", name=placeholder).click()
        for name in names:
            await visitor.page.get_by_role("option", name=name, exact=True).click()
        if await visitor.page.locator("[role=listbox]").count():
            await visitor.keys.press("Tab")
        await rehearsal.wait_until(lambda: len(rehearsal.interactions) > before)
        return rehearsal.interactions[-1].data

    world = rehearsal.hub.world
    assert (await choose("Any role", "Moderator", "Operator"))["values"] == [str(world.guilds[0].roles[2].id), str(world.guilds[0].roles[3].id)]  # fmt: skip
    where = await choose("Any channel", "#gallery")
    assert where["component_type"] == 8 and list(where["resolved"]["channels"]) == [str(world.channel("gallery").id)]
    assert (await choose("Nobody is asked", "Grace member"))["component_type"] == 5
    names = await visitor.page.get_by_role("combobox").all_inner_texts()
    assert "Grace" in names
    model = await choose("Make a selection", "SDXL Large, slow, good")
    assert model["values"] == ["sdxl"] and model["component_type"] == 3
    await visitor.sees("text=The model is sdxl now.")


async def test_files_wait_in_a_tray_and_may_hide(
    visitor: Visitor, painter: Painter, rehearsal: Rehearsal, picture: Path
) -> None:
    await visitor.open()
    chooser = visitor.page.locator("#composer > div > input[type=file]")
    await chooser.set_input_files([picture, picture])
    await visitor.page.get_by_role("button", name="Remove mine.png").first.click()
    await visitor.page.get_by_role("button", name="Hide mine.png behind a spoiler").click()
    assert rehearsal.messages() == []
    await visitor.page.fill("#composer-text", "do not look")
    await visitor.page.get_by_role("button", name="Send").click()
    cover = await visitor.page.wait_for_selector(".picture.covered")
    message = rehearsal.messages()[-1]
    assert [(a.filename, a.spoiler) for a in message.attachments] == [("SPOILER_mine.png", True)]
    await cover.click()
    assert await visitor.page.locator(".picture.covered").count() == 0
    assert await visitor.page.locator("dialog.viewer").count() == 0, "the first click only uncovers"


async def test_a_picture_as_an_option(visitor: Visitor, painter: Painter, rehearsal: Rehearsal, picture: Path) -> None:
    painter.go_on.set()
    await visitor.open()
    await visitor.keys.type("/imagine ")
    await visitor.keys.type("like this init_image:")
    pill = visitor.page.locator(".pill[data-option=init_image]")
    await pill.locator("input[type=file]").set_input_files(picture)
    await pill.get_by_text("mine.png").wait_for()
    await visitor.page.get_by_role("button", name="Send").click()
    await visitor.sees("text=seed 7, small, no style, from mine.png")
    assert list(rehearsal.interactions[-1].data["resolved"]["attachments"].values())[0]["filename"] == "mine.png"  # noqa: RUF015


async def test_a_layout_and_what_it_hides(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open()
    await visitor.keys.type("/layout")
    await visitor.keys.press("Enter")
    await visitor.keys.press("Enter")
    await visitor.sees(".container .pictures.many")
    assert await visitor.page.locator(".container .pictures.many img").count() == 4
    hidden = visitor.page.locator(".covered-part")
    assert await hidden.locator(":scope > [inert]").count() == 1, "no keyboard gets into it"
    await hidden.get_by_role("button", name="Spoiler, show it").click()
    assert await hidden.locator("[inert]").count() == 0
    await visitor.page.locator(".container .pictures.many .picture").first.click()
    first = await visitor.page.get_attribute("dialog.viewer img", "src")
    await visitor.keys.press("ArrowRight")
    assert await visitor.page.get_attribute("dialog.viewer img", "src") != first
    await visitor.keys.press("Escape")
    link = visitor.page.get_by_role("link", name="settings.txt")
    assert (await link.get_attribute("href") or "").startswith("/cdn/attachments/")


async def test_what_is_remembered_over_a_reload(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open()
    await visitor.keys.type("half a thou")
    await visitor.page.get_by_role("button", name="Members").click()
    await visitor.page.get_by_role("button", name="Theme: as the system's").click()
    assert await visitor.page.evaluate("document.documentElement.dataset.theme") == "dark"
    await visitor.page.locator(".channel", has_text="gallery").click()
    assert await visitor.page.input_value("#composer-text") == ""
    await visitor.keys.type("/imagine a boat seed:")
    await visitor.keys.type("9")
    await visitor.page.reload()
    await visitor.sees("body[data-ready]")
    assert await visitor.page.inner_text("#channel-name") == "# gallery"
    assert await visitor.page.input_value(".pill[data-option=prompt] textarea") == "a boat"
    assert await visitor.page.input_value(".pill[data-option=seed] input") == "9"
    assert await visitor.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert not await visitor.page.locator("#people").is_visible()
    await visitor.page.locator(".channel", has_text="art").first.click()
    assert await visitor.page.input_value("#composer-text") == "half a thou"


async def test_another_server_in_another_language(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    painter.go_on.set()
    await visitor.open("?as=ines#art")
    await visitor.page.get_by_role("button", name="Taller de arte").click()
    await visitor.sees("text=Welcome to #lienzos")
    await visitor.page.focus("#composer-text")
    await visitor.keys.type("/imag")
    await visitor.sees(".item.active >> text=/imagina")
    await visitor.keys.press("Enter")
    await visitor.keys.type("un barco semilla:")
    await visitor.keys.type("3")
    await visitor.keys.press("Enter")
    await visitor.sees("text=seed 3")
    record = rehearsal.interactions[-1]
    assert record.data["name"] == "imagine" and record.channel.key == "lienzos"
    assert [o["name"] for o in record.data["options"]] == ["prompt", "seed"]
    await visitor.page.get_by_role("button", name="Lienzo rehearsal").click()
    await visitor.sees("text=Welcome to #art")


async def test_what_goes_wrong_can_be_switched_on(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open()
    await visitor.page.get_by_role("button", name="What can go wrong").click()
    board = visitor.page.get_by_role("dialog", name="What can go wrong")
    await board.get_by_label("Befalls").select_option(label="first answers")
    await board.get_by_role("button", name="Missing permissions").click()
    await board.get_by_text("refuse on POST /interactions/*: 1 to go").wait_for()
    await visitor.page.fill("#composer-text", "/help")
    await visitor.keys.press("Enter")
    await visitor.keys.press("Enter")
    await visitor.sees("text=The application did not respond")
    async with visitor.page.expect_response(lambda answer: answer.request.method == "POST" and "faults" in answer.url):
        await board.get_by_role("button", name="All is well again", exact=True).click()
    await board.get_by_text("Nothing", exact=True).wait_for()
    assert rehearsal.faults.requests == []


async def test_an_age_restricted_channel_asks_first(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open("?as=joan#after-dark")
    await visitor.sees("text=Joan is not old enough to enter.")
    assert await visitor.page.get_by_role("button", name="Continue").count() == 0
    await visitor.page.get_by_role("button", name="Go back").click()
    await visitor.sees("text=Welcome to #art")
    await visitor.open("?as=ada#after-dark")
    await visitor.page.get_by_role("button", name="Continue").click()
    await visitor.page.fill("#composer-text", "I am old enough")
    await visitor.page.reload()
    await visitor.sees("body[data-ready]")
    assert await visitor.page.locator("#composer-text").is_visible(), "it asks once"


async def test_a_channel_that_is_deleted_is_left(visitor: Visitor, painter: Painter, rehearsal: Rehearsal) -> None:
    await visitor.open("#gallery")
    await visitor.page.get_by_role("button", name="What can go wrong").click()
    board = visitor.page.get_by_role("dialog", name="What can go wrong")
    await board.get_by_role("button", name="Delete it").click()
    await visitor.sees("#channel-name >> text=# art")
    assert await visitor.page.locator(".channel", has_text="gallery").count() == 0
    await board.get_by_role("button", name="All is well again", exact=True).click()
    await visitor.sees(".channel >> text=gallery")
