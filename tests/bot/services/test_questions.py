"""What is asked back: answered once, by its member, while it is open."""

from pathlib import Path

from bot.services.house_rules import resolve
from bot.services.options import ImagineOptions, wish_for
from bot.services.questions import MOST_OPEN, OPEN_MS, Questions
from config import load_settings

SETTINGS = load_settings(env_file=Path("/nonexistent"), overrides={})
WISH = wish_for(ImagineOptions(prompt="a fox"), SETTINGS, resolve(SETTINGS))


def test_it_is_answered_once_and_by_its_member_alone() -> None:
    questions = Questions(lambda: 0)
    questions.ask(1, 10, WISH, "token")
    assert questions.take(2, 10) is None
    asked = questions.take(1, 10)
    assert asked is not None
    assert (asked.wish, asked.token) == (WISH, "token")
    assert questions.take(1, 10) is None
    questions.put_back(1, asked)
    assert questions.take(1, 10) == asked, "after a refusal"


def test_a_newer_one_takes_its_place_and_none_stays_open_for_long() -> None:
    now = 0
    questions = Questions(lambda: now)
    questions.ask(1, 10, WISH, "token")
    questions.ask(1, 11, WISH, "token")
    assert questions.take(1, 10) is None
    assert questions.take(1, 11) is not None
    questions.ask(1, 12, WISH, "token")
    now = OPEN_MS
    assert questions.take(1, 12) is None


def test_only_so_many_are_kept() -> None:
    questions = Questions(lambda: 0)
    for member in range(MOST_OPEN + 5):
        questions.ask(member, member, WISH, "token")
    assert questions.take(4, 4) is None
    assert questions.take(5, 5) is not None
