"""What the classifier only suspects: it is drawn, led away from it, and its picture is held to a stricter measure."""

from dataclasses import replace

import pytest

from bot.safety import Action, Cleared, Gate, PictureEvidence, PictureFile, Policy, PromptTexts, Verdict, load_rules
from bot.safety.judging import judge
from bot.safety.policy import presets, suspicions
from bot.ui.help_page import EXAMPLES
from tests.bot.safety.guessing import guessing

PICTURE = PictureFile(b"bytes", "png", 64, 64)
RULES = load_rules()


def gate(category: str, score: float, policy: Policy | None = None) -> Gate:
    return Gate(guessing(RULES, **{category: score}), is_image_check_required=True, timeout_seconds=5.0, policy=policy)


def between(category: str) -> float:
    """Likely, and not sure."""
    threshold = RULES.classifier.thresholds[category]
    assert threshold.likely < threshold.sure
    return (threshold.likely + threshold.sure) / 2


@pytest.mark.parametrize("category", suspicions())
async def test_it_is_drawn_and_led_away_from(category: str) -> None:
    cleared = await gate(category, between(category)).check_prompt(PromptTexts("a tree"))
    assert isinstance(cleared, Cleared)
    verdict = cleared.conditions.verdict
    assert verdict is not None
    assert (verdict.action, verdict.category, verdict.rule) == (Action.STEER, category, f"suspected-{category}")
    assert cleared.conditions.steering
    assert not cleared.conditions.is_spoiler
    below = await gate(category, RULES.classifier.thresholds[category].likely - 0.001).check_prompt(
        PromptTexts("a tree")
    )
    assert isinstance(below, Cleared)
    assert below.conditions.verdict is None
    sure = await gate(category, 0.5).check_prompt(PromptTexts("a tree"))
    assert isinstance(sure, Verdict)
    assert sure.rule == f"{category.replace('_', '-')}-classified"


@pytest.mark.parametrize(
    ("texts", "policy"),
    [
        (PromptTexts("a tree", is_guided=False), presets()["family"]),  # nothing heeds a negative prompt there
        (PromptTexts("a tree"), presets()["family"].changed({"sexual": "spoiler"})),
        (PromptTexts("a tree"), presets()["mature"]),
        (PromptTexts("a tree"), replace(presets()["family"], is_approved=True)),
    ],
    ids=["unguided", "hidden anyway", "mature", "approved"],
)
async def test_where_nothing_would_be_stopped_or_nothing_helps_it_changes_nothing(
    texts: PromptTexts, policy: Policy
) -> None:
    cleared = await gate("sexual", between("sexual"), policy).check_prompt(texts)
    assert isinstance(cleared, Cleared)
    assert cleared.conditions.verdict is None
    assert (cleared.conditions.steering, cleared.conditions.is_spoiler) == ("", False)


async def test_its_picture_is_held_to_a_stricter_measure() -> None:
    def found(nsfw: float) -> PictureEvidence:
        return PictureEvidence(PromptTexts("a tree", is_guided=False), {"contrast": 0.2, "nsfw": nsfw}, False)

    suspecting, trusting = gate("sexual", between("sexual")), gate("sexual", 0.0)
    assert isinstance(await suspecting.check_picture(PICTURE, found(0.3)), Verdict)
    assert isinstance(await suspecting.check_picture(PICTURE, found(0.2)), Cleared)
    assert isinstance(await trusting.check_picture(PICTURE, found(0.3)), Cleared)


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_the_first_lessons_are_beyond_suspicion(prompt: str) -> None:
    assert judge(RULES, PromptTexts(prompt), presets()["family"]).action is Action.ALLOW
