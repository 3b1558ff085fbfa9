"""Percentiles, fairness, the heartbeat: small numbers that can be checked by hand."""

import asyncio
import math
import time

import numpy as np
import pytest

from inference.bench.measure import Heartbeat, jain_index, percentile, resident_bytes


def test_percentiles_are_numpys() -> None:
    values = [5.0, 1.0, 4.0, 2.0]
    for percent in (0, 25, 50, 95, 99, 100):
        assert percentile(values, percent) == pytest.approx(float(np.percentile(values, percent)))
    assert percentile([3.0], 95) == 3.0
    assert math.isnan(percentile([], 50))


def test_jain_index_is_1_for_equals_and_1_nth_when_one_has_all() -> None:
    assert jain_index([2.0, 2.0, 2.0]) == pytest.approx(1)
    assert jain_index([1.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)
    assert jain_index([1.0, 3.0]) == pytest.approx(0.8)
    assert math.isnan(jain_index([]))


async def test_the_heartbeat_notices_who_holds_up_the_event_loop() -> None:
    async with Heartbeat("cpu") as heartbeat:
        await asyncio.sleep(0.05)
        time.sleep(0.2)  # noqa: ASYNC251 - that is what must be noticed
        await asyncio.sleep(0.05)
    assert max(heartbeat.lags_seconds) > 0.15
    assert 0 < heartbeat.peak_bytes <= 2 * resident_bytes()
