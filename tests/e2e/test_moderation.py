"""Moderation on the real client: what the refused, the reporting and the moderators see, and that nobody slips through."""

from typing import Any

from bot.rehearsal import Message
from db import GenerationState
from tests.e2e.conftest import Stage
from tests.e2e.test_house import choose, panel
from tests.e2e.test_pictures import press, whisper_of
from tests.lookout import texts

MANY = {"quota": {"max_waiting": 10}}
SLOW = {"engine": {"fake_step_seconds": 0.1}}
# Stand-in words: what the rules find is not written out anywhere.
REFUSED = "gory entrails on a plate"


async def command(stage: Stage, name: str, member: str = "linus", channel: str = "art", **options: Any) -> str:
    """What only the one who typed it is told."""
    if who := options.pop("whom", None):
        options["member"] = who
    return texts(await whisper_of(stage, await stage.discord.slash(name, options, member=member, channel=channel)))


async def told(stage: Stage, prompt: str = "a fox", member: str = "ada", channel: str = "art") -> Message:
    record = await stage.discord.slash("imagine", {"prompt": prompt}, member=member, channel=channel)
    return await whisper_of(stage, record)


async def open_reviews(stage: Stage) -> None:
    gallery = str(stage.discord.channel_id("gallery"))
    message = await panel(stage)
    await choose(stage, message, "reviews", gallery)
    await choose(stage, message, "log", gallery)


def posted(stage: Stage, words: str, channel: str = "gallery") -> list[Message]:
    return [one for one in stage.discord.messages(channel, "linus") if words in one.content]


async def only_posted(stage: Stage, words: str, channel: str = "gallery") -> Message:
    await stage.discord.wait_until(lambda: posted(stage, words, channel))
    [message] = posted(stage, words, channel)
    return message


async def test_a_refused_member_edits_or_asks_and_one_moderator_decides_once(stage: Stage) -> None:
    async with stage.bot(**MANY):
        refusal = await told(stage, REFUSED)
        assert "graphic violence" in refusal.content
        assert REFUSED not in refusal.content
        assert "cannot be asked" in (await whisper_of(stage, await press(stage, refusal, "Ask a moderator"))).content
        await open_reviews(stage)

        refusal = await told(stage, REFUSED)
        stranger = await press(stage, refusal, "Ask a moderator", member="ada")
        assert "have been asked" in (await whisper_of(stage, stranger)).content
        asked = await only_posted(stage, "asks about a prompt")
        assert f"||`{REFUSED}`||" in asked.content, "behind a spoiler"
        again = await press(stage, refusal, "Ask a moderator")
        assert "have been asked" in (await whisper_of(stage, again)).content
        assert len(posted(stage, "asks about a prompt")) == 1

        nobody = await press(stage, asked, "Approve once", member="grace")
        assert "Only moderators" in (await whisper_of(stage, nobody)).content
        await stage.discord.answered(await press(stage, asked, "Approve once", member="linus"))
        await stage.discord.wait_until(lambda: "let the prompt of" in asked.content)
        assert REFUSED not in asked.content
        assert not asked.buttons
        await stage.discord.wait_until(lambda: posted(stage, "let your prompt pass", "dm") or _dm(stage, "ada"))

        drawn = await stage.imagine(REFUSED)
        assert (await stage.final(drawn)).attachments, "the very same words, once"
        assert "graphic violence" in (await told(stage, REFUSED)).content
        assert "graphic violence" in (await told(stage, REFUSED, "grace")).content

        form = await stage.discord.answered(await press(stage, await told(stage, REFUSED), "Edit"))
        assert form.modal is not None
        better = {"prompt": "flowers on a plate", "negative_prompt": "", "seed": "3", "steps": "4", "guidance": "3"}
        edited = await stage.discord.submit_modal(form, better)
        assert (await stage.final(edited)).attachments
        assert "let a prompt of" in (await command(stage, "moderate log"))
    async with stage.bot(**MANY):
        assert "is decided already" not in (await command(stage, "transparency", "ada"))


def _dm(stage: Stage, member: str) -> list[Message]:
    return [one for one in stage.discord.messages("dm", member) if "let your prompt pass" in one.content]


async def test_a_phrase_is_allowed_refused_tried_and_taken_back(stage: Stage) -> None:
    async with stage.bot(**MANY):
        stage.discord.permit("moderate", "ada", True)
        await stage.final(await stage.imagine("a purple walrus"))
        assert "Of the last 1 prompts of this server 1" in await command(stage, "moderate phrase try", text="walrus")
        assert "Manage Server" in await command(stage, "moderate phrase refuse", "ada", text="purple walrus")
        assert "refused:" in await command(stage, "moderate phrase refuse", text="Purple  Walrus")
        assert "something this server refuses" in (await told(stage, "a p u r p l e walrus")).content
        assert "something this server refuses" not in await command(
            stage, "moderate phrase remove", text="purple walrus"
        )
        assert (await stage.final(await stage.imagine("a purple walrus"))).attachments
        assert "allowed:" in await command(stage, "moderate phrase allow", text=REFUSED)
        assert (await stage.final(await stage.imagine(REFUSED))).attachments
        assert REFUSED in await command(stage, "moderate phrase list")


async def test_a_pause_ends_what_waits_and_holds_at_every_door_until_it_is_lifted(stage: Stage) -> None:
    async with stage.bot(**MANY, **SLOW):
        stage.discord.permit("moderate", "grace", True)
        old = await stage.final(await stage.imagine("a fox", steps=1))
        running = await stage.imagine("a bear", steps=60)
        waiting = await stage.imagine("a cat", steps=60)
        await stage.answer(waiting)
        assert "Only moderators" in await command(
            stage, "moderate pause", "grace", whom="ada", duration="1 hour", reason="x"
        )
        said = await command(stage, "moderate pause", whom="ada", duration="1 hour", reason="spam `everywhere`")
        assert "may not ask for pictures in this server until" in said
        for record in (running, waiting):
            row = await stage.wait_for_row(record, lambda row: row.state.is_final)
            assert row.state is GenerationState.CANCELLED
        assert await stage.used() == (await stage.row(await _first(stage, old))).cost_millicredits  # type: ignore[union-attr]
        refused = (await told(stage, "a dog")).content
        assert "until <t:" in refused
        assert "spamˋ" not in refused
        assert "spam ˋeverywhereˋ" in refused
        for label in ("Reroll", "Vary"):
            assert "may not ask" in (await whisper_of(stage, await press(stage, old, label))).content
        elsewhere = await stage.discord.slash("imagine", {"prompt": "a fox"}, member="ada", channel="lienzos")
        assert (await stage.final(elsewhere)).attachments, "only in this server"
        assert "1 hour" not in await command(stage, "moderate history", whom="ada")
        assert "paused" in await command(stage, "moderate history", whom="ada")
    async with stage.bot(**MANY):
        assert "may not ask" in (await told(stage, "a dog")).content
        await command(stage, "moderate unban", whom="ada", reason="a misunderstanding")
        assert "nothing to lift" in await command(stage, "moderate unban", whom="ada", reason="again")
        assert (await stage.final(await stage.imagine("a dog"))).attachments
        assert "Only whoever runs" in await command(stage, "moderate ban", whom="ada", reason="x", everywhere=True)
        await command(stage, "moderate ban", "margaret", whom="ada", reason="x", everywhere=True)
        there = await stage.discord.slash("imagine", {"prompt": "a fox"}, member="ada", channel="lienzos")
        assert "any more" in (await whisper_of(stage, there)).content


async def _first(stage: Stage, message: Message) -> Any:
    return next(record for record in stage.discord.interactions if record.message is message)


async def report(stage: Stage, message: Message, member: str, reason: str = "") -> str:
    record = await stage.discord.context_menu("Report", message_id=message, member=member)
    form = await stage.discord.answered(record)
    return (await whisper_of(stage, await stage.discord.submit_modal(form, {"text": reason}))).content


async def test_reports_hide_and_a_takedown_takes_descendants_files_and_the_way_back(stage: Stage) -> None:
    async with stage.bot(**MANY):
        await open_reviews(stage)
        record = await stage.imagine("a fox", seed=5)
        message = await stage.final(record)
        assert "moderators have been told" in await report(stage, message, "grace", "it is @everyone's")
        assert "already" in await report(stage, message, "grace")
        asked = await only_posted(stage, "was reported by a member")
        assert asked.attachments[0].filename.startswith("SPOILER_")
        assert not message.deleted
        assert "Los moderadores ya lo saben" in await report(stage, message, "ines")
        assert "está oculta" in await report(stage, message, "joan")
        await stage.discord.wait_until(lambda: message.deleted)
        gone = await stage.row(record)
        assert gone is not None
        assert gone.hidden_at_ms is not None
        await stage.discord.answered(await press(stage, asked, "It is all right", member="linus"))
        back = await stage.wait_for_row(record, lambda row: row.hidden_at_ms is None)
        assert back.image_sha256 is not None, "three who do not like it are not the last word"

        other = await stage.imagine("a bear", seed=6)
        parent = await stage.final(other)
        child = await press(stage, parent, "Vary")
        await stage.final(child)
        assert "is hidden" in await report(stage, parent, "linus", "a moderator is enough")
        notice = next(one for one in posted(stage, "was reported by a member") if str(other.id) in one.content)
        nobody = await press(stage, notice, "Take it down", member="grace")
        assert "Only moderators" in (await whisper_of(stage, nobody)).content
        await stage.discord.answered(await press(stage, notice, "Take it down", member="linus"))
        await stage.discord.wait_until(lambda: "took picture" in notice.content)
        for record in (other, child):
            row = await stage.row(record)
            assert row is not None
            assert (row.image_sha256, row.hidden_at_ms is not None) == (None, True)
        assert child.message is not None
        assert child.message.deleted
        refused = await stage.discord.slash("imagine", {"prompt": "a bear", "seed": 6}, member="grace")
        assert "taken down here" in (await whisper_of(stage, refused)).content
        await stage.discord.wait_until(lambda: len(posted(stage, "took a picture of")) == 2)


async def test_managers_choose_a_policy_that_they_have_seen_and_everybody_reads_it(stage: Stage) -> None:
    async with stage.bot(**MANY):
        assert "family" in await command(stage, "safety show", "ada")
        refused = await command(stage, "safety preset", "ada", preset="standard")
        assert "Manage Server" in refused
        proposal = await whisper_of(stage, await stage.discord.slash("safety preset", {"preset": "standard"}, "linus"))
        assert "graphic violence: refused → **behind a spoiler**" in proposal.content
        assert "milder" in proposal.content
        assert "graphic violence" in (await told(stage, REFUSED)).content, "nothing is applied unseen"
        await stage.discord.answered(await press(stage, proposal, "Apply", member="linus"))
        await stage.discord.wait_until(lambda: "Applied" in proposal.content)
        hidden = await stage.final(await stage.imagine(REFUSED))
        shown = await stage.final(await stage.imagine("a tree"))
        assert [message.attachments[0].spoiler for message in (hidden, shown)] == [True, False]
        dm = await stage.discord.slash("imagine", {"prompt": REFUSED}, member="ada", channel="dm")
        assert "graphic violence" in (await whisper_of(stage, dm)).content, "outside the server the strictest holds"
        mature = await whisper_of(stage, await stage.discord.slash("safety preset", {"preset": "mature"}, "linus"))
        assert "sexual content: refused" not in mature.content, "the operator's floor is standard"
        await stage.discord.slash("safety category", {"category": "violence_gore", "action": "block"}, "linus")
    async with stage.bot(**MANY, safety={"floor": "family"}):
        assert "graphic violence" in (await told(stage, REFUSED)).content, "the operator's floor"


async def test_who_is_stopped_again_and_again_waits(stage: Stage) -> None:
    async with stage.bot(**MANY, safety={"strikes": 2}):
        for _ in range(2):
            assert "graphic violence" in (await told(stage, REFUSED)).content
        assert "stopped you several times" in (await told(stage, "a fox")).content
        assert (await stage.final(await stage.imagine("a fox", member="grace"))).attachments


async def test_a_language_that_nobody_can_judge_waits_for_a_moderator_where_the_model_reads_it(stage: Stage) -> None:
    polyglot = {"builtin": {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 4096, "multilingual": True}}
    finnish = "kettu juoksee lumisessa metsässä auringonlaskun aikaan ja katselee tähtiä järven yllä"
    async with stage.bot(checkpoints=polyglot):
        assert "a language that cannot be checked here" in (await told(stage, finnish)).content
        assert (await stage.final(await stage.imagine("a tree in the snow"))).attachments
