"""Rules on stand-in words: what is hidden is found, what is harmless passes."""

import html
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.safety.rules import Rules, RulesUnusable, load_rules

WORD = "zorbex"  # stands for whatever a community does not want
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


def spelled(offset: int) -> str:
    return "".join(chr(offset + ord(letter) - ord("a")) for letter in WORD)


TRANSFORMS = {
    "as it is": WORD,
    "capitals": WORD.upper(),
    "fullwidth": spelled(0xFF41),
    "mathematical bold": spelled(0x1D41A),
    "mathematical script": spelled(0x1D4EA),
    "double struck": spelled(0x1D552),
    "circled": spelled(0x24D0),
    "parenthesized": spelled(0x249C),
    "squared": spelled(0x1F130),
    "negative squared": spelled(0x1F170),
    "negative circled": spelled(0x1F150),
    "regional indicators": spelled(0x1F1E6),
    "tag characters": "".join(chr(0xE0000 + ord(letter)) for letter in WORD),
    "Cyrillic look-alikes": "zоrЬех".replace("Ь", "b"),
    "Greek look-alikes": "zοrβεχ",
    "accents": "zórbéx",
    "zalgo": "".join(letter + "\u0301\u0336\u035b" for letter in WORD),
    "zero width": "\u200b".join(WORD),
    "soft hyphens": "\u00ad".join(WORD),
    "word joiners": "\u2060".join(WORD),
    "variation selectors": "\ufe0f".join(WORD),
    "right-to-left marks": "\u202e" + "\u200f".join(WORD),
    "spaces": " ".join(WORD),
    "double spaces": "  ".join(WORD),
    "dots": ".".join(WORD),
    "hyphens": "-".join(WORD),
    "underscores": "_".join(WORD),
    "slashes": "/".join(WORD),
    "markdown": "**zor**bex",
    "brackets": "zor(bex)",
    "weights": "(zor:1.2)(bex:1.1)",
    "one weight": "((zorbex:1.3))",
    "angle tags": "zor<b></b>bex",
    "entities": "".join(f"&#{ord(letter)};" for letter in WORD),
    "named entity": html.escape("zorbex &"),
    "url encoding": "".join(f"%{ord(letter):02x}" for letter in WORD),
    "half url encoding": quote("zor") + "%62ex",
    "leet": "z0rb3x",
    "repeats": "zzzooorrrbbbeeexxx",
    "long vowel": "zorbeeeeex",
    "newline": "a\nzorbex\nb",
    "backslash": "zor\\bex",
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_hidden_word_is_found(rules: Rules, name: str) -> None:
    for before, after in [("", ""), ("a picture of ", ""), ("", ", artstation, octane render, 8k"), ("one ", " two")]:
        text = f"{before}{TRANSFORMS[name]}{after}"
        match = rules.first_match(text, "")
        assert match is not None, text
        assert match.rule == "banned"


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
        "a zorb ex libris",
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
    assert [rule.category for rule in load_rules()._rules][:6] == ["minors_sexual"] * 6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("version = 1\n[[rules]]\nname='x'\ncategory='y'\nall_of=['nowhere']\n", "nowhere"),
        ("version = 1\n[lexicons.a]\nwords = []\n", "lexicons.a.words"),
        ("version = 1\nlexicon = 3\n", "lexicon"),
        ("version = \n", "mine.toml"),
    ],
)
def test_a_broken_rule_file_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(RulesUnusable, match=why):
        load_rules(tmp_path)
