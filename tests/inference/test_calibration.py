"""The first measuring, on a device whose times are invented and sometimes disturbed."""

from dataclasses import replace

import pytest

from inference.batching import batch_key
from inference.calibration import calibrate
from inference.capacity import Capacity
from inference.plan import StepPlan, StepReport, StepTiming
from inference.runners.fake_runner import FakeRunner
from tests.inference.builders import a_request

SAMPLE = a_request(steps=10)


class Device(FakeRunner):
    """The first half of a second of its clock is disturbed; sixteen rows are free, more are not."""

    def __init__(self, *, is_disturbed: bool) -> None:
        super().__init__()
        self.now = 0.0
        self._is_disturbed = is_disturbed
        self.slots: set[int] = set()

    def execute(self, plan: StepPlan) -> StepReport:
        self.slots |= {admission.job_id for admission in plan.admit}
        self.slots -= set(plan.release)
        report = super().execute(plan)
        if plan.step:
            assert set(plan.step) <= self.slots
            rows = SAMPLE.rows * len(plan.step)
            slowness = 7 if self._is_disturbed and 0.03 < self.now < 0.5 else 1
            seconds = slowness * max(rows, 16) / 2000
            self.now += seconds
            return replace(report, timings=[StepTiming(batch_key(SAMPLE), rows, seconds)])
        return report


@pytest.mark.parametrize("is_disturbed", [False, True])
def test_the_knee_is_found_though_a_neighbour_was_busy(is_disturbed: bool) -> None:
    device, capacity = Device(is_disturbed=is_disturbed), Capacity(32)
    device.load("tiny")
    calibrate(device, capacity, SAMPLE, max_jobs=16, seconds=2.0, clock=lambda: device.now)
    assert capacity.rows(batch_key(SAMPLE)) == 16
    assert not device.slots, "nothing of it is left"


def test_it_ends_when_its_time_is_over() -> None:
    device, capacity = Device(is_disturbed=False), Capacity(32)
    device.load("tiny")
    calibrate(device, capacity, SAMPLE, max_jobs=16, seconds=0.05, clock=lambda: device.now)
    assert device.now < 0.1
    calibrate(device, capacity, SAMPLE, max_jobs=16, seconds=2.0, clock=lambda: device.now)
    assert device.now < 0.1, "what is known is not measured again"
