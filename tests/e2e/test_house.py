"""House rules, styles, questions before spending and the gallery, on the real client: as managers and members see them."""

import asyncio
from typing import Any

import pytest

from bot.rehearsal import InteractionRecord, Message, NotAllowed
from bot.rehearsal.world import MODERATOR_ROLE_ID
from db import GenerationState
from tests.e2e.conftest import Stage
from tests.e2e.test_pictures import a_file, press, whisper_of

TWO = {
    "checkpoints": {
        "builtin": {"builtin": "tiny", "sizes": ["64x64", "96x64"], "max_pixels": 128 * 128, "enlarge_to_pixels": 0},
        "other": {"builtin": "tiny", "sizes": ["128x64"], "max_pixels": 128 * 128, "label": "Watercolours"},
    },
    "quota": {"max_waiting": 10},
}


async def panel(stage: Stage, member: str = "linus", **options: Any) -> Message:
    return await stage.answer(await stage.discord.slash("settings show", options, member=member))


async def choose(stage: Stage, message: Message, setting: str, *values: str, channel: int = 0, role: str = "") -> str:
    """Choose a setting, then its values from the menu; returns what the panel says then."""
    record = await stage.discord.select(message, f"lienzo:house:change:{channel}", setting, member="linus")
    await stage.discord.answered(record)
    await stage.discord.wait_until(lambda: any(setting in str(one) for one in ids(message)), timeout=10)
    record = await stage.discord.select(message, f"lienzo:house:set:{channel}:{setting}{role}", values, member="linus")
    await stage.discord.answered(record)
    await stage.discord.wait_until(lambda: f"lienzo:house:change:{channel}" in ids(message), timeout=10)
    return message.content


async def write(stage: Stage, message: Message, setting: str, text: str, channel: int = 0) -> InteractionRecord:
    record = await stage.discord.select(message, f"lienzo:house:change:{channel}", setting, member="linus")
    form = await stage.discord.answered(record)
    return await stage.discord.answered(await stage.discord.submit_modal(form, {setting: text}))


def ids(message: Message) -> list[str]:
    return [part["custom_id"] for row in message.components for part in row["components"]]


async def told(stage: Stage, prompt: str = "a fox", member: str = "ada", channel: str = "art", **options: Any) -> str:
    record = await stage.discord.slash("imagine", {"prompt": prompt, **options}, member=member, channel=channel)
    return (await whisper_of(stage, record)).content


async def values(stage: Stage, focused: str, channel: str = "art", **options: Any) -> list[str]:
    found = await stage.discord.autocomplete("imagine", {"prompt": "x", **options}, focused, channel=channel)
    return [str(choice.value) for choice in found]


async def test_what_managers_choose_holds_for_every_way_of_asking_also_after_a_restart(stage: Stage) -> None:
    art = stage.discord.channel_id("art")
    async with stage.bot(**TWO):
        old = await stage.final(await stage.imagine("a fox", size="96x64", steps=40))
        shown = await panel(stage)
        assert "**Models** `builtin`, `other` · operator" in shown.content
        assert "✅ Models" in await choose(stage, shown, "checkpoints", "other")
        assert "**Models** `other` · this server" in shown.content
        assert "**Usual model** `other`" in shown.content
        assert "there are: other. Nothing was charged" in await told(stage, checkpoint="builtin")
        assert "there are: other" in (await whisper_of(stage, await press(stage, old, "Reroll"))).content
        assert "there are: other" in (await whisper_of(stage, await press(stage, old, "Vary"))).content
        form = await stage.discord.answered(await press(stage, old, "Edit"))
        fields = {"prompt": "a bear", "negative_prompt": "", "seed": "", "steps": "9", "guidance": "3"}
        edited = await stage.discord.submit_modal(form, fields)
        assert "there are: other" in (await whisper_of(stage, edited)).content
        assert await values(stage, "checkpoint", checkpoint="") == ["other"]
        assert await values(stage, "size", size="") == ["128x64"]

        # One channel has its own, within what the operator has; its threads, too.
        await stage.discord.select(shown, "lienzo:house:place:0", ["art"], member="linus")
        await stage.discord.wait_until(lambda: f"lienzo:house:change:{art}" in ids(shown), timeout=10)
        await choose(stage, shown, "checkpoints", "builtin", channel=art)
        assert "**Models** `builtin` · this channel" in shown.content
        await write(stage, shown, "most_steps", "20", channel=art)
        await stage.discord.wait_until(lambda: "**Steps** 20 · this channel" in shown.content, timeout=10)
        for channel, names in (("art", ["builtin"]), ("sketches", ["builtin"]), ("gallery", ["other"])):
            assert await values(stage, "checkpoint", channel=channel, checkpoint="") == names
        assert "40 is not possible; use 1 to 20" in (await whisper_of(stage, await press(stage, old, "Reroll"))).content
        refused = await write(stage, shown, "most_steps", "500000", channel=art)
        assert "use 1 to 60. Nothing was changed" in (await whisper_of(stage, refused)).content
    async with stage.bot(**TWO):
        assert "there are: builtin" in await told(stage, checkpoint="other")
        assert "there are: other" in await told(stage, channel="gallery", checkpoint="builtin")
        # Also an old panel goes on.
        await stage.discord.select(shown, f"lienzo:house:change:{art}", "checkpoints", member="linus")
        await stage.discord.wait_until(lambda: f"lienzo:house:reset:{art}:checkpoints" in ids(shown), timeout=10)
        await stage.discord.press(shown, f"lienzo:house:reset:{art}:checkpoints", member="linus")
        await stage.discord.wait_until(lambda: "**Models** `other` · this server" in shown.content, timeout=10)
        assert "**Steps** 20 · this channel" in shown.content


async def test_channels_counts_defaults_and_language(stage: Stage) -> None:
    async with stage.bot(**TWO, safety={"uploads": "unchecked"}):
        shown = await panel(stage)
        await choose(stage, shown, "channels", "art", "gallery")
        assert f"asked for in <#{stage.discord.channel_id('art')}>" in await told(stage, channel="after-dark")
        record = await stage.discord.slash("imagine", {"prompt": "a fox"}, channel="sketches")
        assert (await stage.final(record)).attachments, "a thread of an allowed channel"
        await choose(stage, shown, "most_pictures", "2")
        assert "use 1 to 2" in await told(stage, count=3)
        await choose(stage, shown, "size", "96x64")
        await write(stage, shown, "negative_prompt", "rain")
        await choose(stage, shown, "language", "es")
        record = await stage.imagine("a fox")
        assert "sin `rain`" in (await stage.final(record)).content
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert (row.parameters.width, row.parameters.height, row.parameters.negative_prompt) == (96, 64, "rain")
        await choose(stage, shown, "uploads", "Moderator", role=":role")
        assert f"only from members of <@&{MODERATOR_ROLE_ID}>" in await told(stage, image=("x.png", a_file()))
        record = await stage.imagine("a fox", member="linus", image=("x.png", a_file()))
        assert (await stage.final(record)).attachments


async def test_only_managers_see_and_use_the_panel(stage: Stage) -> None:
    async with stage.bot():
        with pytest.raises(NotAllowed):
            await panel(stage, "ada")
        stage.discord.permit("settings", "@everyone", True)
        assert "Manage Server" in (await panel(stage, "ada")).content


async def test_a_new_servers_manager_is_guided_once(stage: Stage) -> None:
    def guides() -> int:
        return sum("Lienzo is ready" in one.content for one in stage.discord.messages("art", "linus"))

    async with stage.bot():
        await stage.final(await stage.imagine("a fox"))
        assert guides() == 0
        await stage.final(await stage.imagine("a fox", member="linus"))
        await stage.discord.wait_until(lambda: guides() == 1, timeout=10)
    async with stage.bot():
        await stage.final(await stage.imagine("a fox", member="linus"))
        assert guides() == 1
        said = await stage.answer(await stage.discord.slash("settings guide", {}, member="linus"))
        assert "Lienzo is ready" in said.content


async def test_styles_are_made_by_managers_and_chosen_by_members(stage: Stage) -> None:
    async def said(command: str, member: str = "linus", **options: Any) -> str:
        record = await stage.discord.slash(f"preset {command}", options, member=member)
        return (await whisper_of(stage, record)).content

    async with stage.bot(**TWO):
        assert "no styles yet" in await said("list", "ada")
        assert "Manage Server" in await said("add", "ada", name="ink", prompt="in ink")
        assert "`Ink` is there" in await said(
            "add", name="Ink", prompt="an etching of {prompt}", negative_prompt="blur"
        )
        assert "already" in await said("add", name="ink", prompt="x")
        assert "graphic violence" in await said("add", name="bad", prompt="gory entrails")
        assert "**Ink** `an etching of {prompt}`" in await said("list", "ada")
        assert await values(stage, "preset", preset="in") == ["Ink"]
        record = await stage.imagine("a fox", preset="ink", seed=5)
        message = await stage.final(record)
        assert message.content.startswith("`a fox`")
        assert "style Ink" in message.content
        row = await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE)
        assert (row.parameters.prompt, row.parameters.negative_prompt) == ("an etching of a fox", "blur")
        assert "there are: Ink" in await told(stage, preset="oil")

        # The gate reads what is drawn, not only what was typed.
        await said("add", name="half", prompt="a gor{prompt}")
        assert "graphic violence" in await told(stage, "y fox", preset="half")

        form = await stage.discord.answered(await stage.discord.slash("preset edit", {"name": "Ink"}, member="linus"))
        changed = await stage.discord.submit_modal(form, {"prompt": "in oil", "negative_prompt": ""})
        assert "is changed" in (await whisper_of(stage, changed)).content
        form = await stage.discord.answered(await press(stage, message, "Edit"))
        assert "a fox" in str(form.modal)
        assert "etching" not in str(form.modal)
        fields = {"prompt": "a bear", "negative_prompt": "", "seed": "5", "steps": "9", "guidance": "3"}
        edited = await stage.discord.submit_modal(form, fields)
        assert (await stage.final(edited)).content.startswith("`a bear`")
        row = await stage.wait_for_row(edited, lambda row: row.state is GenerationState.DONE)
        assert row.parameters.prompt == "an etching of a bear", "the style as it was"
        assert "is gone" in await said("remove", name="ink")
        rerolled = await press(stage, message, "Reroll")
        await stage.final(rerolled)
        row = await stage.wait_for_row(rerolled, lambda row: row.state is GenerationState.DONE)
        assert row.parameters.prompt == "an etching of a fox"


async def test_what_costs_much_is_asked_back_first(stage: Stage) -> None:
    def buttons(message: Message) -> dict[str, str]:
        return {str(one["label"]): str(one["custom_id"]) for one in message.buttons}

    async with stage.bot(**TWO):
        shown = await panel(stage)
        await write(stage, shown, "confirm_above", "2")
        assert (await stage.final(await stage.imagine("a fox", count=2))).attachments, "as much as is free to spend"
        record = await stage.imagine("a fox", count=3, seed=5)
        asked = await whisper_of(stage, record)
        assert asked.ephemeral
        assert "That costs **3 credits**; you have 48 credits" in asked.content
        assert await stage.used() == 2000
        drawn = await stage.discord.press(asked, buttons(asked)["Draw"])
        picture = await stage.final(drawn)
        assert picture.attachments
        assert not picture.ephemeral
        await stage.discord.wait_until(lambda: asked.deleted, timeout=10)
        assert await stage.used() == 5000

        # What is made of it is asked back, too; no means no, and another go after a refusal is possible.
        asked = await whisper_of(stage, await press(stage, picture, "Reroll"))
        await stage.discord.press(asked, buttons(asked)["Cancel"])
        await stage.discord.wait_until(lambda: "Nothing was charged" in asked.content, timeout=10)
        asked = await whisper_of(stage, await press(stage, picture, "Reroll"))
        await choose(stage, shown, "most_pictures", "2")
        refused = await stage.discord.press(asked, buttons(asked)["Draw"])
        assert "use 1 to 2" in (await whisper_of(stage, refused)).content
        assert await stage.used() == 5000
        await choose(stage, shown, "most_pictures", "4")
        record = await stage.discord.press(asked, buttons(asked)["Draw"])
        assert (await stage.final(record)).attachments
        assert await stage.used() == 8000
        left = await whisper_of(stage, await press(stage, picture, "Reroll"))
    async with stage.bot(**TWO):
        await stage.discord.press(left, buttons(left)["Draw"])
        await stage.discord.wait_until(lambda: "This question is over" in left.content, timeout=10)
    assert await stage.used() == 8000


async def test_the_best_liked_hang_in_the_gallery_until_they_are_deleted(stage: Stage) -> None:
    def exhibits() -> list[Message]:
        return [one for one in stage.discord.messages("gallery", "ada") if one.content.startswith("⭐")]

    async with stage.bot(**TWO):
        shown = await panel(stage)
        await choose(stage, shown, "gallery", "gallery")
        await write(stage, shown, "stars", "2")
        record = await stage.imagine("a fox", seed=5)
        picture = await stage.final(record)
        for member in ("ada", "grace"):
            await whisper_of(stage, await press(stage, picture, "Favourite", member=member))
        assert exhibits() == []
        await choose(stage, shown, "gallery", "read-only")
        await whisper_of(stage, await press(stage, picture, "Favourite", member="linus"))
        for _ in range(50):
            if "could not be shown in" in (now := await panel(stage)).content:
                break
            await asyncio.sleep(0.1)
        assert "could not be shown in" in now.content
        await choose(stage, shown, "gallery", "gallery")
        for _ in range(2):  # no more, and again
            await whisper_of(stage, await press(stage, picture, "Favourite", member="linus"))
        await stage.discord.wait_until(lambda: len(exhibits()) == 1, timeout=10)
        [exhibit] = exhibits()
        assert exhibit.attachments[0].data == picture.attachments[0].data
        assert f"⭐ **2** · by <@{record.member.id}>" in exhibit.content
        assert f"/{picture.channel_id}/{picture.id})" in exhibit.content
    async with stage.bot(**TWO):
        await whisper_of(stage, await press(stage, exhibit, "Favourite", member="margaret"))
        told = (await whisper_of(stage, await press(stage, exhibit, "Info", member="grace"))).content
        assert "⭐ 4" in told
        assert len(exhibits()) == 1
        form = await stage.discord.answered(
            await stage.discord.context_menu("Remix", message_id=exhibit, member="grace", channel="gallery")
        )
        assert "a fox" in str(form.modal)
        await whisper_of(stage, await press(stage, picture, "Delete"))
        await stage.discord.wait_until(lambda: exhibit.deleted, timeout=10)
