"""What members do and the real discord.py answers: the whole life of commands, buttons, menus and forms."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from discord import app_commands

from bot.rehearsal import InvalidModal, InvalidOptions, NoSuchTarget, NotAllowed, Rehearsal


async def test_a_command_is_deferred_shows_progress_and_ends_in_a_picture(
    rehearsal: Rehearsal, bot: Any, online: Any, draw: Any
) -> None:
    seen: dict[str, Any] = {}

    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction, prompt: str, seed: int, where: discord.TextChannel) -> None:
        seen.update(prompt=prompt, seed=seed, where=where.name, who=interaction.user.display_name)
        seen.update(app=interaction.app_permissions.attach_files, limit=interaction.filesize_limit)
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="50 %")
        file = draw(description="a red circle")
        message = await interaction.edit_original_response(content="Done", attachments=[file])
        seen["size"] = len(await message.attachments[0].read())
        await message.edit(attachments=[message.attachments[0], draw("blue", "second.png")])
        await interaction.followup.send("More", wait=True)

    async with online(bot):
        options = {"prompt": "a red circle", "seed": "7", "where": "#gallery"}
        record = await rehearsal.slash("imagine", options, member="grace")
        await rehearsal.wait_until(lambda: record.followups)
    assert seen["prompt"] == "a red circle" and seen["seed"] == 7 and seen["where"] == "gallery"
    assert seen["who"] == "Grace" and seen["app"] and seen["limit"] == 10 * 1024 * 1024
    assert record.responded_after_seconds is not None and record.responded_after_seconds < 1
    message = record.message
    assert message is not None and message.content == "Done" and message.author.bot
    assert [a.filename for a in message.attachments] == ["picture.png", "second.png"]
    first = message.attachments[0]
    assert (first.description, first.width, first.height) == ("a red circle", 64, 48)
    assert first.size == len(first.data) == seen["size"]
    assert [v.content for v in message.versions] == ["", "50 %", "Done", "Done"]
    assert message.versions[0].flags & 128 and message.interaction_id == record.id
    assert record.followups[0].reply_to == message.id


async def test_only_the_invoker_sees_an_ephemeral_answer(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    @bot.tree.command(name="secret", description="Whisper")
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Not drawn.", ephemeral=True)

    async with online(bot):
        record = await rehearsal.answered(await rehearsal.slash("secret", member="ada"))
        assert record.ephemeral and record.message is not None and record.message.ephemeral
        assert [m.content for m in rehearsal.messages(viewer="ada")] == ["Not drawn."]
        assert rehearsal.messages(viewer="grace") == []
        channel = bot.get_channel(rehearsal.credentials.channel_id)
        with pytest.raises(discord.NotFound):
            await channel.fetch_message(record.message.id)
        with pytest.raises(NoSuchTarget):
            await rehearsal.delete(record.message, member="linus")
        await rehearsal.delete(record.message, member="ada")
        assert rehearsal.messages(viewer="ada") == []


class Form(discord.ui.Modal, title="Details"):
    name = discord.ui.TextInput(label="Name", min_length=3, max_length=10)
    look = discord.ui.Label(
        text="Look", component=discord.ui.Select(options=[discord.SelectOption(label=x) for x in ("Ink", "Oil")])
    )
    proof = discord.ui.Label(text="File", component=discord.ui.FileUpload(required=False))

    def __init__(self, answers: list[Any]) -> None:
        super().__init__()
        self.answers = answers

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.look.component, discord.ui.Select)
        assert isinstance(self.proof.component, discord.ui.FileUpload)
        content = await self.proof.component.values[0].read() if self.proof.component.values else b""
        self.answers.append((self.name.value, self.look.component.values, content))
        await interaction.response.edit_message(content=f"Named {self.name.value}")


async def test_buttons_menus_and_forms(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    answers: list[Any] = []

    class Panel(discord.ui.View):
        @discord.ui.button(label="Edit", custom_id="edit")
        async def edit(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.edit_message(content="Edited")

        @discord.ui.button(label="Later", custom_id="later")
        async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.defer()
            await interaction.edit_original_response(content="Later")

        @discord.ui.button(label="Off", custom_id="off", disabled=True)
        async def off(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            raise AssertionError("nobody can press it")

        @discord.ui.button(label="Form", custom_id="form")
        async def form(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.send_modal(Form(answers))

        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who", max_values=2)
        async def who(self, interaction: discord.Interaction, menu: discord.ui.UserSelect[Any]) -> None:
            await interaction.response.send_message(", ".join(user.display_name for user in menu.values))

    @bot.tree.command(name="panel", description="Show it")
    async def panel(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Fresh", view=Panel())

    async with online(bot):
        first = await rehearsal.answered(await rehearsal.slash("panel"))
        message = first.message
        assert message is not None and [b["label"] for b in message.buttons] == ["Edit", "Later", "Off", "Form"]
        pressed = await rehearsal.answered(await rehearsal.press(message.id, "edit", member="grace"))
        assert message.content == "Edited" and pressed.message is message and message.edited_at
        await rehearsal.press(message.id, "later")
        await rehearsal.wait_until(lambda: message.content == "Later")
        with pytest.raises(NotAllowed, match="disabled"):
            await rehearsal.press(message.id, "off")
        with pytest.raises(NoSuchTarget, match="'later'"):
            await rehearsal.press(message.id, "nothing")

        chosen = await rehearsal.answered(await rehearsal.select(message.id, "who", ["ada", "linus"]))
        assert chosen.message is not None and chosen.message.content == "Ada, Linus"
        assert chosen.message.reply_to == message.id
        with pytest.raises(InvalidOptions):
            await rehearsal.select(message.id, "who", ["ada", "linus", "grace"])

        opened = await rehearsal.answered(await rehearsal.press(message.id, "form"))
        assert opened.modal is not None and opened.modal.title == "Details"
        name, look, proof = (part["custom_id"] for part, _ in opened.modal.fields)
        with pytest.raises(InvalidModal) as wrong:
            await rehearsal.submit_modal(opened, {name: "x"})
        assert set(wrong.value.problems) == {name, look}
        fields = {name: "Sunset", look: "Ink", proof: ("note.txt", b"hello")}
        sent = await rehearsal.answered(await rehearsal.submit_modal(opened, fields))
        assert answers == [("Sunset", ["Ink"], b"hello")]
        assert sent.message is message and message.content == "Named Sunset"


async def test_menus_on_messages_and_people_and_suggestions(rehearsal: Rehearsal, bot: Any, online: Any) -> None:
    @bot.tree.context_menu(name="Remix")
    async def remix(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"Remix of {message.content}")

    @bot.tree.context_menu(name="Portrait")
    async def portrait(interaction: discord.Interaction, user: discord.Member) -> None:
        await interaction.response.send_message(f"Portrait of {user.display_name}")

    group = app_commands.Group(name="config", description="Settings")

    @group.command(name="style", description="Choose")
    async def style(interaction: discord.Interaction, name: str, loud: bool = False) -> None:
        await interaction.response.send_message(f"{name} {loud}")

    @style.autocomplete("name")
    async def names(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=x.title(), value=x) for x in ("ink", "oil") if typed in x]

    bot.tree.add_command(group)
    async with online(bot):
        said = await rehearsal.say("a cat", member="grace")
        record = await rehearsal.answered(await rehearsal.context_menu("Remix", message_id=said.id))
        assert record.message is not None and record.message.content == "Remix of a cat"
        record = await rehearsal.answered(await rehearsal.context_menu("Portrait", user="linus"))
        assert record.message is not None and record.message.content == "Portrait of Linus"
        found = await rehearsal.autocomplete("config style", {"name": "i"}, focused="name")
        assert [(c.name, c.value) for c in found] == [("Ink", "ink"), ("Oil", "oil")]
        record = await rehearsal.answered(await rehearsal.slash("config style", {"name": "ink", "loud": "true"}))
        assert record.name == "config style"
        assert record.message is not None and record.message.content == "ink True"


async def test_the_bot_writes_reads_edits_and_deletes_by_itself(
    rehearsal: Rehearsal, bot: Any, online: Any, draw: Any
) -> None:
    async with online(bot):
        channel = await bot.fetch_channel(rehearsal.credentials.channel_id)
        sent = await channel.send("one", file=draw(), nonce="same")
        again = await channel.send("one", nonce="same")
        assert again.id == sent.id
        await sent.edit(content="two", attachments=[])
        reply = await sent.reply("three")
        assert [m.content async for m in channel.history(limit=10)] == ["three", "two"]
        assert [m.content async for m in channel.history(limit=10, after=sent)] == ["three"]
        assert (await channel.fetch_message(reply.id)).reference.message_id == sent.id
        await reply.delete()
        async with channel.typing():
            pass
        assert [m.content for m in rehearsal.messages()] == ["two"]
        assert [m.deleted for m in rehearsal.messages(include_deleted=True)] == [False, True]

        user = await bot.fetch_user(rehearsal.hub.world.member("ada").id)
        await user.send("hello")
        assert [m.content for m in rehearsal.messages("dm", "ada")] == ["hello"]
        assert rehearsal.messages("dm", "grace") == []

        closed = await bot.fetch_channel(rehearsal.hub.world.channel("read-only").id)
        with pytest.raises(discord.Forbidden) as refused:
            await closed.send("no")
        assert refused.value.code == 50013


async def test_a_restarted_bot_delivers_by_the_stored_token(
    rehearsal: Rehearsal, bot: Any, online: Any, new_bot: Any, draw: Any
) -> None:
    @bot.tree.command(name="imagine", description="Draw")
    async def imagine(interaction: discord.Interaction) -> None:
        await interaction.response.defer()

    async with online(bot):
        record = await rehearsal.answered(await rehearsal.slash("imagine"))
    second = new_bot(rehearsal.credentials)
    async with online(second):
        hook = discord.Webhook.partial(rehearsal.credentials.application_id, record.token, client=second)
        await hook.edit_message("@original", content="back", attachments=[draw()])  # type: ignore[arg-type]
    assert record.message is not None and record.message.attachments
    await rehearsal.delete(record.message, member="linus")
    assert rehearsal.messages() == []
