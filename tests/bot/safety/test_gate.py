"""The gate fails closed, and only it can clear."""

import math
import time
from typing import Any

import pytest

from bot.safety import Cleared, Gate, PictureEvidence, PictureFile, PromptTexts, Verdict, load_rules
from bot.safety.policy import presets

PICTURE = PictureFile(b"bytes", "png", 64, 64)
GOOD = {"contrast": 0.2}


def a_gate(rules: Any = None, *, required: bool = True, timeout: float = 2.0) -> Gate:
    return Gate(rules or load_rules(), is_image_check_required=required, timeout_seconds=timeout)


def evidence(scores: dict[str, float], *, by_construction: bool = False, prompt: str = "a tree") -> PictureEvidence:
    return PictureEvidence(PromptTexts(prompt), scores, by_construction)


async def test_a_harmless_prompt_is_cleared() -> None:
    cleared = await a_gate().check_prompt(PromptTexts("a red circle", "blurry"))
    assert isinstance(cleared, Cleared)
    assert cleared.value.prompt == "a red circle"


async def test_a_refusal_names_the_category() -> None:
    verdict = await a_gate().check_prompt(PromptTexts("gory entrails"))
    assert verdict == Verdict("prompt", "violence_gore", "gore")


def test_nobody_else_can_clear() -> None:
    with pytest.raises(TypeError, match="only the gate"):
        Cleared("anything", object())


class Raising:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    @property
    def normaliser(self) -> None:
        raise self.error


class Hanging:
    @property
    def normaliser(self) -> None:
        time.sleep(0.3)


@pytest.mark.parametrize(
    "rules", [Raising(RuntimeError("x")), Raising(RecursionError()), Raising(MemoryError()), Hanging()]
)
async def test_whatever_goes_wrong_in_a_check_blocks(rules: object) -> None:
    gate = a_gate(rules, timeout=0.05)
    for verdict in (
        await gate.check_prompt(PromptTexts("a tree")),
        await gate.check_picture(PICTURE, evidence(GOOD, by_construction=True)),
        await gate.recheck_stored(PICTURE, PromptTexts("a tree")),
    ):
        assert isinstance(verdict, Verdict)
        assert (verdict.category, verdict.is_our_fault) == ("unavailable", True)


@pytest.mark.parametrize(
    ("scores", "by_construction", "required", "category"),
    [
        ({"contrast": 0.2, "nsfw": 0.01}, False, True, None),
        ({"contrast": 0.2, "nsfw": 0.9}, False, True, "sexual"),
        ({"contrast": 0.2, "nsfw": 0.9}, True, False, "sexual"),
        (GOOD, True, True, None),
        (GOOD, False, True, "unchecked"),
        (GOOD, False, False, None),
        ({"contrast": 0.0}, True, False, "broken_picture"),
        ({}, True, False, "broken_picture"),
        ({"contrast": math.nan}, True, False, "unavailable"),
        ({"contrast": 0.2, "nsfw": math.nan}, True, False, "unavailable"),
        ({"contrast": 0.2, "nsfw": math.inf}, True, False, "unavailable"),
        ({"contrast": 0.2, "nsfw": -1.0}, True, False, "unavailable"),
    ],
)
async def test_pictures(scores: dict[str, float], by_construction: bool, required: bool, category: str | None) -> None:
    result = await a_gate(required=required).check_picture(PICTURE, evidence(scores, by_construction=by_construction))
    if category is None:
        assert isinstance(result, Cleared)
        assert result.value is PICTURE
    else:
        assert isinstance(result, Verdict)
        assert result.category == category


async def test_a_picture_of_a_prompt_that_is_forbidden_by_now_is_stopped() -> None:
    gate = a_gate()
    late = evidence(GOOD, by_construction=True, prompt="gory entrails")
    assert isinstance(await gate.check_picture(PICTURE, late), Verdict)
    assert isinstance(await gate.recheck_stored(PICTURE, late.texts), Verdict)


def test_fingerprints_see_through_spelling() -> None:
    assert PromptTexts("A  Red\u200b Circle").fingerprint() == PromptTexts("a red circle").fingerprint()
    assert PromptTexts("a red circle").fingerprint() != PromptTexts("a red square").fingerprint()


@pytest.mark.parametrize(
    ("scores", "passes"),
    [
        ({"nsfw": 0.0}, True),
        ({"nsfw": 0.3}, False),  # a finished picture would pass with it
        ({"nsfw": 0.9}, False),
        ({"nsfw": math.nan}, False),
        ({"contrast": 0.0, "nsfw": 0.0}, False),
        ({}, False),  # nothing has looked at it
    ],
)
async def test_an_early_look_is_judged_more_strictly_than_a_finished_picture(
    scores: dict[str, float], passes: bool
) -> None:
    cleared = await a_gate().check_look(PICTURE, evidence(GOOD | scores))
    assert (cleared is not None) == passes


async def test_what_would_be_hidden_behind_a_spoiler_is_not_looked_at_early() -> None:
    gory = evidence(GOOD, by_construction=True, prompt="gory entrails")
    finished = await a_gate().check_picture(PICTURE, gory, presets()["standard"])
    assert isinstance(finished, Cleared)
    assert finished.conditions.is_spoiler
    assert await a_gate().check_look(PICTURE, gory, presets()["standard"]) is None
