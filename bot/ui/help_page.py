"""/help: a first lesson, with examples that one press draws."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.ui.language import say
from bot.ui.pressed import Pressed

# What the demonstration model can draw as well as any other.
EXAMPLES = (
    "a red circle on a blue background",
    "a yellow star above a green square",
    "a boat on the sea at sunset",
)


class ExampleButton(Pressed, template=r"lienzo:example:(?P<nth>\d)"):
    def __init__(self, nth: int) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.primary, label=say("help-draw"), custom_id=f"lienzo:example:{nth}"
            )
        )
        self.nth = nth

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(int(match["nth"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.client.desk.help.draw(interaction, EXAMPLES[self.nth % len(EXAMPLES)])


def help_page() -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=0x7D85F5)
    container.add_item(discord.ui.TextDisplay(say("help-title")))
    for nth, example in enumerate(EXAMPLES):
        accessory: Any = ExampleButton(nth)
        container.add_item(discord.ui.Section(f"`/imagine prompt:` **{example}**", accessory=accessory))
    container.add_item(discord.ui.Separator())
    for key in ("help-better", "help-after", "help-find", "help-rules"):
        container.add_item(discord.ui.TextDisplay(say(key)))
    view.add_item(container)
    return view
