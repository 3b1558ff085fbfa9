"""Of alternatives in a prompt one is chosen, the same one for the same seed; wildcards come from files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.alternatives import MOST_CHOICES, chosen
from bot.services.house_rules import resolve
from bot.services.offspring import edited
from bot.services.options import ImagineOptions, wish_for
from config import SettingsError, load_settings


@given(st.text(max_size=200), st.integers(0, 2**32 - 1))
def test_it_always_ends_and_the_same_seed_says_the_same(text: str, seed: int) -> None:
    assert chosen(text, seed) == chosen(text, seed)
    assert len(chosen(text, seed)) <= len(text)
    if "|" not in text:
        assert chosen(text, seed) == text


def test_every_one_is_chosen_sometime_and_nothing_else() -> None:
    found = {chosen("a {red|blue | {light|dark} green} fox", seed) for seed in range(100)}
    assert found == {f"a {colour} fox" for colour in ("red", "blue", "light green", "dark green")}


@pytest.mark.parametrize("text", ["a {fox}", "a fox}", "{a fox", "a|b", "{}", "((fox:1.2))"])
def test_what_offers_no_choice_stays(text: str) -> None:
    assert chosen(text, 1) == text


def test_a_wildcard_is_a_line_of_its_file_and_an_unknown_one_stays() -> None:
    files = {"colours": ("red", "{light|dark} blue"), "two-words_more": ("x",)}
    found = {chosen("a __Colours__ __fox__ __two-words_more__", seed, files) for seed in range(50)}
    assert found == {f"a {colour} __fox__ x" for colour in ("red", "light blue", "dark blue")}


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_lines_that_name_their_own_file_end(lines: list[str], seed: int) -> None:
    files = {"a": ["__a__ __a__", *lines]}
    assert chosen("__a__", seed, files) == chosen("__a__", seed, files)
    assert len(chosen("__a__", seed, files)) <= 60 + MOST_CHOICES * 60


async def test_the_operators_files_go_into_prompts_and_edits(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "Animals.txt").write_text("# of the wood\n\n fox \n")
    settings = load_settings(overrides={"imagine": {"wildcards_folder": str(folder)}})
    wish = wish_for(ImagineOptions(prompt="a __animals__"), settings, resolve(settings))
    assert (wish.request.prompt, wish.parameters.prompt) == ("a fox", "a fox")
    changed = await edited(wish, {"prompt": "two __animals__"}, settings)
    assert changed.request.prompt == "two fox"


def test_files_that_cannot_be_read_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="wildcards_folder.*is no folder; make it"):
        load_settings(overrides={"imagine": {"wildcards_folder": str(tmp_path / "none")}})
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SettingsError, match="bad.txt cannot be read"):
        load_settings(overrides={"imagine": {"wildcards_folder": str(tmp_path)}})
