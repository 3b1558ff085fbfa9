"""/help: a first lesson, with examples that one press draws."""

from __future__ import annotations

from typing import Any

import discord

from bot.services.options import ImagineOptions
from bot.ui.language import say
from bot.ui.message import ACCENT
from bot.ui.pressed import PressedAbout

# What the demonstration model can draw as well as any other.
EXAMPLES = (
    "a red circle on a blue background",
    "a yellow star above a green square",
    "a boat on the sea at sunset",
)


class ExampleButton(PressedAbout, template=r"lienzo:example:(?P<id>\d)"):
    """About one of EXAMPLES."""

    verb, label, style = "example", "help-draw", discord.ButtonStyle.primary

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        options = ImagineOptions(prompt=EXAMPLES[self.about % len(EXAMPLES)])
        await interaction.client.desk.imagine(interaction, options)


def help_page() -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=ACCENT)
    container.add_item(discord.ui.TextDisplay(say("help-title")))
    for nth, example in enumerate(EXAMPLES):
        accessory: Any = ExampleButton(nth)
        container.add_item(discord.ui.Section(f"**{example}**", accessory=accessory))
    container.add_item(discord.ui.Separator())
    for key in ("help-better", "help-after", "help-find", "help-rules"):
        container.add_item(discord.ui.TextDisplay(say(key)))
    view.add_item(container)
    return view
