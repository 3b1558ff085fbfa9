"""Rules on stand-in words: what is hidden is found, what is harmless passes."""

from pathlib import Path

import pytest

from bot.safety.rules import Rules, RulesUnusable, load_rules

STAND_INS = """
version = 1
[lexicons.banned]
words = ["zorbex", "plim plam", "quobb*"]
[lexicons.left]
words = ["wibble"]
[lexicons.right]
words = ["wobble"]
[lexicons.refused]
words = ["fribble"]
[[rules]]
name = "pair"
category = "pairs"
all_of = ["left", "right"]
[[rules]]
name = "inverted"
category = "pairs"
all_of = ["left"]
negative_any_of = ["refused"]
[[rules]]
name = "banned"
category = "stand-in"
all_of = ["banned"]
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "stand_ins.toml").write_text(STAND_INS)
    return load_rules(folder)


@pytest.mark.parametrize(
    "text",
    [
        "green grass in a canteen beside a small house",
        "a cocktail dress on a mannequin, Scunthorpe, classic assassin, Essex",
        "a shuttlecock and a great tit on a branch, blue tit bird",
        "kid goat in a meadow",
        "a baby elephant in morning light",
        "blood orange and a blood moon",
        "an adult fox with its cubs",
        "an ex libris of a zorbing club",
    ],
)
def test_what_is_harmless_passes(rules: Rules, text: str) -> None:
    match = rules.first_match(text, "blurry, low quality, nsfw, extra fingers")
    assert match is None, match


def test_a_pair_needs_both_and_they_may_hide_apart(rules: Rules) -> None:
    assert rules.first_match("a wibble", "") is None
    assert rules.first_match("a wobble", "") is None
    match = rules.first_match("(w.i.b.b.l.e:1.4) somewhere with a W0BBLE", "")
    assert match is not None
    assert match.rule == "pair"


def test_the_negative_prompt_is_evidence(rules: Rules) -> None:
    assert rules.first_match("a wibble", "blurry") is None
    match = rules.first_match("a wibble", "f r i b b l e")
    assert match is not None
    assert match.rule == "inverted"
    assert rules.first_match("a landscape", "zorbex") is None, "asking for less of it is no offence"


def test_phrases_and_endings(rules: Rules) -> None:
    assert rules.first_match("the plim-plam of it", "") is not None
    assert rules.first_match("quobbing", "") is not None
    assert rules.first_match("plim and plam", "") is None


def test_the_rules_of_minors_stand_first() -> None:
    assert [rule.category for rule in load_rules().rules][:6] == ["minors_sexual"] * 6


def test_the_sign_for_adults_only_names_no_minor() -> None:
    match = load_rules().first_match("\N{NO ONE UNDER EIGHTEEN SYMBOL} lights of a city", "")
    assert match is not None
    assert match.category == "sexual"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version = 1\n[[rules]]\nname='x'\ncategory='y'\nall_of=['nowhere']\n", "nowhere"),
        ("version = 1\n[lexicons.a]\nwords = []\n", "lexicons.a"),
        ("version = 1\nlexicon = 3\n", "lexicon"),
        ("version = \n", "mine.toml"),
    ],
)
def test_a_broken_rule_file_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RulesUnusable, match=why):
        load_rules(tmp_path)
