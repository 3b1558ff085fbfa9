"""Quotas on the real client: what members see, what managers give and set, and every refusal."""

from typing import Any

import pytest

from bot.rehearsal import NotAllowed
from bot.rehearsal.world import MODERATOR_ROLE_ID
from tests.e2e.conftest import Stage
from tests.lookout import can_be_cancelled

SLOW = {"fake_step_seconds": 0.05}


async def command(stage: Stage, name: str, member: str = "ada", channel: str = "art", **options: Any) -> str:
    """What the member is told; only they see it."""
    if who := options.pop("member_", None):  # the option that is called like our argument
        options["member"] = who
    record = await stage.discord.slash(name, options, member=member, channel=channel)
    message = await stage.answer(record)
    assert message.ephemeral
    return message.content


async def drawn(stage: Stage, member: str = "ada", **options: Any) -> Any:
    return await stage.final(await stage.imagine(member=member, **options))


async def test_the_first_answer_says_what_it_costs_and_what_is_left(stage: Stage) -> None:
    async with stage.bot(engine=SLOW):
        message = await stage.answer(await stage.imagine(steps=33))
        assert message.versions[0].content.endswith("-# costs 3 credits · 47 credits left")


async def test_a_cost_is_shown_before_anything_is_spent(stage: Stage) -> None:
    async with stage.bot(quota={"credits_per_day": 2}):
        text = await command(stage, "quota cost", steps=22)
        assert "costs **2 credits**; you have 2 credits" in text
        text = await command(stage, "quota cost", steps=33)
        assert "costs 3 credits and you have 2 credits left of 2 credits in 24 hours" in text
        assert "more than is allowed at all" in text
    assert await stage.used() == 0


async def test_a_manager_gives_a_bonus_and_its_member_sees_uses_and_keeps_it(stage: Stage) -> None:
    async with stage.bot(quota={"credits_per_day": 1}):
        assert (await drawn(stage)).attachments
        refused = await drawn(stage)
        assert "you have 0 credits left of 1 credit in 24 hours" in refused.content
        assert "There is enough for it <t:" in refused.content
        said = await command(
            stage, "quota grant", "linus", member_="ada", credits=2.5, days=3, reason="won the `contest` @everyone"
        )
        assert "may use 2.5 credits more in this server" in said

        def announced() -> list[str]:
            texts = [message.content for message in stage.discord.messages("art", "grace")]
            return [text for text in texts if "you were given **2.5 credits** of bonus" in text]

        await stage.discord.wait_until(announced)
        assert "contest" not in announced()[0]
        shown = await command(stage, "quota show")
        assert "**2.5 credits** of bonus" in shown
        assert "won the ˋcontestˋ @everyone" in shown
        assert (await drawn(stage)).attachments
        assert "**1.5 credits** of bonus" in await command(stage, "quota show")
        assert "**1.5 credits** of bonus" in await command(stage, "quota of", "linus", member_="ada")
        assert "bonus" not in await command(stage, "quota show", channel="dm")
    async with stage.bot(quota={"credits_per_day": 1}):
        assert "**1.5 credits** of bonus" in await command(stage, "quota show")


async def test_the_operator_bounds_what_managers_give(stage: Stage) -> None:
    async with stage.bot(quota={"grant_ceiling_credits": 5}):
        assert "4 credits more" in await command(stage, "quota grant", "linus", member_="ada", credits=4)
        said = await command(stage, "quota grant", "linus", member_="ada", credits=2)
        assert "at most 5 unused and they hold 4. Nothing was changed" in said
    async with stage.bot(quota={"grant_ceiling_credits": 0}):
        said = await command(stage, "quota grant", "linus", member_="ada", credits=1)
        assert "allows no bonus" in said


async def test_managers_set_what_holds_in_their_server(stage: Stage) -> None:
    async with stage.bot(quota={"credits_per_day": 5, "ceiling_credits_per_day": 10}):
        assert "nothing; the operator's defaults hold" in await command(stage, "settings quota show", "linus")
        assert "every member: 1 credit in 24 hours" in await command(
            stage, "settings quota members", "linus", credits=1
        )
        await command(stage, "settings quota role", "linus", role="Moderator", credits=2, waiting=7)
        assert (await drawn(stage)).attachments
        assert "of 1 credit in 24 hours (set for this server's members)" in (await drawn(stage)).content
        for _ in range(2):
            assert (await drawn(stage, "linus")).attachments
        refused = (await drawn(stage, "linus")).content
        assert f"of 2 credits in 24 hours (for your role <@&{MODERATOR_ROLE_ID}>)" in refused
        assert "**4 credits** left of 5 credits" in await command(stage, "quota show", channel="dm")

        await command(stage, "settings quota members", "linus", unlimited=True)
        shown = await command(stage, "quota show")
        assert "**Unlimited**" in shown
        assert "**9 credits** left of 10 credits in 24 hours" in shown

        await command(stage, "settings quota server", "linus", credits=4, window="7 days")
        assert (await drawn(stage, "grace")).attachments
        refused = (await drawn(stage, "grace")).content
        assert "this server has 0 credits left of 4 credits in 7 days (shared by this whole server)" in refused

        overview = await command(stage, "settings quota show", "linus")
        for line in (
            "every member: unlimited",
            f"<@&{MODERATOR_ROLE_ID}>: 2 credits in 24 hours, 7 waiting at a time",
            "the whole server: 4 credits in 7 days",
            "every member: 5 credits in 24 hours (where nothing above says otherwise)",
            "at most 10 credits in 24 hours for one member",
        ):
            assert line in overview

        choices = await stage.discord.autocomplete("settings quota remove", {"which": ""}, "which", member="linus")
        [pool] = [choice for choice in choices if "whole server" in choice.name]
        assert "Removed" in await command(stage, "settings quota remove", "linus", which=pool.value)
        assert "Nothing was changed" in await command(stage, "settings quota remove", "linus", which=pool.value)
        assert (await drawn(stage, "grace")).attachments


async def test_bonus_is_given_away_and_what_is_allowed_each_day_is_not(stage: Stage) -> None:
    async with stage.bot(quota={"credits_per_day": 5, "grant_ceiling_credits": 10}):
        said = await command(stage, "quota give", "ada", member_="grace", credits=1)
        assert "given away; here you have 0" in said
        await command(stage, "quota grant", "linus", member_="ada", credits=4, days=3)
        await command(stage, "quota grant", "linus", member_="grace", credits=9, days=3)
        assert "that is you" in await command(stage, "quota give", "ada", member_="ada", credits=1)
        said = await command(stage, "quota give", "ada", member_="grace", credits=1.5)
        assert "at most 10 unused and they hold 9" in said
        assert "may use 3 credits more" in await command(stage, "quota give", "ada", member_="linus", credits=3)
        said = await command(stage, "quota give", "ada", member_="linus", credits=3)
        assert "given away; here you have 1" in said

        def announced() -> list[str]:
            return [text.content for text in stage.discord.messages("art", "grace") if "gave you" in text.content]

        await stage.discord.wait_until(announced)
        [text] = announced()
        assert "**3 credits** of bonus" in text
        assert "**1 credit** of bonus" in await command(stage, "quota show", "ada")
        assert "**3 credits** of bonus" in await command(stage, "quota show", "linus")
        said = await command(stage, "quota give", "ada", "dm", member_="grace", credits=1)
        assert "choose a member of this server" in said


async def test_the_ceiling_refuses_settings_above_it_in_time(stage: Stage) -> None:
    async with stage.bot(quota={"credits_per_day": 5, "ceiling_credits_per_day": 10, "ceiling_waiting": 6}):
        said = await command(stage, "settings quota members", "linus", credits=11)
        assert "11 are too many; whoever runs this Lienzo allows one member 10 in 24 hours. Nothing was changed" in said
        assert "70 credits in 7 days" in await command(
            stage, "settings quota members", "linus", credits=70, window="7d"
        )
        for options, said_why in (
            ({"credits": 5, "waiting": 7}, "use 1 to 6"),
            ({"credits": 5, "window": "ages"}, "write it like 10 minutes"),
            ({"credits": 5, "window": "32 days"}, "1 minute to 31 days"),
            ({"credits": 5, "unlimited": True}, "or set unlimited"),
            ({}, "or set unlimited"),
        ):
            assert said_why in await command(stage, "settings quota members", "linus", **options)


async def test_a_full_server_line_refuses_and_costs_nothing(stage: Stage) -> None:
    async with stage.bot(engine=SLOW | {"max_batch": 1}, queue={"waiting_per_server": 1}):
        records = [await stage.imagine(member=member, steps=60) for member in ("ada", "grace", "linus", "margaret")]
        texts = [(await stage.answer(record)).content for record in records]
        assert any("wait in this server already; at most 1 may" in text for text in texts)
        for record in records:
            if can_be_cancelled(message := await stage.answer(record)):
                await stage.discord.press(message, message.buttons[0]["custom_id"], member="linus")
                await stage.final(record)
    assert await stage.used() == 0


async def test_who_does_not_manage_the_server_is_refused(stage: Stage) -> None:
    async with stage.bot():
        with pytest.raises(NotAllowed):
            await stage.discord.slash("settings quota show", {}, member="ada")
        # A server may let everybody see the command; that does not let them use it.
        for name in ("settings", "quota"):
            stage.discord.permit(name, "@everyone", True)
        for name, options in (
            ("settings quota show", {}),
            ("settings quota members", {"credits": 400}),
            ("settings quota role", {"role": "Moderator", "unlimited": True}),
            ("settings quota server", {"credits": 1}),
            ("settings quota remove", {"which": "server:0:86400"}),
            ("quota grant", {"member_": "ada", "credits": 1}),
            ("quota of", {"member_": "grace"}),
        ):
            assert "Manage Server" in await command(stage, name, "ada", **options)
        assert "Manage Server" in await command(stage, "quota grant", "linus", "dm", member_="linus", credits=1)
        assert "nothing; the operator's defaults" in await command(stage, "settings quota show", "linus")
