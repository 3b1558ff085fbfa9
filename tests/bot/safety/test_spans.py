"""What the encoder reads: every word is in a run of each size, and decoration in none."""

from hypothesis import given
from hypothesis import strategies as st

from bot.safety.spans import SIZES, around, runs, undecorated

SENTENCE = [
    "an",
    "old",
    "lighthouse",
    "keeper",
    "feeds",
    "the",
    "gulls",
    "while",
    "his",
    "grandson",
    "mends",
    "a",
    "net",
    "beside",
    "the",
    "harbour",
    "wall",
]
TAIL = ["highly", "detailed", "artstation", "octane", "render", "8k", "sharp", "focus", "smooth", "concept", "art"]


@given(st.integers(1, 400))
def test_the_runs_of_a_size_hold_every_word_and_are_no_longer_than_it(count: int) -> None:
    for (size, _, most_whole), every in zip(SIZES, runs(count), strict=True):
        assert {at for start, end in every for at in range(start, end)} == set(range(count))
        assert all(0 <= start < end <= count and end - start <= max(size, most_whole) for start, end in every)


def test_of_nothing_there_are_no_runs() -> None:
    assert runs(0) == [[] for _ in SIZES]


def test_decoration_is_not_read_unless_nothing_else_is_there() -> None:
    assert undecorated(tuple(TAIL[:1] + SENTENCE[:2] + TAIL)) == [1, 2]
    assert undecorated(("a", "painting", "of", "a", "boat")) == [0, 2, 3, 4]
    assert undecorated(tuple(TAIL)) == list(range(len(TAIL)))


@given(st.integers(0, len(SENTENCE) - 7), st.integers(0, 40))
def test_what_is_suspicious_is_read(start: int, tail: int) -> None:
    words = tuple(TAIL * (tail // 10) + SENTENCE + TAIL)
    begin = len(TAIL) * (tail // 10) + start
    for every in around(words, [(begin, begin + 7)]):
        read = {word for run in every for word in run}
        assert len(read & set(words[begin : begin + 7])) >= 4
        assert not read & set(TAIL)


def test_no_run_is_read_twice() -> None:
    words = tuple(SENTENCE)
    assert all(len(every) == len(set(every)) for every in around(words, [(0, 7), (0, 7), (1, 8)]))
