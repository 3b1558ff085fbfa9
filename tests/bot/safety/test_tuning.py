"""Tuning starts from the encoder as published, learns what it is shown, ends where it ended before, and resumes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bot.safety.encoder import load_published_encoder
from bot.safety.training import tuning
from bot.safety.training.network import Lots
from bot.safety.training.tuning import Lesson, Tuned, tune, tune_each

BOATS = ("a small boat at sea", "an old ship in the harbour", "sailing past the lighthouse", "a rowing boat")
BREAD = ("a loaf of bread", "warm rolls from the oven", "a baker with flour on his hands", "toast and butter")
UNSEEN = ("a yacht on the waves", "a basket of fresh buns")
STEPS = 24


def ids(texts: tuple[str, ...]) -> list[tuple[int, ...]]:
    return [tuple(load_published_encoder().ids(text.split())) for text in texts]


@pytest.fixture(scope="module")
def course() -> list[list[Lesson]]:
    """Of two sizes, though of the same texts: boats are of the first category, bread of the second."""
    labels = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    lesson = Lesson(ids(BOATS + BREAD), labels, np.ones_like(labels))
    return [[lesson] * STEPS] * 2


@pytest.fixture(scope="module")
def tuned(course: list[list[Lesson]]) -> Tuned:
    return tune(course)


def same(one: Tuned, other: Tuned) -> bool:
    return all(np.array_equal(one.layers[name], other.layers[name]) for name in one.layers) and all(
        np.array_equal(mine.weights, theirs.weights) for mine, theirs in zip(one.readers, other.readers, strict=True)
    )


def test_before_training_it_is_the_published_encoder() -> None:
    published, texts = load_published_encoder(), ids(BOATS + BREAD)
    with torch.inference_mode():
        found = tuning._TrainedEncoder(published).eval()(texts).numpy()
    assert np.allclose(found, published.embed(texts), atol=1e-5)


def test_what_is_stored_is_what_was_trained() -> None:
    published, texts = load_published_encoder(), ids(BOATS + BREAD)
    encoder = tuning._TrainedEncoder(published).eval()
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.mul_(1.05)
        found = encoder(texts).numpy()
    assert not np.allclose(found, published.embed(texts), atol=1e-3)
    assert np.allclose(found, published.with_layers(encoder.stored()).embed(texts), atol=2e-3)  # 8 bits


def test_it_learns_what_it_is_shown_and_knows_other_words_for_it(tuned: Tuned) -> None:
    numbers = load_published_encoder().with_layers(tuned.layers).embed(ids(BOATS + BREAD + UNSEEN))
    for reader in tuned.readers:
        logits = reader(numbers)
        assert (np.argmax(logits, axis=1) == [0] * 4 + [1] * 4 + [0, 1]).all()


def test_the_same_lessons_end_at_the_same_weights(course: list[list[Lesson]], tuned: Tuned) -> None:
    assert same(tune(course), tuned)


def test_what_was_tuned_before_is_not_tuned_again(
    course: list[list[Lesson]], tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = tune_each([course], tmp_path)
    assert same(first, tuned)
    monkeypatch.setattr(tuning, "tune", lambda _: pytest.fail("tuned again"))
    assert same(tuning._tuned_once(course, tmp_path), tuned)


def test_a_row_is_drawn_as_often_as_it_weighs_and_counts_for_its_categories() -> None:
    weights = np.array([[3.0, 0.0], [1.0, 2.0], [0.0, 0.0]])
    lots = Lots.of(weights)
    drawn = lots.draw(np.random.default_rng(0), 40_000)
    often = np.bincount(drawn, minlength=3) / len(drawn)
    assert np.allclose(often, [0.375, 0.625, 0], atol=0.02)
    assert np.allclose(lots.counts[:2] * often[:2, None], weights[:2] / weights.sum(axis=0), atol=0.05)
