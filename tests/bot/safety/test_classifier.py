"""The classifier by itself: windows, and what the length of a text changes."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.safety.classifier import LENGTHS, MOST_PIECES_READ, Classifier, load_classifier, window_bounds
from bot.safety.encoder import MOST_PIECES, Encoder, load_encoder
from bot.safety.judging import matches
from bot.safety.normalise import View
from bot.safety.rules import Rule, load_rules
from bot.safety.spans import around
from bot.safety.texts import PromptTexts
from bot.safety.wording import content_length
from tests.bot.safety.guessing import guessing

HEAD = "a beautiful detailed digital painting of a quiet landscape with"
TAIL = "highly detailed artstation octane render 8k sharp focus smooth concept art"
SENTENCE = "an old lighthouse keeper feeds the gulls while his grandson mends a net beside the harbour wall at dawn"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return load_classifier()


def best_window(classifier: Classifier, words: View) -> NDArray[np.float32]:
    highest: NDArray[np.float32] = classifier._windows(words, (), window_bounds(len(words))).max(axis=0)
    return highest


def test_decoration_makes_no_text_longer() -> None:
    assert content_length(["a", "small", "church", "on", "a", "hill"]) == 3
    assert content_length(f"a small church on a hill {TAIL}".split()) == 3
    assert content_length(f"{HEAD} a small church on a hill {TAIL}".split()) == 5


def test_every_length_and_category_has_a_threshold(classifier: Classifier) -> None:
    assert classifier._doubts.shape == (len(LENGTHS) + 1, len(classifier.categories))
    assert all(0 < limit.suspect <= limit.sure <= limit.certain < 1 for limit in classifier.thresholds.values())


def test_windows_of_the_same_words_are_worked_out_once_and_alike(classifier: Classifier) -> None:
    words = tuple(SENTENCE.split()[:12])
    once = best_window(classifier, words)
    again = best_window(classifier, words * 40)
    # The windows of a repeated text are those of one turn of it, wherever they begin.
    turn = best_window(classifier, words * 2)
    assert np.allclose(again, turn, atol=1e-4)
    assert (again >= once - 1e-4).all()


def test_all_windows_at_once_are_what_each_is_alone(classifier: Classifier) -> None:
    words = tuple(SENTENCE.split())
    alone = [best_window(classifier, words[start:end]) for start, end in window_bounds(len(words))]
    assert np.allclose(best_window(classifier, words), np.max(alone, axis=0), atol=1e-4)


class Counting:
    """The encoder, and how many pieces each of its calls had."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.pieces: list[int] = []

    def ids(self, words: Sequence[str]) -> list[int]:
        return self._encoder.ids(words)

    def embed(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        self.pieces.append(sum(map(len, texts)))
        return self._encoder.embed(texts)


def counted(classifier: Classifier, wake: float) -> tuple[Classifier, Counting]:
    """One that reads again from those log-odds on, and what it reads."""
    counting: Any = Counting(load_encoder())
    return replace(classifier, _encoder=counting, _wake=np.full(len(classifier.categories), wake, np.float32)), counting


def test_what_is_plainly_harmless_is_read_once_only(classifier: Classifier) -> None:
    asleep, counting = counted(classifier, 50.0)
    words = tuple(SENTENCE.split())
    assert max(asleep.scores([(words, ())]).values()) < 1e-6
    assert counting.pieces == []


def test_a_second_reading_has_a_bounded_length_whatever_the_text(classifier: Classifier) -> None:
    awake, counting = counted(classifier, -50.0)
    chance = random.Random(5)
    words = tuple("".join(chance.choices("bcdfghjklmnpqrstvwxz", k=20)) for _ in range(90))
    awake.scores([(words[turn:] + words[:turn], ()) for turn in range(5)])
    assert len(counting.pieces) == 1
    assert counting.pieces[0] < MOST_PIECES_READ + MOST_PIECES + 2


def test_a_text_that_is_too_much_to_read_is_not_let_off(classifier: Classifier) -> None:
    """Views that are not read any more count like those that were."""
    awake, _ = counted(classifier, -50.0)
    first = tuple(SENTENCE.split())
    many = [tuple(f"{word}{number}" for word in first) for number in range(6)]
    meanings = awake._read_again([around(words, [(0, len(words))]) for words in many])
    assert len(meanings) == 6
    assert all((meaning > -25).all() for meaning in meanings)


def test_decoration_changes_no_meaning(classifier: Classifier) -> None:
    plain = ("a", "small", "church", "on", "a", "hill")
    decorated = plain + tuple(TAIL.split())
    alone = classifier._read_again([around(plain, [(0, len(plain))])])[0]
    with_tail = classifier._read_again([around(decorated, [(0, len(plain))])])[0]
    assert np.allclose(alone, with_tail, atol=1e-5)


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
        sure = guessing(rules, {**rules.classifier.thresholds, "sexual": certain}, sexual=score)
        texts = PromptTexts("a kid in a meadow")
        found[score] = {match.category for match in matches(sure, texts)}
    assert "age_ambiguous" in found[0.6] and "minors_sexual" not in found[0.6]
    assert "minors_sexual" in found[0.999999]


def test_a_rule_may_ask_for_certainty_only() -> None:
    assert Rule(name="one", category="sexual", certain="sexual").certain == "sexual"
