"""The classifier by itself: windows, and what the length of a text changes."""

from dataclasses import replace

import numpy as np
import pytest

from bot.safety.classifier import LENGTHS, Classifier, load_classifier, window_bounds
from bot.safety.judging import matches
from bot.safety.rules import Rule, load_rules
from bot.safety.texts import PromptTexts
from bot.safety.wording import content_length

HEAD = "a beautiful detailed digital painting of a quiet landscape with"
TAIL = "highly detailed artstation octane render 8k sharp focus smooth concept art"
SENTENCE = "an old lighthouse keeper feeds the gulls while his grandson mends a net beside the harbour wall at dawn"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier()


def test_decoration_makes_no_text_longer() -> None:
    assert content_length(["a", "small", "church", "on", "a", "hill"]) == 3
    assert content_length(f"a small church on a hill {TAIL}".split()) == 3
    assert content_length(f"{HEAD} a small church on a hill {TAIL}".split()) == 5


def test_every_length_and_category_has_a_threshold(classifier: Classifier) -> None:
    assert classifier._doubts.shape == (len(LENGTHS) + 1, len(classifier.categories))
    assert all(0 < limit.suspect <= limit.sure <= limit.certain < 1 for limit in classifier.thresholds.values())


def test_windows_of_the_same_words_are_worked_out_once_and_alike(classifier: Classifier) -> None:
    words = tuple(SENTENCE.split()[:12])
    once = classifier._best_window(words, ())
    again = classifier._best_window(words * 40, ())
    # The windows of a repeated text are those of one turn of it, wherever they begin.
    turn = classifier._best_window(words * 2, ())
    assert np.allclose(again, turn, atol=1e-4)
    assert (again >= once - 1e-4).all()


def test_all_windows_at_once_are_what_each_is_alone(classifier: Classifier) -> None:
    words = tuple(SENTENCE.split())
    alone = [classifier._best_window(words[start:end], ()) for start, end in window_bounds(len(words))]
    assert np.allclose(classifier._best_window(words, ()), np.max(alone, axis=0), atol=1e-4)


def test_words_that_nobody_knows_are_no_offence(classifier: Classifier) -> None:
    words = ("qzxv", "wkqj", "vxzq")
    scores = classifier.scores([(words, ()), ((), ())])
    assert all(score < classifier.thresholds[category].sure for category, score in scores.items())


def test_an_accusation_takes_more_than_a_refusal() -> None:
    """A guess about a text that names a minor is stopped under the wide rule; only what is certain under the strict."""
    rules = load_rules()
    found = {}
    for score in (0.6, 0.999999):
        certain = replace(rules.classifier.thresholds["sexual"], certain=0.9)
        guessing = _Sure({**rules.classifier.thresholds, "sexual": certain}, score)
        texts = PromptTexts("a kid in a meadow")
        found[score] = {match.category for match in matches(replace(rules, classifier=guessing), texts)}
    assert "age_ambiguous" in found[0.6] and "minors_sexual" not in found[0.6]
    assert "minors_sexual" in found[0.999999]


def test_a_rule_may_ask_for_certainty_only() -> None:
    assert Rule(name="one", category="sexual", certain="sexual").certain == "sexual"


class _Sure:
    """A classifier that is as sure of one category as it is told."""

    def __init__(self, thresholds: object, score: float) -> None:
        self.thresholds = thresholds
        self._score = score

    def scores(self, views: object) -> dict[str, float]:
        return {"sexual": self._score, "violence_gore": 0.0, "disturbing": 0.0, "hate": 0.0, "illegal": 0.0}
