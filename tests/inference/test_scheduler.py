"""The policy, with invented step reports: no torch, no clock, no threads."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.batching import BatchKey, batch_key
from inference.errors import CheckpointUnusable, EngineClosed, GenerationFailed
from inference.events import Cancelled, Failed, Progressed, Started
from inference.job import Job
from inference.plan import Admitted, DrawnPicture, StepPlan, StepReport, StepTiming
from inference.request import HiresPass, ImageRequest, Lora
from inference.scheduler import MAX_ADMISSIONS, Scheduler
from tests.inference.builders import a_request

PICTURE = DrawnPicture(pixels=None)  # type: ignore[arg-type]
StepSeconds = Callable[[int], float]


def flat(_: int) -> float:
    """A device on which company costs nothing."""
    return 0.01


def in_proportion(rows: int) -> float:
    """A device that gains nothing from company."""
    return 0.005 * rows


class Device:
    """Reports that everything went well. ``seconds``: of a forward, by its rows."""

    def __init__(self, scheduler: Scheduler, seconds: StepSeconds = flat) -> None:
        self.scheduler = scheduler
        self.seconds = seconds
        self.slots: dict[int, ImageRequest] = {}
        self.finished: list[int] = []
        self.finished_at: dict[int, float] = {}
        self.clock = 0.0
        self.by_lane: dict[str, float] = defaultdict(float)

    def report(self, plan: StepPlan) -> StepReport:
        report = StepReport()
        for job_id in plan.release:
            self.slots.pop(job_id, None)
        for admission in plan.admit:
            request = self.slots[admission.job_id] = admission.request
            first = request.steps if request.image is None else request.denoising_steps
            passes = (first, int(request.hires.steps * request.hires.strength)) if request.hires else (first,)
            report.admitted[admission.job_id] = Admitted(passes, request.rows, 77 * (1 + len(request.prompt) // 300))
        if plan.step:
            rows = sum(self.slots[job_id].rows for job_id in plan.step)
            job = self.scheduler._jobs[plan.step[0]]
            report.tick_seconds = self.seconds(rows)
            report.timings.append(StepTiming(job.key, rows, report.tick_seconds))
        report.stepped = list(plan.step)
        report.finished = dict.fromkeys(plan.finish, PICTURE)
        return report

    def tick(self) -> StepPlan:
        plan = self.scheduler.schedule()
        report = self.report(plan)
        self.clock += report.tick_seconds
        for job_id in plan.step:
            self.by_lane[self.scheduler._jobs[job_id].lane] += report.tick_seconds / len(plan.step)
        for job, _ in self.scheduler.apply(plan, report).drawn:
            self.finished.append(job.id)
            self.finished_at[job.id] = self.clock
        return plan

    def run(self, ticks: int = 5000) -> list[int]:
        """Until idle; returns job ids in the order in which they finished."""
        for _ in range(ticks):
            if self.scheduler.is_idle:
                return self.finished
            self.tick()
        raise AssertionError("it never came to rest")

    def learn(self, rows: int, times: int = 3) -> None:
        """As if forwards of one to so many rows had been timed."""
        for count in range(2, rows + 1, 2):
            for _ in range(times):
                self.scheduler.capacity.add(StepTiming(batch_key(a_request()), count, self.seconds(count)))


def a_device(max_batch: int, seconds: StepSeconds = flat, *, rows: int | None = None) -> Device:
    scheduler = Scheduler(max_batch)
    scheduler.open("tiny", batches=True)
    device = Device(scheduler, seconds)
    device.learn(rows if rows is not None else 2 * max_batch)
    return device


def test_a_job_is_admitted_stepped_and_finished() -> None:
    device = a_device(4)
    assert device.scheduler.add(Job(1, a_request(steps=2), "a")) == 0
    seen = []
    while not device.scheduler.is_idle:
        plan = device.scheduler.schedule()
        events, drawn, _ = device.scheduler.apply(plan, device.report(plan))
        seen += [type(event).__name__ for _, event in events] + ["drawn"] * len(drawn)
    assert seen == ["Started", "Progressed", "Progressed", "drawn"]


def test_unlike_jobs_of_one_size_share_a_tick() -> None:
    device = a_device(8)
    for nth, (steps, guidance, sampler) in enumerate([(3, 1.0, "euler"), (9, 7.0, "ddim"), (5, 3.0, "dpm++2m")]):
        request = a_request(steps=steps, guidance=guidance, sampler=sampler, seed=nth)
        device.scheduler.add(Job(nth, request, "a"))
    device.tick()
    assert set(device.scheduler.schedule().step) == {0, 1, 2}


@pytest.mark.parametrize(
    "other",
    [
        {"width": 128},
        {"loras": (Lora("ink"),)},
        {"exact": True},
        {"checkpoint": "second"},
        {"prompt": "x" * 400},
    ],
)
def test_what_cannot_share_a_forward_does_not(other: dict[str, object]) -> None:
    device = a_device(8)
    device.scheduler.open("second", batches=True)
    for nth in range(6):
        device.scheduler.add(Job(nth, a_request(**(other if nth % 2 else {})), "a"))
    together = [plan.step for _ in range(100) if (plan := device.tick()).step]
    assert together
    assert all(len({job_id % 2 for job_id in step}) == 1 for step in together)
    assert sorted(device.finished) == list(range(6))


def test_exact_jobs_are_alone() -> None:
    device = a_device(8)
    for nth in range(4):
        device.scheduler.add(Job(nth, a_request(exact=True), "a"))
    assert max(len(device.tick().step) for _ in range(30)) == 1


def test_a_job_joins_between_ticks() -> None:
    device = a_device(8)
    device.scheduler.add(Job(1, a_request(steps=9), "a"))
    device.tick()
    device.scheduler.add(Job(2, a_request(steps=3), "b"))
    device.tick()
    assert set(device.scheduler.schedule().step) == {1, 2}


def test_lanes_take_turns() -> None:
    device = a_device(1)
    for nth in range(6):
        device.scheduler.add(Job(nth, a_request(steps=1), "greedy"))
    device.scheduler.add(Job(10, a_request(steps=1), "late"))
    assert device.run()[:2] == [0, 10]


def test_a_lane_of_double_weight_gets_a_double_share() -> None:
    device = a_device(1)
    for nth in range(60):
        device.scheduler.add(Job(nth, a_request(steps=4), "heavy" if nth % 2 else "light", 2.0 if nth % 2 else 1.0))
    device.tick()
    order = device.run()[:30]
    heavy = sum(job_id % 2 for job_id in order)
    assert 18 <= heavy <= 22


def test_sizes_share_the_device_by_measured_time() -> None:
    """One size has many jobs, another has one: the one does not wait for the many."""
    device = a_device(2)
    for nth in range(20):
        device.scheduler.add(Job(nth, a_request(steps=10), f"lane {nth % 4}"))
    device.scheduler.add(Job(99, a_request(steps=10, width=128, height=128), "other"))
    assert device.run().index(99) <= 6


def test_one_lane_in_one_size_does_not_outweigh_many_in_another() -> None:
    device = a_device(2, in_proportion, rows=2)
    for nth in range(20):
        device.scheduler.add(Job(nth, a_request(steps=10), "greedy"))
    for nth in range(100, 106):
        device.scheduler.add(Job(nth, a_request(steps=10, width=128, height=128), f"lane {nth}"))
    greedy_first = [job_id for job_id in device.run()[:9] if job_id < 100]
    assert len(greedy_first) <= 4


def test_a_device_that_gains_nothing_works_through_its_line_one_at_a_time() -> None:
    device = a_device(8, in_proportion, rows=6)
    for nth in range(6):
        device.scheduler.add(Job(nth, a_request(steps=10), f"lane {nth}"))
    widths = [len(plan.step) for _ in range(75) if (plan := device.tick()).step]
    assert set(widths) == {1}
    assert device.run() == list(range(6))


def test_a_short_job_may_go_before_a_long_one_that_has_begun() -> None:
    device = a_device(8, in_proportion, rows=6)
    device.scheduler.add(Job(1, a_request(steps=60), "long"))
    for _ in range(5):
        device.tick()
    for nth in range(2, 12):
        device.scheduler.add(Job(nth, a_request(steps=4), f"lane {nth}"))
    order = device.run()
    assert order[0] == 2
    # ... but not for ever: the long one is held back by no more than it needs itself.
    assert device.finished_at[1] <= 2 * 60 * in_proportion(2) + 1e-9 + 5 * in_proportion(2)


def test_the_number_of_companions_is_found_while_drawing() -> None:
    """Nothing is known at first; the knee of this device is at 8 rows."""
    device = a_device(16, lambda rows: 0.01 * max(rows, 8) / 8, rows=0)
    for nth in range(40):
        device.scheduler.add(Job(nth, a_request(steps=20), f"lane {nth}"))
    device.run()
    key = batch_key(a_request())
    assert device.scheduler.capacity.rows(key) == 8


def test_a_cancel_frees_its_row_within_one_tick() -> None:
    device = a_device(4)
    for nth in range(3):
        device.scheduler.add(Job(nth, a_request(steps=50), "a"))
    device.tick()
    assert device.scheduler.cancel(1) == [(1, Cancelled())]
    plan = device.tick()
    assert plan.release == (1,)
    assert set(plan.step) == {0, 2}
    assert device.scheduler.cancel(1) == []


def test_a_cancel_during_the_tick_comes_before_its_results() -> None:
    device = a_device(4)
    device.scheduler.add(Job(1, a_request(), "a"))
    device.tick()
    plan = device.scheduler.schedule()
    device.scheduler.cancel(1)
    assert device.scheduler.apply(plan, device.report(StepPlan())) == ([], [], [])


def test_a_failure_touches_nobody_else() -> None:
    device = a_device(4)
    for nth in range(3):
        device.scheduler.add(Job(nth, a_request(steps=2), "a"))
    device.tick()
    plan = device.scheduler.schedule()
    report = device.report(plan)
    report.stepped.remove(1)
    report.failed[1] = GenerationFailed("planted")
    events = device.scheduler.apply(plan, report).events
    assert [(nth, type(event)) for nth, event in events if nth == 1][-1] == (1, Failed)
    assert sorted(device.run()) == [0, 2]


def test_out_of_memory_shrinks_the_batch_and_everybody_still_finishes() -> None:
    device = a_device(8)
    for nth in range(8):
        device.scheduler.add(Job(nth, a_request(steps=15), f"lane {nth}"))
    for _ in range(2):
        device.tick()
    plan = device.scheduler.schedule()
    assert len(plan.step) == 8
    report = device.report(plan)
    report.shrunk[batch_key(a_request())] = 6
    device.scheduler.apply(plan, report)
    assert len(device.scheduler.schedule().step) == 3
    assert sorted(device.run()) == list(range(8))


def test_closing_ends_everybody_once() -> None:
    device = a_device(2)
    for nth in range(5):
        device.scheduler.add(Job(nth, a_request(), "a"))
    device.tick()
    ended = device.scheduler.fail_all(EngineClosed("stop"))
    assert sorted(nth for nth, _ in ended) == list(range(5))
    assert device.scheduler.fail_all(EngineClosed("stop")) == []


def test_jobs_of_a_checkpoint_that_is_not_loaded_wait_and_others_go_on() -> None:
    device = a_device(2)
    device.scheduler.add(Job(1, a_request(checkpoint="second"), "a"))
    device.scheduler.add(Job(2, a_request(), "b"))
    assert device.scheduler.wanted() == ["second"]
    for _ in range(30):
        device.tick()
    assert device.finished == [2]
    assert device.scheduler.schedule().is_empty
    device.scheduler.open("second", batches=True)
    assert device.run() == [2, 1]


def test_a_checkpoint_that_cannot_be_loaded_fails_only_its_own() -> None:
    device = a_device(2)
    device.scheduler.add(Job(1, a_request(checkpoint="second"), "a"))
    device.scheduler.add(Job(2, a_request(), "b"))
    events = device.scheduler.fail("second", CheckpointUnusable("second", "planted"))
    assert [job_id for job_id, _ in events] == [1]
    assert device.run() == [2]


def test_what_cannot_share_goes_one_at_a_time() -> None:
    device = a_device(8)
    device.scheduler.open("whole", batches=False)
    for nth in range(3):
        device.scheduler.add(Job(nth, a_request(checkpoint="whole", steps=3), f"lane {nth}"))
    plans = [device.tick() for _ in range(25)]
    assert max(len(plan.step) for plan in plans) == 1
    assert device.finished == [0, 1, 2]


def test_a_second_pass_is_drawn_at_its_own_size() -> None:
    device = a_device(4)
    hires = HiresPass(width=128, height=128, steps=8, strength=0.5)
    device.scheduler.add(Job(1, a_request(steps=4, hires=hires), "a"))
    device.scheduler.add(Job(2, a_request(steps=4), "b"))
    progress = []
    sizes: set[BatchKey] = set()
    while not device.scheduler.is_idle:
        plan = device.scheduler.schedule()
        if 1 in plan.step:
            sizes.add(device.scheduler._jobs[1].key)
        events = device.scheduler.apply(plan, device.report(plan)).events
        progress += [event for job_id, event in events if job_id == 1 and isinstance(event, Progressed)]
    assert progress[0].step == 1
    assert progress[-1].step == 8
    assert {(key.width, key.height) for key in sizes} == {(64, 64), (128, 128)}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), lanes=st.integers(2, 6), max_batch=st.integers(1, 6))
def test_no_lane_gets_more_than_its_share_while_others_wait(seed: int, lanes: int, max_batch: int) -> None:
    """Every lane always has somebody waiting: they get the same share of the device, but for a few jobs."""
    chance = random.Random(seed)
    device = a_device(max_batch, in_proportion, rows=2 * max_batch)
    ids = iter(range(100_000))
    longest = 0.0

    def refill() -> None:
        nonlocal longest
        waiting = Counter(job.lane for job in device.scheduler._waiting)
        for lane in range(lanes):
            while waiting[f"lane {lane}"] < 2:
                request = a_request(steps=chance.randint(1, 12))
                longest = max(longest, request.steps * in_proportion(2))
                device.scheduler.add(Job(next(ids), request, f"lane {lane}"))
                waiting[f"lane {lane}"] += 1

    for _ in range(800):
        refill()
        device.tick()
    # In a batch of unlike jobs everybody shares a tick evenly, whatever each will cost in all: hence the factor.
    assert max(device.by_lane.values()) - min(device.by_lane.values()) <= (2 + max_batch) * longest


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), max_batch=st.integers(1, 9), gains=st.booleans())
def test_every_job_ends_once_and_no_slot_leaks(seed: int, max_batch: int, gains: bool) -> None:
    """Random arrivals, sizes, passes, prompts, checkpoints, cancels, failures and shrinking devices."""
    chance = random.Random(seed)
    device = a_device(max_batch, flat if gains else in_proportion, rows=chance.choice([0, 4]))
    scheduler = device.scheduler
    scheduler.open("whole", batches=False)
    ends: Counter[int] = Counter()
    started: Counter[int] = Counter()
    progress: dict[int, int] = {}
    cancelled: set[int] = set()
    added = 0
    for _ in range(4000):
        if added < 40 and chance.random() < 0.3:
            size = chance.choice([64, 96, 128])
            request = a_request(
                steps=chance.randint(1, 12),
                width=size,
                height=size,
                guidance=chance.choice([1.0, 5.0]),
                prompt="x" * chance.choice([10, 400]),
                checkpoint=chance.choice(["tiny", "tiny", "whole"]),
                exact=chance.random() < 0.1,
                hires=HiresPass(width=size, height=size, steps=4) if chance.random() < 0.2 else None,
            )
            scheduler.add(Job(added, request, f"lane {chance.randrange(4)}", chance.choice([0.5, 1.0, 3.0])))
            added += 1
        if added and chance.random() < 0.05:
            for job_id, _ in scheduler.cancel(chance.randrange(added)):
                ends[job_id] += 1
                cancelled.add(job_id)
        plan = scheduler.schedule()
        assert len(plan.admit) <= MAX_ADMISSIONS
        assert not set(plan.release) & set(plan.step)
        assert not set(plan.step) & set(ends), "a job that ended is not stepped any more"
        assert len(set(plan.step)) == len(plan.step) <= max_batch
        report = device.report(plan)
        assert set(plan.step) <= device.slots.keys()
        stepping = [scheduler._jobs[job_id] for job_id in plan.step]
        assert len({(job.key, job.tokens) for job in stepping}) <= 1
        if stepping and (stepping[0].key.exact or stepping[0].key.checkpoint == "whole"):
            assert len(stepping) == 1
        for job_id in plan.step:
            if chance.random() < 0.02:
                report.stepped.remove(job_id)
                report.failed[job_id] = GenerationFailed("planted")
        if plan.step and chance.random() < 0.02:
            report.shrunk[stepping[0].key] = max(1, sum(job.rows for job in stepping) // 2)
        outcome = scheduler.apply(plan, report)
        for job_id, event in outcome.events:
            match event:
                case Started():
                    started[job_id] += 1
                case Progressed(step, steps):
                    assert progress.get(job_id, 0) <= step <= steps
                    progress[job_id] = step
                case _:
                    ends[job_id] += 1
        for job, _ in outcome.drawn:
            ends[job.id] += 1
            assert progress[job.id] == job.request.denoising_steps
        if scheduler.is_idle and added == 40:
            break
    assert scheduler.is_idle, "somebody starved"
    assert ends == Counter(range(40))
    assert max(started.values(), default=0) <= 1
    assert scheduler.schedule().is_empty
    assert device.slots == {}
    assert not scheduler._lanes._active
    assert not scheduler._keys._active
