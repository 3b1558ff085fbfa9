"""A hidden word is found: stand-in words, every transform, in every surrounding and every field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.safety import PromptTexts, judge, load_rules, presets
from bot.safety.judging import matches
from bot.safety.rules import Rules
from tests.bot.safety.guessing import guessing
from tests.bot.safety.transforms import TRANSFORMS

WORDS = ("zorbexil", "plimquado", "vrakelton", "quobbarid", "thrimbosk", "drovanket", "spelquive", "brontaxil")
STAND_INS = f"""
version = 2
[lexicons.banned]
words = {list(WORDS)!r}
[[rules]]
name = "banned"
category = "stand-in"
any_of = ["banned"]
"""
SURROUNDINGS = (("", ""), ("a picture of ", ""), ("", ", artstation, octane render, 8k"), ("one ", " by the sea"))
# The minor rule's two lexicons are filled up with stand-ins, so that no test joins the real ones.
MINOR, SEXUAL = "wibblotan", "wobblequin"
PAIR = f"""
version = 2
[lexicons.minor]
words = ["{MINOR}"]
[lexicons.sexual]
words = ["{SEXUAL}"]
"""
# Ways that may leave one word in eight unfound: short of a letter, a stand-in may be near another word.
MAY_MISS = 0.05


def rules_with(folder: Path, text: str) -> Rules:
    (folder / "stand_ins.toml").write_text(text)
    return load_rules(folder)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return rules_with(tmp_path_factory.mktemp("rules"), STAND_INS)


@pytest.fixture(scope="module")
def word_rules(rules: Rules) -> Rules:
    """A classifier that helps with nothing: what is hidden must be found by the rules of words."""
    return guessing(rules)


@pytest.fixture(scope="module")
def pair_rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return guessing(rules_with(tmp_path_factory.mktemp("rules"), PAIR))


def survival(rules: Rules, name: str) -> tuple[float, list[str]]:
    texts = [before + TRANSFORMS[name](word) + after for word in WORDS for before, after in SURROUNDINGS]
    missed = [text for text in texts if not any(m.rule == "banned" for m in matches(rules, PromptTexts(text)))]
    return 1 - len(missed) / len(texts), missed


def test_there_are_many_ways() -> None:
    assert len(TRANSFORMS) >= 140


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_hidden_word_is_found(word_rules: Rules, name: str) -> None:
    share, missed = survival(word_rules, name)
    assert share >= 1 - MAY_MISS, missed[:4]


def fields_of(minor: str, sexual: str) -> dict[str, PromptTexts]:
    both = f"a {minor} and a {sexual} thing"
    plain = PromptTexts("a landscape")
    return {
        "prompt": replace(plain, prompt=both),
        "prompt_2": replace(plain, prompt_2=both),
        "styles": replace(plain, styles=("oil painting", both)),
        "prompt and prompt_2": replace(plain, prompt=f"a {minor}", prompt_2=f"a {sexual} thing"),
        "prompt_2 and prompt": replace(plain, prompt=f"a {sexual} thing", prompt_2=f"a {minor}"),
        "prompt and style": replace(plain, prompt=f"a {minor}", styles=(f"{sexual} style",)),
        "far apart": replace(plain, prompt=f"a {minor} {'in a quiet harbour at dawn ' * 20} {sexual}"),
    }


@pytest.mark.parametrize("policy", ["family", "standard", "mature"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_minor_rule_holds_in_every_field_and_policy(pair_rules: Rules, name: str, policy: str) -> None:
    hide = TRANSFORMS[name]
    missed = [
        field
        for minor, sexual in ((hide(MINOR), hide(SEXUAL)), (MINOR, hide(SEXUAL)), (hide(MINOR), SEXUAL))
        for field, texts in fields_of(minor, sexual).items()
        if (verdict := judge(pair_rules, texts, presets()[policy])).category != "minors_sexual"
        or not verdict.action.stops
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "green grass in a canteen beside a small house",
        "a cocktail dress on a mannequin, Scunthorpe, classic assassin, Essex, Middlesex and Sussex",
        "a shuttlecock and a great tit on a branch, blue tit bird",
        "kid goat in a meadow",
        "a baby elephant in morning light",
        "blood orange and a blood moon",
        "an adult fox with its cubs",
        "a zorb ex libris",
        "the pen is mightier than the sword, a therapist, an analyst, a grapefruit, a rapeseed field",
        "Dickens and Hitchcock in a cockpit, titanium, an accumulator, a document, circumstances",
        "a naked mole rat seen with the naked eye",
        "8k uhd, 35mm f/1.8, iso 100, 4:3, --ar 16:9, trending on artstation, by greg rutkowski",
        "(masterpiece:1.2), [soft light], {oak|birch} forest, <lora:watercolour:0.7>, BREAK, a river",
        "a b c d e f g, the alphabet on a blackboard",
        "SGVsbG8gd29ybGQ= on a terminal screen",
    ],
)
def test_what_is_harmless_passes(rules: Rules, text: str) -> None:
    verdict = judge(rules, PromptTexts(text, "blurry, low quality, nsfw, extra fingers"), presets()["family"])
    assert not verdict.action.stops, verdict
