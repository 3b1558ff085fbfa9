"""A bot as small as it can be and still use everything that the page has to draw."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands
from PIL import Image, ImageDraw

from bot.loopback import loopback_connector
from bot.rehearsal import Rehearsal

RED_ON_BLUE = "a red circle on a blue background"


def circle(color: str = "#d83a3a", ground: str = "#3a6cd8", side: int = 256, name: str = "picture.png") -> discord.File:
    image = Image.new("RGB", (side, side), ground)
    ImageDraw.Draw(image).ellipse((side // 6, side // 6, side * 5 // 6, side * 5 // 6), fill=color)
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return discord.File(out, name, description=RED_ON_BLUE)


class TitleForm(discord.ui.Modal, title="Give it a title"):
    heading = discord.ui.TextInput(label="Title", placeholder="Something short", max_length=40)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"It is called **{self.heading.value}** now.")


class RemixForm(discord.ui.Modal, title="Remix the picture"):
    """Every kind of field that a form can have."""

    hint = discord.ui.TextDisplay("Change what you like; the **seed** stays the same.")
    prompt = discord.ui.Label(
        text="Prompt",
        description="What to draw",
        component=discord.ui.TextInput(style=discord.TextStyle.paragraph, default=RED_ON_BLUE, max_length=400),
    )
    look = discord.ui.Label(
        text="Look",
        component=discord.ui.Select(
            options=[
                discord.SelectOption(label="As it was", value="none", default=True),
                discord.SelectOption(label="Ink", value="ink", description="Black lines", emoji="✒️"),
                discord.SelectOption(label="Oil paint", value="oil", description="Thick colours"),
            ]
        ),
    )
    friend = discord.ui.Label(text="Draw it for", component=discord.ui.UserSelect(required=False))
    start = discord.ui.Label(
        text="Start from", description="A picture of yours", component=discord.ui.FileUpload(required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.prompt.component, discord.ui.TextInput)
        assert isinstance(self.look.component, discord.ui.Select)
        assert isinstance(self.start.component, discord.ui.FileUpload)
        files = [f"{file.filename} ({len(await file.read())} bytes)" for file in self.start.component.values]
        words = [self.prompt.component.value, *self.look.component.values, *files]
        await interaction.response.send_message("Remixed: " + ", ".join(words), file=circle("#12a594", "#fff3d6"))


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


class ResultLayout(discord.ui.LayoutView):
    """A result as Components V2 lay it out: every part that there is."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        names = ("a.png", "b.png", "c.png", "d.png")
        pictures = [discord.MediaGalleryItem(f"attachment://{name}", description=RED_ON_BLUE) for name in names]
        container = discord.ui.Container[Any](
            discord.ui.TextDisplay(f"## {RED_ON_BLUE}\nfor <@{0}>".replace("<@0>", "everybody")),
            discord.ui.MediaGallery(*pictures),
            discord.ui.Separator(spacing=discord.SeparatorSpacing.large),
            discord.ui.Section(
                "**Seed** 7 · **Steps** 20", "-# in 3.2 s", accessory=discord.ui.Thumbnail("attachment://a.png")
            ),
            discord.ui.Section("More of it?", accessory=discord.ui.Button(label="Again", custom_id="again")),
            discord.ui.ActionRow(
                discord.ui.Button(label="Upscale", style=discord.ButtonStyle.primary, custom_id="up", emoji="🔍"),
                discord.ui.Button(label="Manual", url="https://example.org"),
                discord.ui.Button(label="Worn off", custom_id="off", disabled=True),
            ),
            accent_colour=0x7866EE,
        )
        self.add_item(container)
        self.add_item(discord.ui.File("attachment://settings.txt"))
        hidden = discord.ui.Container[Any](discord.ui.TextDisplay("The end: it was **paint** all along."), spoiler=True)
        self.add_item(hidden)


class SettingsScreen(discord.ui.LayoutView):
    """All five kinds of select."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        rows: list[tuple[str, Any]] = [
            ("### Model", ModelSelect()),
            ("### Who may use it", discord.ui.RoleSelect(custom_id="roles", placeholder="Any role", max_values=3)),
            ("### Where", discord.ui.ChannelSelect(custom_id="where", placeholder="Any channel", min_values=0)),
            ("### Ask about refusals", discord.ui.UserSelect(custom_id="ask", placeholder="Nobody is asked")),
            (
                "### Without limits",
                discord.ui.MentionableSelect(custom_id="free", placeholder="Nobody is without", max_values=2),
            ),
        ]
        container = discord.ui.Container[Any](discord.ui.TextDisplay("# Settings"))
        for heading, select in rows:
            container.add_item(discord.ui.TextDisplay(heading))
            container.add_item(discord.ui.ActionRow(select))
        self.add_item(container)


class ModelSelect(discord.ui.Select[Any]):
    def __init__(self) -> None:
        options = [
            discord.SelectOption(label="Built-in", value="builtin", description="Small and quick", default=True),
            discord.SelectOption(label="SD 1.5", value="sd15", description="All-round", emoji="🎨"),
            discord.SelectOption(label="SDXL", value="sdxl", description="Large, slow, good"),
        ]
        super().__init__(custom_id="model", options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"The model is **{self.values[0]}** now.", ephemeral=True)


class Painter(discord.Client):
    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            connector=loopback_connector(rehearsal.credentials.port, rehearsal.credentials.ca_file),
            guild_ready_timeout=0.05,
        )
        self.tree = app_commands.CommandTree(self)
        self.go_on = asyncio.Event()
        self.add_commands()

    async def setup_hook(self) -> None:
        self.add_view(PictureButtons())
        await self.tree.set_translator(Spanish())
        await self.tree.sync()

    def add_commands(self) -> None:
        tree = self.tree
        tree.add_command(self._imagine())

        @tree.command(name="help", description="What I can do")
        async def help_(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("# Lienzo\nType `/imagine` and **what you want to see**.")

        @tree.command(name="layout", description="A result in a layout")
        async def layout(interaction: discord.Interaction) -> None:
            files = [
                circle(color, ground, name=f"{name}.png")
                for name, color, ground in (
                    ("a", "#d83a3a", "#3a6cd8"),
                    ("b", "#e5a23a", "#2a2a55"),
                    ("c", "#12a594", "#fff3d6"),
                    ("d", "#f4d35e", "#7b2d26"),
                )
            ]
            note = discord.File(io.BytesIO(b"seed 7, steps 20"), "settings.txt")
            await interaction.response.send_message(view=ResultLayout(), files=[*files, note])

        @tree.command(name="settings", description="How it works here")
        async def settings(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(view=SettingsScreen(), ephemeral=True)

        @tree.command(name="embed", description="A result in an embed")
        async def embed(interaction: discord.Interaction) -> None:
            shown = discord.Embed(title="A red circle", description="On *blue*, and ||a secret||", color=0x7866EE)
            shown.set_author(name="Ada").set_footer(text="3.2 s")
            shown.add_field(name="Seed", value="7").add_field(name="Steps", value="20").add_field(
                name="Size", value="256"
            )
            shown.set_image(url="attachment://picture.png").set_thumbnail(url="attachment://small.png")
            await interaction.response.send_message(
                embed=shown, files=[circle(), circle("#e5a23a", "#2a2a55", name="small.png")]
            )

        @tree.context_menu(name="Remix")
        async def remix(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_modal(RemixForm())

        @tree.context_menu(name="Image info")
        async def image_info(interaction: discord.Interaction, message: discord.Message) -> None:
            file = message.attachments[0] if message.attachments else None
            text = f"{file.filename}: {file.width} × {file.height}" if file else "There is no picture in it."
            await interaction.response.send_message(text, ephemeral=True)

        @tree.context_menu(name="Portrait")
        async def portrait(interaction: discord.Interaction, user: discord.Member) -> None:
            await interaction.response.send_message(f"A portrait of {user.mention}", file=circle("#f4d35e", "#7b2d26"))

    def _imagine(self) -> app_commands.Command[Any, ..., None]:
        @app_commands.command(name="imagine", description="Draw a picture")
        @app_commands.describe(
            prompt="What to draw",
            size="How large",
            seed="The same seed gives the same picture",
            style="A look",
            init_image="Start from this picture",
        )
        @app_commands.choices(size=[app_commands.Choice(name=n, value=n.lower()) for n in ("Small", "Large")])
        async def imagine(
            interaction: discord.Interaction,
            prompt: str,
            size: str | None = None,
            seed: app_commands.Range[int, 0, 1000] | None = None,
            style: str | None = None,
            init_image: discord.Attachment | None = None,
        ) -> None:
            if "forbidden" in prompt:
                await interaction.response.send_message("I do not draw that. `/appeal` explains why.", ephemeral=True)
                return
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content=f"**{prompt}**\n▰▰▰▱▱▱ 50 % · about <t:4102444800:R>")
            await self.go_on.wait()
            start = f", from {init_image.filename}" if init_image else ""
            note = f"-# seed {seed or 7}, {size or 'small'}, {style or 'no'} style{start}"
            await interaction.edit_original_response(
                content=f"**{prompt}**\n{note}", attachments=[circle()], view=PictureButtons()
            )

        @imagine.autocomplete("style")
        async def styles(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            names = [name for name in ("ink", "oil paint", "watercolour") if typed in name]
            return [app_commands.Choice(name=name.title(), value=name) for name in names]

        return imagine


SPANISH = {"imagine": "imagina", "Draw a picture": "Dibuja una imagen", "seed": "semilla", "Small": "Pequeña"}


class Spanish(app_commands.Translator):
    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        return SPANISH.get(string.message) if locale is discord.Locale.spain_spanish else None
