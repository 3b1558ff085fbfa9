"""The form in which a picture's prompt and settings are changed, filled in with what they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord

from bot.ui.form import LONGEST_FIELD, Form
from bot.ui.language import say
from db.parameters import Parameters
from db.presets import Preset

OnSubmit = Callable[[discord.Interaction[Any], Mapping[str, str]], Awaitable[None]]


class EditForm(Form):
    def __init__(self, title: str, parameters: Parameters, max_prompt_characters: int, on_submit: OnSubmit) -> None:
        if parameters.preset is not None:
            title = f"{title} · {parameters.preset.name}"
        super().__init__(title)
        self._on_submit = on_submit
        most = min(LONGEST_FIELD, max_prompt_characters)
        self._add("prompt", parameters.typed_prompt, style=discord.TextStyle.long, most=most, required=True)
        self._add("negative_prompt", parameters.typed_negative_prompt, style=discord.TextStyle.long, most=most)
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

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        typed = {item.custom_id: item.value for item in self.children if isinstance(item, discord.ui.TextInput)}
        await self._on_submit(interaction, typed)


class PresetForm(Form):
    """A preset's texts, filled in with what they are."""

    def __init__(
        self,
        preset: Preset,
        max_prompt_characters: int,
        on_submit: Callable[[discord.Interaction[Any], str, str], Awaitable[None]],
    ) -> None:
        super().__init__(f"{say('preset-title')} · {preset.name}")
        self._on_submit = on_submit
        most = min(LONGEST_FIELD, max_prompt_characters)
        self._fields: list[discord.ui.TextInput[PresetForm]] = [
            discord.ui.TextInput(
                label=say(f"field-preset-{name}"),
                custom_id=name,
                default=text[:most],
                style=discord.TextStyle.long,
                max_length=most,
                required=False,
            )
            for name, text in (("prompt", preset.prompt), ("negative_prompt", preset.negative_prompt))
        ]
        for field in self._fields:
            self.add_item(field)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        prompt, negative_prompt = (field.value for field in self._fields)
        await self._on_submit(interaction, prompt, negative_prompt)
