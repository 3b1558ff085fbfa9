"""The form in which a picture's prompt and settings are changed, filled in with what they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord

from bot.ui.language import say, speak
from db.parameters import Parameters

LONGEST = 4000  # characters that Discord takes in one field

OnSubmit = Callable[[discord.Interaction[Any], Mapping[str, str]], Awaitable[None]]


class EditForm(discord.ui.Modal):
    def __init__(self, title: str, parameters: Parameters, max_prompt_characters: int, on_submit: OnSubmit) -> None:
        super().__init__(title=title)
        self._on_submit = on_submit
        most = min(LONGEST, max_prompt_characters)
        self._add("prompt", parameters.prompt, style=discord.TextStyle.long, most=most, required=True)
        self._add("negative_prompt", parameters.negative_prompt, style=discord.TextStyle.long, most=most)
        self._add("seed", str(parameters.seed))
        self._add("steps", str(parameters.steps), required=True)
        self._add("guidance", f"{parameters.guidance:g}", required=True)

    def _add(
        self,
        name: str,
        value: str,
        *,
        style: discord.TextStyle = discord.TextStyle.short,
        most: int = 20,
        required: bool = False,
    ) -> None:
        field: discord.ui.TextInput[EditForm] = discord.ui.TextInput(
            label=say(f"field-{name}"),
            custom_id=name,
            default=value[:most],
            style=style,
            max_length=most,
            required=required,
        )
        self.add_item(field)

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        speak(str(interaction.locale))
        return True

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        typed = {item.custom_id: item.value for item in self.children if isinstance(item, discord.ui.TextInput)}
        await self._on_submit(interaction, typed)
