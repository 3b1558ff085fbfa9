"""What every form of ours does, and Discord's limits of what is in one."""

from __future__ import annotations

import discord

from bot.ui.language import InTheirLanguage

LONGEST_FIELD = 4000  # characters that Discord takes in one field
LONGEST_TITLE = 45


class Form(InTheirLanguage, discord.ui.Modal):
    def __init__(self, title: str) -> None:
        super().__init__(title=title[:LONGEST_TITLE])
