"""Known and unknown words, on a vocabulary learned from a few captions."""

from pathlib import Path

import pytest

from inference.builtin import data, tokenizer, words
from inference.builtin.pictures import scenes


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    folder: Path = tmp_path_factory.mktemp("words")
    data.draw_shards(folder, seed=2, shards={"one": data.Recipe("one", scenes.CRISP, 300)})
    tokenizer.build(folder)
    return words.known_words(folder)


def test_words_of_captions_are_known_and_others_are_named_in_order(known: frozenset[str]) -> None:
    assert words.unknown_words("A red circle, on a blue background!", known) == ()
    assert words.unknown_words("a dragon with a red sword and a dragon", known) == ("dragon", "sword")


def test_pieces_of_words_are_no_words(known: frozenset[str]) -> None:
    assert {"circle", "background", "purple"} <= known
    assert words.unknown_words("circ backgr", known) == ("circ", "backgr")


def test_a_prompt_without_letters_is_not_strange(known: frozenset[str]) -> None:
    assert words.unknown_words("", known) == ()
    assert words.unknown_words("123 🐊", known) == ()
