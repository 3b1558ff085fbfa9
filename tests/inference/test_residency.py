"""Which checkpoints are loaded and which make room."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import CheckpointUnusable
from inference.residency import RETRY_SECONDS, Change, Residency


def holding(*names: str, budget: int = 100, **fields: object) -> Residency:
    residency = Residency(budget, **fields)  # type: ignore[arg-type]
    for nth, name in enumerate(names):
        residency.loaded(name, 40, float(nth))
    return residency


def test_what_fits_is_loaded_beside_the_others() -> None:
    assert holding("a").next_change(["b"], {"b": 40}, set(), 1.0) == Change(load="b")


def test_the_one_unused_for_longest_makes_room() -> None:
    assert holding("a", "b").next_change(["c"], {"c": 40}, set(), 5.0) == Change(load="c", unload=("a",))


def test_what_is_used_stays_and_the_new_one_waits() -> None:
    residency = holding("a", "b")
    assert residency.next_change(["c"], {"c": 40}, {"a", "b", "c"}, 5.0) == Change()
    assert residency.next_change(["c"], {"c": 40}, {"b", "c"}, 6.0) == Change(load="c", unload=("a",))


def test_the_pinned_one_is_never_unloaded() -> None:
    assert holding("a", "b", pinned="a").next_change(["c"], {"c": 40}, set(), 9.0) == Change(load="c", unload=("b",))


def test_one_that_is_larger_than_the_budget_is_loaded_alone() -> None:
    assert Residency(100).next_change(["huge"], {"huge": 500}, set(), 0.0) == Change(load="huge")


def test_one_load_at_a_time() -> None:
    residency = Residency(100)
    assert residency.next_change(["a", "b"], {}, set(), 0.0) == Change(load="a")
    assert residency.next_change(["a", "b"], {}, set(), 0.0) == Change()
    residency.loaded("a", 10, 0.0)
    assert residency.next_change(["b"], {}, set(), 0.0) == Change(load="b")


def test_idle_ones_are_unloaded_after_their_time() -> None:
    residency = holding("a", "b", idle_seconds=60.0, pinned="a")
    assert residency.next_change([], {}, {"b"}, 50.0) == Change()
    assert residency.next_change([], {}, set(), 100.0) == Change()
    assert residency.next_change([], {}, set(), 111.0) == Change(unload=("b",))


def test_a_refusal_is_forgotten_after_a_while() -> None:
    residency = Residency(100)
    error = CheckpointUnusable("a", "damaged")
    residency.failed("a", error, 10.0)
    assert residency.refusal("a", 11.0) is error
    assert residency.refusal("a", 10.0 + RETRY_SECONDS) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_the_budget_holds_and_everybody_comes_in(seed: int) -> None:
    chance = random.Random(seed)
    sizes = {f"c{nth}": chance.randint(10, 60) for nth in range(8)}
    residency = Residency(100)
    loaded: set[str] = set()
    for now in range(300):
        in_use = {chance.choice(sorted(sizes))} if chance.random() < 0.7 else set()
        wanted = sorted(in_use - loaded)
        change = residency.next_change(wanted, sizes, in_use, float(now))
        assert not set(change.unload) & in_use
        loaded -= set(change.unload)
        if wanted:
            assert change.load == wanted[0], "nothing else is used, so there is room"
            loaded.add(wanted[0])
            residency.loaded(wanted[0], sizes[wanted[0]], float(now))
        assert sum(sizes[name] for name in loaded) <= 100
