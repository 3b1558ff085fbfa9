"""What every button of ours does first when it is pressed."""

from __future__ import annotations

from typing import Any

import discord

from bot.ui.language import speak


class Pressed(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"lienzo:\Z"):
    """Answers are in the language of the one who pressed. (The template matches nothing: subclasses bring theirs.)"""

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        speak(str(interaction.locale))
        return True
