"""The judge sees what was drawn: its ceiling, without which the model's marks would mean nothing."""

import numpy as np
import pytest

from inference.builtin import judge, questions
from inference.builtin.pictures import drawing, scenes, shapes


@pytest.mark.parametrize("names", [scenes.CRISP, shapes.NAMES], ids=["crisp", "all"])
def test_drawn_truth_gets_nearly_full_marks(names: tuple[str, ...]) -> None:
    asked = [
        question for kind in ("one", "two", "landscape") for question in questions.questions(kind, 48, names, seed=5)
    ]
    found = questions.shares(questions.mark(q.scene, drawing.draw(q.scene), names) for q in asked)
    assert found["background colour"][0] == 1
    assert found["object colour"][0] == 1
    assert found["landscape: sky"][0] == 1
    assert found["landscape: ground"][0] == 1
    assert found["exact shape"][0] >= 0.95
    assert found["two: everything right"][0] >= 0.95


def test_another_picture_gets_no_marks() -> None:
    asked = questions.questions("two", 30, scenes.CRISP, seed=6)
    pictures = [drawing.draw(question.scene) for question in asked]
    swapped = questions.shares(
        questions.mark(question.scene, pictures[index - 1], scenes.CRISP) for index, question in enumerate(asked)
    )
    assert swapped["two: everything right"][0] == 0


def test_an_empty_picture_is_judged_without_falling_over() -> None:
    blank = np.full((128, 128, 3), 200, dtype=np.uint8)
    for kind in ("one", "two", "landscape"):
        for question in questions.questions(kind, 4, scenes.CRISP, seed=7):
            marks = questions.mark(question.scene, blank, scenes.CRISP)
            assert not all(marks.values())


def test_questions_are_the_same_every_time_and_cover_every_object() -> None:
    first, second = (questions.questions("one", 36, scenes.CRISP, seed=1) for _ in range(2))
    assert first == second
    assert {question.scene.things[0].shape for question in first} == set(scenes.CRISP)


def test_a_silhouette_is_recognised_at_any_size() -> None:
    for radius in (18, 30, 50):
        for name in shapes.NAMES:
            assert judge.shape_of(drawing.silhouette(name, 128, radius)) == name
