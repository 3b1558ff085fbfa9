"""The panel on which managers choose the house rules: menus and buttons that work after any restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, Self

import discord

from bot.services.house import MOST_LISTED
from bot.services.house_rules import HouseSetting, known_setting
from bot.ui import house_wording
from bot.ui.form import LONGEST_FIELD, Form
from bot.ui.language import InTheirLanguage, say

_LISTS = (HouseSetting.CHECKPOINTS, HouseSetting.LORAS, HouseSetting.SIZES)
_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]


class Move(StrEnum):
    SHOW = "show"  # the rules of the server, or of a channel
    PLACE = "place"  # the rules of the channel that was chosen
    CHANGE = "change"  # a setting was chosen, to be changed
    SET = "set"
    RESET = "reset"


class HouseItem(
    InTheirLanguage,
    discord.ui.DynamicItem[Any],
    template=rf"lienzo:house:(?P<move>{'|'.join(Move)}):(?P<channel>\d{{1,20}})(?::(?P<setting>[a-z_]+))?(?::role)?",
):
    """Any part of the panel. Its custom_id says what it does, for which channel (0: the whole server) and setting."""

    def __init__(
        self, item: discord.ui.Item[Any], move: Move, channel_id: int | None, setting: HouseSetting | None
    ) -> None:
        super().__init__(item)
        self.move, self.channel_id, self.setting = move, channel_id, setting

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(item, Move(match["move"]), int(match["channel"]) or None, known_setting(match["setting"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        data: Any = interaction.data
        values = [str(value) for value in data.get("values", ())]
        await interaction.client.desk.house.use(interaction, self.move, self.channel_id, self.setting, values)


def _id(move: Move, channel_id: int | None, setting: HouseSetting | None = None, rest: str = "") -> str:
    return f"lienzo:house:{move.value}:{channel_id or 0}" + (f":{setting.value}" if setting else "") + rest


def panel(channel_id: int | None) -> discord.ui.View:
    """Under the rules of a place: change one, or look at another place."""
    view = discord.ui.View(timeout=None)
    change: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=_id(Move.CHANGE, channel_id),
        placeholder=say("rules-change"),
        options=[
            discord.SelectOption(
                value=setting.value,
                label=say(f"rule-{setting.value}")[:100],
                description=say(f"rule-what-{setting.value}")[:100],
            )
            for setting in house_wording.settings(channel_id)
        ],
        row=0,
    )
    view.add_item(HouseItem(change, Move.CHANGE, channel_id, None))
    place: discord.ui.ChannelSelect[Any] = discord.ui.ChannelSelect(
        custom_id=_id(Move.PLACE, None), placeholder=say("rules-place"), channel_types=_CHANNELS, row=1
    )
    view.add_item(HouseItem(place, Move.PLACE, None, None))
    if channel_id is not None:
        view.add_item(_button(Move.SHOW, None, None, say("rules-whole-server"), row=2))
    return view


def chooser(
    setting: HouseSetting, channel_id: int | None, choices: Sequence[str], chosen: Sequence[str]
) -> discord.ui.View | None:
    """Menus for one setting; None where it is to be typed. ``chosen``: what was set there, as text."""
    menus = _menus(setting, channel_id, choices, chosen)
    if not menus:
        return None
    view = discord.ui.View(timeout=None)
    for row, menu in enumerate(menus):
        menu.row = row
        view.add_item(HouseItem(menu, Move.SET, channel_id, setting))
    if chosen:
        view.add_item(_button(Move.RESET, channel_id, setting, say("rules-reset"), row=len(menus)))
    view.add_item(_button(Move.SHOW, channel_id, None, say("rules-back"), row=len(menus)))
    return view


def _menus(
    setting: HouseSetting, channel_id: int | None, choices: Sequence[str], chosen: Sequence[str]
) -> list[discord.ui.Item[Any]]:
    custom_id = _id(Move.SET, channel_id, setting)
    if setting in (HouseSetting.CHANNELS, HouseSetting.GALLERY, HouseSetting.REVIEWS, HouseSetting.LOG):
        is_list = setting is HouseSetting.CHANNELS
        return [
            discord.ui.ChannelSelect(
                custom_id=custom_id,
                channel_types=_CHANNELS if is_list else _CHANNELS[:2],
                max_values=MOST_LISTED if is_list else 1,
                default_values=[discord.SelectDefaultValue.from_channel(discord.Object(int(one))) for one in chosen],
            )
        ]
    if not choices or len(choices) > MOST_LISTED:
        return []
    menu: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=custom_id,
        max_values=len(choices) if setting in _LISTS else 1,
        options=[
            discord.SelectOption(value=one, label=house_wording.choice(setting, one)[:100], default=one in chosen)
            for one in choices
        ],
    )
    if setting is not HouseSetting.UPLOADS:
        return [menu]
    roles: discord.ui.RoleSelect[Any] = discord.ui.RoleSelect(
        custom_id=_id(Move.SET, channel_id, setting, ":role"), placeholder=say("rules-role")
    )
    return [menu, roles]


def _button(
    move: Move, channel_id: int | None, setting: HouseSetting | None, label: str, *, row: int
) -> discord.ui.Item[Any]:
    style = discord.ButtonStyle.danger if move is Move.RESET else discord.ButtonStyle.secondary
    button: discord.ui.Button[Any] = discord.ui.Button(
        style=style, label=label, custom_id=_id(move, channel_id, setting), row=row
    )
    return HouseItem(button, move, channel_id, setting)


OnTyped = Callable[[discord.Interaction[Any], str], Awaitable[None]]


class HouseForm(Form):
    """One setting, typed; left empty it is reset."""

    def __init__(self, setting: HouseSetting, current: str, most_characters: int, on_typed: OnTyped) -> None:
        super().__init__(say(f"rule-{setting.value}"))
        self._on_typed = on_typed
        self._text: discord.ui.TextInput[HouseForm] = discord.ui.TextInput(
            label=say("rules-field"),
            custom_id=setting.value,
            placeholder=say(f"rule-what-{setting.value}")[:100],
            default=current[:LONGEST_FIELD],
            max_length=min(LONGEST_FIELD, most_characters),
            required=False,
        )
        self.add_item(self._text)

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await self._on_typed(interaction, self._text.value)
