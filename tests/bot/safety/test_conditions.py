"""What a milder policy asks for instead of a refusal: lead away from it, hide the picture."""

import pytest

from bot.safety import Action, Cleared, Gate, PictureEvidence, PictureFile, Policy, PromptTexts, Verdict, load_rules
from bot.safety.policy import can_steer, presets

PICTURE = PictureFile(b"bytes", "png", 64, 64)
RULES = """
version = 1
[lexicons.minor]
words = ["wibblotan"]
[lexicons.first]
words = ["zorbexil"]
[lexicons.second]
words = ["plimquado"]
[[rules]]
name = "first"
category = "violence_gore"
any_of = ["first"]
[[rules]]
name = "second"
category = "mockery"
any_of = ["second"]
"""
MILD = Policy("mild", presets()["mature"].actions | {"violence_gore": Action.STEER, "mockery": Action.STEER})


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "stand_ins.toml").write_text(RULES)
    return Gate(load_rules(folder), is_image_check_required=True, timeout_seconds=5.0, policy=MILD)


def evidence(prompt: str, nsfw: float, *, has_upload: bool = False) -> PictureEvidence:
    return PictureEvidence(PromptTexts(prompt, has_upload=has_upload), {"contrast": 0.2, "nsfw": nsfw}, False)


async def test_what_is_found_is_reported_though_it_passes(gate: Gate) -> None:
    cleared = await gate.check_prompt(PromptTexts("a zorbexil at noon"))
    assert isinstance(cleared, Cleared)
    assert cleared.conditions.verdict == Verdict("prompt", "violence_gore", "first", action=Action.STEER)
    assert "gore" in cleared.conditions.steering
    assert not cleared.conditions.is_spoiler
    harmless = await gate.check_prompt(PromptTexts("a tree"))
    assert isinstance(harmless, Cleared)
    assert harmless.conditions.verdict is None
    assert harmless.conditions.steering == ""


@pytest.mark.parametrize(
    ("texts", "steers"),
    [
        (PromptTexts("a zorbexil", is_guided=False), False),  # nothing heeds a negative prompt there
        (PromptTexts("a plimquado"), False),  # no words lead away from it
        (PromptTexts("a plimquado and a zorbexil"), True),
    ],
)
async def test_what_cannot_be_steered_is_hidden(gate: Gate, texts: PromptTexts, steers: bool) -> None:
    cleared = await gate.check_prompt(texts)
    assert isinstance(cleared, Cleared)
    assert cleared.conditions.is_spoiler
    assert bool(cleared.conditions.steering) is steers


async def test_a_policy_says_what_becomes_of_a_picture(gate: Gate) -> None:
    hidden = await gate.check_picture(PICTURE, evidence("a tree", 0.9))
    assert isinstance(hidden, Cleared)
    assert hidden.conditions.is_spoiler
    shown = await gate.check_picture(PICTURE, evidence("a tree", 0.3))
    assert isinstance(shown, Cleared)
    assert not shown.conditions.is_spoiler
    stopped = await gate.check_picture(PICTURE, evidence("a tree", 0.9), presets()["family"])
    assert stopped == Verdict("image", "sexual", "nsfw-score", score=0.9)


async def test_a_stored_picture_is_hidden_for_nobody_remembers_what_it_shows(gate: Gate) -> None:
    stored = await gate.recheck_stored(PICTURE, PromptTexts("a tree"))
    assert isinstance(stored, Cleared)
    assert stored.conditions.is_spoiler
    strict = await gate.recheck_stored(PICTURE, PromptTexts("a tree"), presets()["family"])
    assert isinstance(strict, Cleared)
    assert not strict.conditions.is_spoiler


@pytest.mark.parametrize(
    ("found", "category"),
    [
        (evidence("a wibblotan", 0.3), "minors_sexual"),
        (evidence("a young wizard", 0.3), "age_ambiguous"),
        (evidence("a tree", 0.3, has_upload=True), "upload_sexual"),
    ],
)
async def test_no_policy_shows_some_pictures(gate: Gate, found: PictureEvidence, category: str) -> None:
    verdict = await gate.check_picture(PICTURE, found)
    assert isinstance(verdict, Verdict)
    assert (verdict.stage, verdict.category, verdict.action) == ("image", category, Action.BLOCK)


async def test_the_rules_of_pictures_stop_no_prompt(gate: Gate) -> None:
    for texts in (PromptTexts("a wibblotan"), PromptTexts("a young wizard"), PromptTexts("a tree", has_upload=True)):
        assert isinstance(await gate.check_prompt(texts), Cleared)


def test_every_category_of_the_presets_can_be_steered_or_is_no_harm() -> None:
    unsteered = {category for category in presets()["family"].actions if not can_steer(category)}
    assert unsteered == {"public_figure", "unknown_language"}
