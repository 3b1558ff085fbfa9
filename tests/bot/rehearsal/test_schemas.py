"""Both sides against Discord's own descriptions: what discord.py sends, what we answer, and what the gateway says."""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import discord
import jsonschema_rs
import pytest
from aiohttp import web
from discord import app_commands

from bot.rehearsal import Rehearsal
from bot.rehearsal.api import channels, commands, identity, interactions
from bot.rehearsal.api.body import read_body
from bot.rehearsal.api.endpoint import Answer, Endpoint
from bot.rehearsal.gateway import Gateway, Session
from tests.browser.painter import Painter

FOLDER = Path(__file__).parent / "discord"


def described(name: str, **how: Any) -> Any:
    """A description, unpacked."""
    return json.loads(lzma.decompress((FOLDER / f"{name}.xz").read_bytes()), **how)


class Description:
    """Discord's OpenAPI file, asked one operation at a time."""

    def __init__(self) -> None:
        self.api = described("openapi.json")
        paths = sorted(self.api["paths"], key=lambda path: path.count("{"))
        self.routes = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in paths]

    @cache  # noqa: B019 - lives as long as the module's fixture
    def validator(self, key: str) -> Any:
        return jsonschema_rs.validator_for({"components": self.api["components"], "allOf": [json.loads(key)]})

    def operation(self, method: str, path: str) -> Any:
        path = path.replace("%40", "@")
        for pattern, template in self.routes:
            if pattern.match(path) and method.lower() in self.api["paths"][template]:
                return self.api["paths"][template][method.lower()]
        raise AssertionError(f"Discord describes no {method} {path}")

    def branch(self, schema: Any, body: Any) -> Any:
        """The member of a union that the body's own type names: the errors then speak of real fields."""
        for option in schema.get("anyOf", []) if isinstance(body, dict) else []:
            target = self.api["components"]["schemas"].get(option.get("$ref", "").rpartition("/")[2], {})
            kinds = target.get("properties", {}).get("type", {})
            if body.get("type") in kinds.get("enum", []):
                return option
        return schema

    def check(self, schema: Any, body: Any, what: str) -> None:
        errors = list(self.validator(json.dumps(self.branch(schema, body))).iter_errors(body))
        assert not errors, f"{what}: " + "; ".join(f"{e.instance_path} {e.message[:300]}" for e in errors[:5])

    def check_request(self, method: str, path: str, body: Any) -> None:
        body = json.loads(json.dumps(body))
        holder = (body.get("data") or body) if isinstance(body, dict) else {}
        # Discord takes ids as numbers too, and discord.py sends some so; the description knows only text.
        if isinstance(holder, dict):
            for part in [*(holder.get("attachments") or []), holder.get("message_reference") or {}, holder]:
                names = {name for name in part if name.endswith("_id") or (part is not holder and name == "id")}
                part.update({name: str(part[name]) for name in names if isinstance(part[name], int)})
        schema = self.operation(method, path)["requestBody"]["content"]["application/json"]["schema"]
        self.check(schema, body, f"request {method} {path}")

    def check_response(self, method: str, path: str, status: int, body: Any) -> None:
        response = self.operation(method, path)["responses"].get(str(status))
        assert response is not None, f"{method} {path} never answers {status}"
        if body is not None:
            schema = response["content"]["application/json"]["schema"]
            self.check(schema, body, f"response {method} {path}")


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


@pytest.fixture(scope="module")
def dispatches() -> Any:
    """A validator for each gateway event that is described, with sums of flags allowed."""

    def plain(node: dict[str, Any]) -> dict[str, Any]:
        # The generator wrote prose where JSON Schema wants true or false.
        return {key: value for key, value in node.items() if not (key == "deprecated" and isinstance(value, str))}

    schema = described("gateway.schema.json", object_hook=plain)
    for name, definition in schema["definitions"].items():
        if "Flags" in name and ("enum" in definition or "const" in definition):
            schema["definitions"][name] = {"type": "integer"}
    root = schema["definitions"]["Root"]["properties"]
    return {
        event: jsonschema_rs.Draft7Validator({"definitions": schema["definitions"], "allOf": [part]})
        for event, part in root.items()
    }


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, description: Description) -> Iterator[list[str]]:
    """Every request and answer of the rehearsals in a test is checked on its way through; gives what was seen."""
    seen: list[str] = []

    def wrap(endpoint: Endpoint) -> Endpoint:
        async def handler(request: web.Request) -> Answer:
            bodies: list[Any] = []

            async def remember(inner: web.Request) -> Any:
                body = await read_body(inner)
                bodies.append(body.payload)
                return body

            for module in (channels, commands, identity, interactions):
                monkeypatch.setattr(module, "read_body", remember)
            answer = await endpoint.handler(request)
            path = request.raw_path.removeprefix("/api/v10").partition("?")[0]
            try:
                if bodies and bodies[-1] is not None:
                    description.check_request(request.method, path, bodies[-1])
                description.check_response(request.method, path, answer.status, answer.payload)
                seen.append(f"{request.method} {endpoint.path}")
            except AssertionError as error:
                seen.append(f"WRONG {error}")
            return answer

        return Endpoint(endpoint.method, endpoint.path, handler, endpoint.bucket, endpoint.needs_token)

    from bot.rehearsal.api.door import Door

    opened = Door.open
    monkeypatch.setattr(Door, "open", lambda self, app, endpoints: opened(self, app, [wrap(e) for e in endpoints]))
    yield seen
    assert not [line for line in seen if line.startswith("WRONG")]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, dispatches: Any) -> Iterator[list[str]]:
    """Every event that the gateway sends is checked; gives their names."""
    seen: list[str] = []
    original = Gateway._tell

    def tell(self: Gateway, session: Session, event: str, data: Any) -> None:
        errors = list(dispatches[event].iter_errors(json.loads(json.dumps(data)))) if event in dispatches else []
        seen.extend([event, *(f"WRONG {event} {e.instance_path} {e.message[:300]}" for e in errors[:5])])
        original(self, session, event, data)

    monkeypatch.setattr(Gateway, "_tell", tell)
    yield seen
    assert not [line for line in seen if line.startswith("WRONG")]


class Form(discord.ui.Modal, title="Form"):
    name = discord.ui.TextInput(label="Name")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("sent")


async def test_a_whole_day_of_requests_answers_and_events(
    checked: list[str], told: list[str], new_bot: Any, run_on: Any, draw: Any
) -> None:
    class Panel(discord.ui.View):
        @discord.ui.button(label="Form", custom_id="form", emoji="🎨")
        async def form(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.send_modal(Form())

        @discord.ui.button(label="Edit", custom_id="edit")
        async def edit(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
            await interaction.response.edit_message(content="edited", attachments=[draw("blue")])

        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
        async def who(self, interaction: discord.Interaction, menu: discord.ui.UserSelect[Any]) -> None:
            await interaction.response.defer()

    class Layout(discord.ui.LayoutView):
        def __init__(self) -> None:
            super().__init__()
            gallery = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://picture.png", description="x"))
            section = discord.ui.Section("## Hello", accessory=discord.ui.Button(label="Go", custom_id="go"))
            row = discord.ui.ActionRow(discord.ui.Button(label="Docs", url="https://example.org"))
            self.add_item(discord.ui.Container(section, discord.ui.Separator(), gallery, row, accent_colour=0x336699))

    async with Rehearsal() as rehearsal:
        rehearsal.limits.set("webhook", 100, 1)
        bot = new_bot(rehearsal.credentials, discord.Intents(guilds=True, guild_messages=True, dm_messages=True))

        @bot.tree.command(name="imagine", description="Draw")
        @app_commands.choices(size=[app_commands.Choice(name="Small", value=1)])
        async def imagine(
            interaction: discord.Interaction, prompt: str, size: int, file: discord.Attachment, who: discord.Member
        ) -> None:
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content="50 %")
            message = await interaction.edit_original_response(content="x", attachments=[draw()], view=Panel())
            await message.edit(attachments=[*message.attachments, draw("blue", "b.png", "blue")])
            await interaction.followup.send("whisper", ephemeral=True)
            embed = discord.Embed(title="t", description="d", url="https://example.org").set_footer(text="f")
            await interaction.followup.send(embed=embed, files=[draw(name=f"{n}.png") for n in range(4)])

        @bot.tree.command(name="layout", description="Show")
        async def layout(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(view=Layout(), file=draw(), ephemeral=True)
            await (await interaction.original_response()).delete()

        @bot.tree.context_menu(name="Remix")
        async def remix(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message("remixed")

        @imagine.autocomplete("prompt")
        async def prompts(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=typed or "cat", value="cat")]

        async with run_on(bot, rehearsal):
            await rehearsal.autocomplete("imagine", {"prompt": "c"}, focused="prompt")
            options = {"prompt": "cat", "size": "Small", "file": ("a.png", b"x"), "who": "grace"}
            record = await rehearsal.slash("imagine", options)
            await rehearsal.wait_until(lambda: len(record.followups) == 2)
            message = record.message
            assert message is not None
            opened = await rehearsal.answered(await rehearsal.press(message, "form"))
            assert opened.modal is not None
            field = opened.modal.fields[0][0]["custom_id"]
            await rehearsal.answered(await rehearsal.submit_modal(opened, {field: "x"}))
            await rehearsal.answered(await rehearsal.select(message, "who", ["ada"]))
            await rehearsal.answered(await rehearsal.press(message, "edit"))
            shown = await rehearsal.slash("layout", channel="dm")
            await rehearsal.wait_until(lambda: shown.message and shown.message.deleted)
            said = await rehearsal.say("hello", files=[("n.txt", b"note")])
            await rehearsal.answered(await rehearsal.context_menu("Remix", message_id=said))
            channel = await bot.fetch_channel(rehearsal.credentials.channel_id)
            sent = await channel.send("one", file=draw(), view=Panel(), nonce=5)
            await sent.reply("two", allowed_mentions=discord.AllowedMentions.none())
            await sent.edit(content="three", view=None)
            thread = await sent.create_thread(name="talk", auto_archive_duration=1440)
            await thread.send("in the thread")
            await thread.edit(name="talked", archived=True)
            await sent.edit(content="four")
            assert len([m async for m in channel.history()]) > 5
            await sent.delete()
            await (await bot.fetch_user(rehearsal.hub.world.member("ada").id)).send("private")
            await bot.application_info()
            await bot.fetch_guild(rehearsal.credentials.guild_id)
            guild = bot.get_guild(rehearsal.credentials.guild_id)
            assert guild is not None and await guild.fetch_channels() and await guild.fetch_member(bot.user.id)
            await bot.tree.fetch_commands()
            await bot.http.get_bot_gateway()
    assert {"READY", "GUILD_CREATE", "MESSAGE_CREATE", "INTERACTION_CREATE"} <= set(told)
    assert len(set(checked)) >= 20, sorted(set(checked))


async def test_layouts_forms_menus_guests_and_permissions(checked: list[str], told: list[str], run_on: Any) -> None:
    async with Rehearsal() as rehearsal:
        rehearsal.limits.set("webhook", 100, 1)
        painter: Any = Painter(rehearsal)
        painter.credentials = rehearsal.credentials
        painter.go_on.set()
        for command in painter.tree.get_commands():
            # Wherever people are, with the application at home or as their guest.
            command.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
            command.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        async with run_on(painter, rehearsal):
            for name in ("layout", "embed", "settings"):
                shown = await rehearsal.answered(await rehearsal.slash(name))
                assert shown.error is None and shown.message is not None
            await rehearsal.answered(await rehearsal.select(shown.message, "model", ["sdxl"]))
            said = await rehearsal.say("a cat", member="grace", files=[("cat.png", b"x")])
            form = await rehearsal.answered(await rehearsal.context_menu("Remix", message_id=said))
            assert form.modal is not None
            prompt, look, friend, start = (part["custom_id"] for part, _ in form.modal.fields)
            fields = {prompt: "a dog", look: "ink", friend: ["linus"], start: [("start.png", b"y")]}
            sent = await rehearsal.answered(await rehearsal.submit_modal(form, fields))
            assert sent.message is not None and "a dog, ink, start.png" in sent.message.content
            await rehearsal.answered(await rehearsal.context_menu("Portrait", user="linus", channel="sketches"))
            guest = await rehearsal.answered(await rehearsal.slash("layout", channel="lobby"))
            assert guest.error is None and guest.as_guest
            await rehearsal.answered(await rehearsal.slash("embed", member="ines", channel="lienzos"))
            await rehearsal.answered(await rehearsal.slash("help", channel="dm"))
            rehearsal.permit("imagine", "Moderator", True)
            guild = discord.Object(rehearsal.credentials.guild_id)
            listed = await painter.http.get_guild_application_command_permissions(painter.application_id, guild.id)
            imagine = next(c for c in await painter.tree.fetch_commands() if c.name == "imagine")
            permissions = await imagine.fetch_permissions(guild)
            assert len(listed) == len(permissions.permissions) == 1
            await painter.tree.sync(guild=guild)
    assert told.count("INTERACTION_CREATE") == 10
    assert {"GET /applications/{application_id}/guilds/{guild_id}/commands/permissions"} <= set(checked)
