"""Every way in x everybody who may stand there: who gets a picture, and what the others are told."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal import InteractionRecord, Message, NotAllowed
from bot.rehearsal.world import GUILD_ID
from db import Database, GenerationState, restrictions
from db.restrictions import Restriction, RestrictionKind
from tests.e2e.conftest import Stage
from tests.e2e.test_house import choose, panel, write
from tests.e2e.test_moderation import REFUSED, command
from tests.e2e.test_pictures import WIDE, a_file, press, whisper_of
from tests.inference.writing.tiny import save_captioner, save_expander

EVERYTHING: dict[str, Any] = {
    "quota": {"max_waiting": 100, "credits_per_day": 1000},
    "checkpoints": WIDE,
    "safety": {"uploads": "unchecked", "strikes": 0},
}
DRAWN, THEIRS, PAUSED, ELSEWHERE = "drawn", "somebody else's", "paused", "elsewhere"
FORM = {"prompt": "a red fox", "negative_prompt": "", "seed": "5", "steps": "9", "guidance": "4"}

# What a member does, on ada's picture where it is about one; the interaction that should draw comes back.
Door = Callable[[Stage, str, str, Message], Awaitable[InteractionRecord]]


async def imagine(stage: Stage, member: str, channel: str, _: Message, **options: Any) -> InteractionRecord:
    return await stage.discord.slash("imagine", {"prompt": "a fox", **options}, member=member, channel=channel)


async def upload(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    return await imagine(stage, member, channel, _, image=("mine.png", a_file()), strength=0.5)


async def compare(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    options = {"prompt": "a fox", "parameter": "steps", "values": "3, 4"}
    return await stage.discord.slash("compare", options, member=member, channel=channel)


async def control(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    options = {"prompt": "a fox", "control_image": ("mine.png", a_file())}
    return await stage.discord.slash("control", options, member=member, channel=channel)


async def blend(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    options = {"prompt": "a fox", "first": ("mine.png", a_file())}
    return await stage.discord.slash("blend", options, member=member, channel=channel)


def written(command_name: str, **options: Any) -> Door:
    """What a model wrote, drawn."""

    async def draw(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
        record = await stage.discord.slash(command_name, options, member=member, channel=channel)
        answer = await whisper_of(stage, record)
        if not answer.buttons:
            return record
        return await stage.discord.press(answer, "lienzo:written:0", member=member)

    return draw


async def example(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    lesson = await stage.answer(await stage.discord.slash("help", {}, member=member, channel=channel))
    return await stage.discord.press(lesson, "lienzo:example:0", member=member)


async def confirmed(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    """In a server that asks back above 2.5 credits."""
    record = await imagine(stage, member, channel, _, steps=33)
    if channel == "dm":
        return record
    question = await whisper_of(stage, record)
    return await press(stage, question, "Draw", member) if question.buttons else record


async def edited_after_refusal(stage: Stage, member: str, channel: str, _: Message) -> InteractionRecord:
    record = await stage.discord.slash("imagine", {"prompt": REFUSED}, member=member, channel=channel)
    refusal = await whisper_of(stage, record)
    if not refusal.buttons:
        return record
    form = await stage.discord.answered(await press(stage, refusal, "Edit", member))
    return await stage.discord.submit_modal(form, FORM, member=member)


def button(label: str) -> Door:
    async def pressed(stage: Stage, member: str, _: str, picture: Message) -> InteractionRecord:
        return await press(stage, picture, label, member)

    return pressed


async def edit(stage: Stage, member: str, _: str, picture: Message) -> InteractionRecord:
    return await _submitted(stage, await press(stage, picture, "Edit", member), member)


def menu(name: str) -> Door:
    async def chosen(stage: Stage, member: str, _: str, picture: Message) -> InteractionRecord:
        record = await stage.discord.context_menu(name, message_id=picture, member=member)
        return await _submitted(stage, record, member)

    return chosen


async def _submitted(stage: Stage, record: InteractionRecord, member: str) -> InteractionRecord:
    record = await stage.discord.answered(record)
    return record if record.modal is None else await stage.discord.submit_modal(record, FORM, member=member)


# Door -> what comes of it for ada, whose picture it is; for another member; for a moderator; and for ada again: while
# she is paused, in a channel that is not for drawing, in direct messages.
ANYBODYS = (DRAWN, DRAWN, DRAWN, PAUSED, ELSEWHERE, DRAWN)
OWNERS = (DRAWN, THEIRS, THEIRS, PAUSED, ELSEWHERE, DRAWN)
DOORS: dict[str, tuple[Door, tuple[str, ...]]] = {
    "/imagine": (imagine, ANYBODYS),
    "/imagine from a picture": (upload, ANYBODYS),
    "/compare": (compare, ANYBODYS),
    "/control": (control, ANYBODYS),
    "/blend": (blend, ANYBODYS),
    "Draw, under a suggestion": (written("suggest", prompt="a red apple"), ANYBODYS),
    "Draw, under a caption": (written("describe", image=("mine.png", a_file())), ANYBODYS),
    "an example of /help": (example, ANYBODYS),
    "Draw, after being asked back": (confirmed, ANYBODYS),
    "Edit, after a refusal": (edited_after_refusal, ANYBODYS),
    "Reroll": (button("Reroll"), OWNERS),
    "Vary": (button("Vary"), OWNERS),
    "Upscale": (button("Upscale"), OWNERS),
    "Edit": (edit, OWNERS),
    "menu: Remix": (menu("Remix"), ANYBODYS),
    "menu: Upscale": (menu("Upscale"), OWNERS),
}


async def outcome(stage: Stage, record: InteractionRecord) -> str:
    """What became of it, in one word."""

    def said() -> str | None:
        assert record.error is None, record.error
        answers = [*([record.message] if record.message else []), *record.followups]
        for one in answers:
            if one.attachments:
                return DRAWN
            if one.ephemeral and one.content and not one.loading:
                return one.content
        return None

    await stage.discord.wait_until(said, timeout=30)
    text = said() or ""
    known = {
        "somebody else's": THEIRS,
        "Only the person": THEIRS,
        "may not ask for pictures": PAUSED,
        "asked for in": ELSEWHERE,
    }
    return next((word for part, word in known.items() if part in text), text)


@pytest.fixture
def everything(tmp_path: Path) -> dict[str, Any]:
    """With models beside the one that draws; the test cards' runner does not load those that go into it."""
    save_captioner(tmp_path / "captioner")
    save_expander(tmp_path / "expander")
    return {
        **EVERYTHING,
        "controlnets": {"outlines": {"path": "unused"}},
        "ip_adapters": {"likeness": {"path": "unused", "image_encoder": "unused"}},
        "writing": {
            "caption_checkpoint": str(tmp_path / "captioner"),
            "expansion_checkpoint": str(tmp_path / "expander"),
        },
    }


async def test_who_gets_through_which_door(stage: Stage, everything: dict[str, Any]) -> None:
    async with stage.bot(**everything):
        rules = await panel(stage)
        await write(stage, rules, "confirm_above", "2.5")
        here = await stage.final(await imagine(stage, "ada", "art", rules, size="64x64"))
        private = await stage.final(await imagine(stage, "ada", "dm", rules, size="64x64"))
        found: dict[str, list[str]] = {name: [] for name in DOORS}

        async def everybody_tries(member: str, channel: str, picture: Message) -> None:
            for name, (door, _) in DOORS.items():
                found[name].append(await outcome(stage, await door(stage, member, channel, picture)))

        await everybody_tries("ada", "art", here)
        await everybody_tries("grace", "art", here)
        await everybody_tries("linus", "art", here)
        await command(stage, "moderate pause", whom="ada", duration="1 hour", reason="a test")
        await everybody_tries("ada", "art", here)
        await command(stage, "moderate unban", whom="ada", reason="a test")
        await choose(stage, await panel(stage), "channels", str(stage.discord.channel_id("gallery")))
        await everybody_tries("ada", "art", here)
        await everybody_tries("ada", "dm", private)
    assert {name: tuple(results) for name, results in found.items()} == {
        name: expected for name, (_, expected) in DOORS.items()
    }


async def test_discord_itself_lets_nobody_in_where_apps_are_not_allowed_or_not_installed(stage: Stage) -> None:
    async with stage.bot():
        for channel in ("no-apps", "lobby"):
            with pytest.raises(NotAllowed):
                await stage.discord.slash("imagine", {"prompt": "a fox"}, member="ada", channel=channel)


async def test_who_was_paused_while_the_bot_was_away_gets_nothing_that_waited(stage: Stage) -> None:
    async with stage.bot(engine={"fake_step_seconds": 0.1}, imagine={"shutdown_seconds": 0}):
        record = await stage.imagine("a fox", steps=60)
        await stage.answer(record)
    pause = Restriction(
        id=1,
        guild_id=GUILD_ID,
        user_id=record.member.id,
        kind=RestrictionKind.BAN,
        reason="",
        made_by=2,
        made_at_ms=1,
        expires_at_ms=None,
    )
    async with Database(stage.folder / "lienzo.sqlite3", "FULL") as database:
        await database.write(lambda connection: restrictions.impose_on(connection, pause))
    async with stage.bot():
        message = await stage.final(record)
        row = await stage.wait_for_row(record, lambda row: row.state.is_final)
    assert row.state is GenerationState.CANCELLED
    assert "moderators ended this" in message.content
    assert await stage.used() == 0
