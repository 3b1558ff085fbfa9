"""Presets: who may write them, what they may be, and how one goes into what was typed."""

from pathlib import Path

import pytest

from bot.errors import InvalidRequest, NotAManager, PromptBlocked, SettingRefused
from bot.services.house_rules import resolve
from bot.services.options import ImagineOptions, wish_for
from bot.services.preset_text import put_in
from bot.services.presets import MOST_PRESETS, Presets
from bot.services.requester import Requester
from config import load_settings
from db import Database, Origin
from db.parameters import PresetUse, take_from_columns, to_columns
from tests.bot.services.moderating import Moderating

SETTINGS = load_settings(env_file=Path("/nonexistent"), overrides={})
MANAGER = Requester(user_id=1, guild_id=7, channel_id=70, may_manage_server=True)
ORIGIN = Origin(user_id=1, guild_id=7, channel_id=70, application_id=1, interaction_token=None)


async def a_book(database: Database) -> Presets:
    moderating = Moderating(database, database.file.parent, lambda: 5)
    book = Presets(SETTINGS.imagine, database, moderating.admission, lambda: 5)
    await book.open()
    return book


@pytest.mark.parametrize(
    ("prompt", "negative", "typed", "typed_negative", "drawn"),
    [
        ("in ink", "", "a fox", "", ("a fox, in ink", "")),
        ("an etching of {prompt}, in ink", "colour", "a fox", "rain", ("an etching of a fox, in ink", "rain, colour")),
        ("{prompt} and {prompt}", "", "a fox", "", ("a fox and a fox", "")),
        ("", "colour", "a fox", "", ("a fox", "colour")),
        ("in ink", "", "a {prompt}", "", ("a {prompt}, in ink", "")),
    ],
)
def test_a_preset_is_put_into_what_was_typed(
    prompt: str, negative: str, typed: str, typed_negative: str, drawn: tuple[str, str]
) -> None:
    assert put_in(PresetUse("ink", prompt, negative, typed, typed_negative)) == drawn


def test_too_long_together_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        put_in(PresetUse("ink", "{prompt} {prompt} {prompt}", "", "x" * 1000, ""))


async def test_what_is_kept_tells_what_was_typed(database: Database) -> None:
    book = await a_book(database)
    await book.add(MANAGER, ORIGIN, "Ink", "an etching of {prompt}", "colour")
    used = await book.use(7, " ink ", "a fox", "rain")
    options = ImagineOptions(prompt="a fox", negative_prompt="rain", seed=1, preset="ink")
    wish = wish_for(options, SETTINGS, resolve(SETTINGS), used)
    assert (wish.request.prompt, wish.request.negative_prompt) == ("an etching of a fox", "rain, colour")
    kept = take_from_columns(to_columns(wish.parameters))
    assert kept == wish.parameters
    assert (kept.prompt, kept.typed_prompt, kept.typed_negative_prompt) == ("an etching of a fox", "a fox", "rain")


async def test_presets_are_a_servers_own_and_outlive_a_restart(database: Database) -> None:
    book = await a_book(database)
    await book.add(MANAGER, ORIGIN, "ink", "in ink", "")
    await book.add(MANAGER, ORIGIN, "Étude  2", "a study", "")
    for one in (book, await a_book(database)):
        assert one.names(7) == ["ink", "Étude 2"]
        assert one.names(8) == one.names(None) == []
        with pytest.raises(InvalidRequest):
            await one.use(8, "ink", "a fox", "")
    await book.change(MANAGER, ORIGIN, "INK", "in black ink", "colour")
    assert (await book.get(7, "ink")).prompt == "in black ink"
    await book.remove(MANAGER, "Ink")
    for one in (book, await a_book(database)):
        assert one.names(7) == ["Étude 2"]
        with pytest.raises(SettingRefused):
            await one.get(7, "ink")


@pytest.mark.parametrize(
    ("name", "prompt"),
    [("INK", "again"), ("", "x"), ("x" * 33, "x"), ("a`b", "x"), ("@everyone", "x"), ("new", " "), ("new", "x" * 1001)],
)
async def test_what_cannot_be_one_is_refused(database: Database, name: str, prompt: str) -> None:
    book = await a_book(database)
    await book.add(MANAGER, ORIGIN, "ink", "in ink", "")
    with pytest.raises(SettingRefused):
        await book.add(MANAGER, ORIGIN, name, prompt, "")
    assert book.names(7) == ["ink"]


async def test_there_is_a_most_and_the_gate_reads_them_and_members_may_not(database: Database) -> None:
    book = await a_book(database)
    with pytest.raises(PromptBlocked):
        await book.add(MANAGER, ORIGIN, "new", "gory entrails", "")
    member = Requester(user_id=2, guild_id=7, channel_id=70)
    for work in (
        book.add(member, ORIGIN, "new", "x", ""),
        book.change(member, ORIGIN, "new", "x", ""),
        book.remove(member, "new"),
    ):
        with pytest.raises(NotAManager):
            await work
    for nth in range(MOST_PRESETS):
        await book.add(MANAGER, ORIGIN, f"style {nth}", "x", "")
    with pytest.raises(SettingRefused, match="too-many"):
        await book.add(MANAGER, ORIGIN, "one more", "x", "")
