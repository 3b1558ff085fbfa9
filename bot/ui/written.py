"""What a model wrote, each text with a button that draws it.

The button reads the text from the message that it stands in: so it works after any restart, and draws what is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.services.options import ImagineOptions
from bot.ui.language import say
from bot.ui.message import ACCENT
from bot.ui.pressed import PressedAbout
from bot.ui.sanitise import quoted

LONGEST_TEXT = 1200  # characters; Discord shows 4000 in one message, in all


class WrittenButton(PressedAbout, template=r"lienzo:written:(?P<id>\d)"):
    """About one of the texts of its message."""

    verb, label, style = "written", "help-draw", discord.ButtonStyle.primary

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        prompt = _text_beside(interaction.message, self.custom_id)
        await interaction.client.desk.imagine(interaction, ImagineOptions(prompt=prompt))


def written_page(title: str, texts: Sequence[str]) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=ACCENT)
    container.add_item(discord.ui.TextDisplay(title))
    for nth, text in enumerate(texts):
        accessory: Any = WrittenButton(nth)
        container.add_item(discord.ui.Section(quoted(text, LONGEST_TEXT), accessory=accessory))
    container.add_item(discord.ui.TextDisplay(f"-# {say('written-by-a-model')}"))
    view.add_item(container)
    return view


def _text_beside(message: discord.Message | None, custom_id: str) -> str:
    assert message is not None  # a button is pressed in a message
    sections = (
        section
        for container in message.components
        if isinstance(container, discord.Container)
        for section in container.children
        if isinstance(section, discord.SectionComponent)
    )
    for section in sections:
        button, [text, *_] = section.accessory, section.children
        is_it = isinstance(button, discord.Button) and button.custom_id == custom_id
        if is_it and isinstance(text, discord.TextDisplay):
            return text.content.strip("`")
    raise LookupError(f"no text stands beside {custom_id}")
