"""How many rows pay, from invented timings."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.batching import BatchKey
from inference.capacity import ENOUGH, KNEE, LOOK_AGAIN, RUNGS, Capacity
from inference.plan import StepTiming

KEY = BatchKey("tiny", 64, 64)


def climb(capacity: Capacity, seconds: Callable[[int], float], ticks: int = 120) -> int:
    """Draw as many as may be drawn, for so many ticks; where it settled."""
    for _ in range(ticks):
        rows = capacity.rows(KEY)
        capacity.add(StepTiming(KEY, rows, seconds(rows)))
    return capacity.rows(KEY)


@pytest.mark.parametrize("knee", [2, 4, 8, 16, 32])
def test_the_knee_is_found(knee: int) -> None:
    assert climb(Capacity(64), lambda rows: max(rows, knee) / 1000) == knee


def test_where_company_does_not_pay_one_job_goes_at_a_time() -> None:
    assert climb(Capacity(64), lambda rows: rows / 1000) == RUNGS[0]


def test_all_share_where_company_is_free() -> None:
    assert climb(Capacity(16), lambda rows: 0.01) == 16


def test_an_interrupted_forward_does_not_move_the_knee() -> None:
    """A shared machine: now and then a forward takes thirty times as long."""
    chance = random.Random(1)
    capacity = Capacity(64)

    def noisy(rows: int) -> float:
        return max(rows, 8) / 1000 * (30 if chance.random() < 0.2 else 1 + 0.05 * chance.random())

    climb(capacity, noisy, 300)
    assert capacity.rows(KEY) in (8, 12)


def test_a_bad_spell_that_ended_the_climb_is_put_right() -> None:
    """A neighbour takes the machine while two rungs are measured for the first time."""
    capacity = Capacity(32)
    forward = 0

    def disturbed(rows: int) -> float:
        nonlocal forward
        forward += 1
        return max(rows, 24) / 1000 * (8 if 2 * ENOUGH < forward <= 5 * ENOUGH else 1)

    assert climb(capacity, disturbed, 6 * ENOUGH) < 24
    assert climb(capacity, disturbed, 8 * LOOK_AGAIN) == 24


def test_a_bad_hour_does_not_lower_what_is_known() -> None:
    capacity = Capacity(32)
    climb(capacity, lambda rows: max(rows, 16) / 1000)
    assert climb(capacity, lambda rows: rows / 100, 200) == 16


def test_memory_that_a_row_needs_bounds_what_is_tried() -> None:
    capacity = Capacity(64)
    for _ in range(200):
        rows = capacity.rows(KEY)
        assert rows * 100 <= 1000
        capacity.add(StepTiming(KEY, rows, 0.01, peak_bytes=rows * 100, room_bytes=1000))
    assert capacity.rows(KEY) == 8


def test_out_of_memory_is_remembered() -> None:
    capacity = Capacity(64)
    climb(capacity, lambda rows: 0.01)
    capacity.shrink(KEY, 5)
    assert capacity.rows(KEY) <= 5
    assert climb(capacity, lambda rows: 0.01) <= 5
    capacity.shrink(KEY, 1)
    assert capacity.rows(KEY) == 1


def test_what_was_measured_before_a_restart_counts_until_it_is_measured_again() -> None:
    before = Capacity(64)
    climb(before, lambda rows: max(rows, 8) / 1000)
    after = Capacity(64)
    after.restore(before.as_json())
    assert after.rows(KEY) == before.rows(KEY) == 8
    assert climb(after, lambda rows: rows / 1000, 400) <= 8


@pytest.mark.parametrize("kept", [[{}], [{"checkpoint": "a"}], ["x"], [{**Capacity(2).__dict__}]])
def test_a_strange_file_is_told_apart(kept: list[dict[str, object]]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Capacity(8).restore(kept)


@settings(max_examples=200, deadline=None)
@given(
    fixed=st.floats(1e-4, 0.1),
    each=st.floats(1e-6, 0.05),
    max_rows=st.sampled_from([2, 4, 8, 16, 32]),
)
def test_the_capacity_is_never_far_from_the_best_and_never_past_what_pays(
    fixed: float, each: float, max_rows: int
) -> None:
    """Any device whose forward has a fixed part and a part for each row."""

    def seconds(rows: int) -> float:
        return fixed + each * rows

    capacity = Capacity(max_rows)
    settled = climb(capacity, seconds, len(RUNGS) * ENOUGH + 5)
    best = max(rung / seconds(rung) for rung in RUNGS if rung <= max_rows)
    # The climb ends early where two rungs gain less than 8 %; what is lost by that is bounded.
    assert settled / seconds(settled) >= 0.7 * KNEE * best
    smaller = [rung for rung in RUNGS if rung < settled]
    if smaller:
        before = smaller[-1]
        assert before / seconds(before) < settled / seconds(settled)
    assert not math.isnan(capacity.row_seconds(KEY) or 0)
