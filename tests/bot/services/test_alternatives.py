"""Of alternatives in a prompt one is chosen, the same one for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.alternatives import chosen


@given(st.text(max_size=200), st.integers(0, 2**32 - 1))
def test_it_always_ends_and_the_same_seed_says_the_same(text: str, seed: int) -> None:
    assert chosen(text, seed) == chosen(text, seed)
    assert len(chosen(text, seed)) <= len(text)
    if "|" not in text:
        assert chosen(text, seed) == text


def test_every_one_is_chosen_sometime_and_nothing_else() -> None:
    found = {chosen("a {red|blue | {light|dark} green} fox", seed) for seed in range(100)}
    assert found == {f"a {colour} fox" for colour in ("red", "blue", "light green", "dark green")}


@pytest.mark.parametrize("text", ["a {fox}", "a fox}", "{a fox", "a|b", "{}", "((fox:1.2))"])
def test_what_offers_no_choice_stays(text: str) -> None:
    assert chosen(text, 1) == text
