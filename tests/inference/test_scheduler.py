"""The policy, with invented step reports: no torch, no clock, no threads."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import EngineClosed, GenerationFailed
from inference.events import Cancelled, Failed, Progressed, Started
from inference.job import Job
from inference.plan import DrawnPicture, StepPlan, StepReport
from inference.scheduler import MAX_ADMISSIONS, Scheduler
from tests.inference.builders import a_request

PICTURE = DrawnPicture(pixels=None)  # type: ignore[arg-type]


def a_report(plan: StepPlan, seconds: float = 0.01) -> StepReport:
    """Everything went well."""
    return StepReport(
        admitted={admission.job_id: admission.request.steps for admission in plan.admit},
        stepped=list(plan.step),
        finished=dict.fromkeys(plan.finish, PICTURE),
        step_seconds=seconds,
    )


def run(scheduler: Scheduler, *, ticks: int = 1000, seconds: float = 0.01) -> list[int]:
    """Until idle; returns job ids in the order in which they finished."""
    order: list[int] = []
    for _ in range(ticks):
        if scheduler.is_idle:
            return order
        plan = scheduler.schedule()
        _, drawn = scheduler.apply(plan, a_report(plan, seconds))
        order += [job.id for job, _ in drawn]
    raise AssertionError("it never came to rest")


def test_a_job_is_admitted_stepped_and_finished() -> None:
    scheduler = Scheduler(max_batch=4)
    assert scheduler.add(Job(1, a_request(steps=2), "a")) == 0
    seen = []
    while not scheduler.is_idle:
        plan = scheduler.schedule()
        events, drawn = scheduler.apply(plan, a_report(plan))
        seen += [type(event).__name__ for _, event in events] + ["drawn"] * len(drawn)
    assert seen == ["Started", "Progressed", "Progressed", "drawn"]


def test_unlike_jobs_of_one_size_share_a_tick() -> None:
    scheduler = Scheduler(max_batch=8)
    for nth, (steps, guidance, sampler) in enumerate([(3, 1.0, "euler"), (9, 7.0, "ddim"), (5, 3.0, "dpm++2m")]):
        scheduler.add(Job(nth, a_request(steps=steps, guidance=guidance, sampler=sampler, seed=nth), "a"))
    assert set(scheduler.schedule().step) == {0, 1, 2}


def test_a_job_joins_between_ticks() -> None:
    scheduler = Scheduler(max_batch=8)
    scheduler.add(Job(1, a_request(steps=9), "a"))
    plan = scheduler.schedule()
    scheduler.apply(plan, a_report(plan))
    scheduler.add(Job(2, a_request(steps=3), "b"))
    assert set(scheduler.schedule().step) == {1, 2}


def test_lanes_take_turns() -> None:
    scheduler = Scheduler(max_batch=1)
    for nth in range(6):
        scheduler.add(Job(nth, a_request(steps=1), "greedy"))
    scheduler.add(Job(10, a_request(steps=1), "late"))
    assert run(scheduler)[:2] == [0, 10]


def test_sizes_share_the_device_by_measured_time() -> None:
    """One size has many jobs, another has one: the one does not wait for the many."""
    scheduler = Scheduler(max_batch=2)
    for nth in range(20):
        scheduler.add(Job(nth, a_request(steps=10), f"lane {nth}"))
    scheduler.add(Job(99, a_request(steps=10, width=128, height=128), "other"))
    assert run(scheduler).index(99) <= 4


def test_a_cancel_frees_its_row_within_one_tick() -> None:
    scheduler = Scheduler(max_batch=4)
    for nth in range(3):
        scheduler.add(Job(nth, a_request(steps=50), "a"))
    plan = scheduler.schedule()
    scheduler.apply(plan, a_report(plan))
    assert scheduler.cancel(1) == [(1, Cancelled())]
    plan = scheduler.schedule()
    assert plan.release == (1,)
    assert set(plan.step) == {0, 2}
    assert scheduler.cancel(1) == []


def test_a_cancel_during_the_tick_comes_before_its_results() -> None:
    scheduler = Scheduler(max_batch=4)
    scheduler.add(Job(1, a_request(), "a"))
    plan = scheduler.schedule()
    scheduler.cancel(1)
    assert scheduler.apply(plan, a_report(plan)) == ([], [])


def test_a_failure_touches_nobody_else() -> None:
    scheduler = Scheduler(max_batch=4)
    for nth in range(3):
        scheduler.add(Job(nth, a_request(steps=2), "a"))
    plan = scheduler.schedule()
    report = a_report(plan)
    report.stepped.remove(1)
    report.failed[1] = GenerationFailed("planted")
    events, _ = scheduler.apply(plan, report)
    assert [(nth, type(event)) for nth, event in events if nth == 1][-1] == (1, Failed)
    assert sorted(run(scheduler)) == [0, 2]


def test_out_of_memory_shrinks_the_batch_and_everybody_still_finishes() -> None:
    scheduler = Scheduler(max_batch=8)
    jobs = [Job(nth, a_request(steps=5), f"lane {nth}") for nth in range(8)]
    for job in jobs:
        scheduler.add(job)
    for _ in range(2):
        plan = scheduler.schedule()
        scheduler.apply(plan, a_report(plan))
    plan = scheduler.schedule()
    assert len(plan.step) == 8
    report = a_report(plan)
    report.shrunk[jobs[0].key] = 3
    scheduler.apply(plan, report)
    assert len(scheduler.schedule().step) == 3
    assert sorted(run(scheduler)) == list(range(8))


def test_closing_ends_everybody_once() -> None:
    scheduler = Scheduler(max_batch=2)
    for nth in range(5):
        scheduler.add(Job(nth, a_request(), "a"))
    plan = scheduler.schedule()
    scheduler.apply(plan, a_report(plan))
    ended = scheduler.fail_all(EngineClosed("stop"))
    assert sorted(nth for nth, _ in ended) == list(range(5))
    assert scheduler.fail_all(EngineClosed("stop")) == []


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), max_batch=st.integers(1, 9))
def test_every_job_ends_once_and_no_slot_leaks(seed: int, max_batch: int) -> None:
    """Random arrivals, sizes, cancels, failures and shrinking devices."""
    chance = random.Random(seed)
    scheduler = Scheduler(max_batch)
    ends: Counter[int] = Counter()
    started: Counter[int] = Counter()
    progress: dict[int, int] = {}
    held: set[int] = set()
    cancelled_at: dict[int, int] = {}
    added = 0
    for tick in range(3000):
        if added < 40 and chance.random() < 0.3:
            size = chance.choice([64, 96, 128])
            request = a_request(steps=chance.randint(1, 12), width=size, height=size)
            scheduler.add(Job(added, request, f"lane {chance.randrange(4)}"))
            added += 1
        if added and chance.random() < 0.05:
            victim = chance.randrange(added)
            for job_id, _ in scheduler.cancel(victim):
                ends[job_id] += 1
                cancelled_at[job_id] = tick
        plan = scheduler.schedule()
        assert len(plan.admit) <= MAX_ADMISSIONS
        assert not set(plan.release) & set(plan.step)
        held -= set(plan.release)
        held |= {admission.job_id for admission in plan.admit}
        assert set(plan.step) <= held
        assert not set(plan.step) & set(ends), "a job that ended is not stepped any more"
        assert len(set(plan.step)) == len(plan.step)
        report = a_report(plan, chance.random() / 100)
        for job_id in plan.step:
            if chance.random() < 0.02:
                report.stepped.remove(job_id)
                report.failed[job_id] = GenerationFailed("planted")
        if plan.step and chance.random() < 0.02:
            report.shrunk[scheduler._jobs[plan.step[0]].key] = max(1, len(plan.step) // 2)
        events, drawn = scheduler.apply(plan, report)
        for job_id, event in events:
            match event:
                case Started():
                    started[job_id] += 1
                case Progressed(step, steps):
                    assert progress.get(job_id, 0) <= step <= steps
                    progress[job_id] = step
                case _:
                    ends[job_id] += 1
        for job, _ in drawn:
            ends[job.id] += 1
            assert progress[job.id] == job.request.steps
        if scheduler.is_idle and added == 40:
            break
    assert scheduler.is_idle, "somebody starved"
    assert ends == Counter(range(40))
    assert max(started.values(), default=0) <= 1
    assert not scheduler.schedule().step
    assert held <= set(ends)
