"""Several engines as one: every job ends once, work is shared, checkpoints stay where they are, and one's death is all's."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from inference import EngineDead, EngineGroup, LocalEngine
from inference.plan import StepPlan, StepReport
from inference.runners.fake_runner import FakeRunner
from tests.inference.builders import TINY, a_request, an_engine


class Counting(FakeRunner):
    def __init__(self, step_seconds: float = 0.01) -> None:
        super().__init__(step_seconds)
        self.drawn: list[str] = []

    def execute(self, plan: StepPlan) -> StepReport:
        self.drawn += [admission.request.checkpoint for admission in plan.admit]
        return super().execute(plan)


class Dying(FakeRunner):
    def execute(self, plan: StepPlan) -> StepReport:
        raise RuntimeError("the card fell off the bus")


def a_group(*runners: FakeRunner, **settings: Any) -> EngineGroup:
    checkpoints = {"tiny": TINY, "other": TINY}
    engines = [an_engine(runner, checkpoints=checkpoints, **settings) for runner in runners]
    return EngineGroup(engines, default_checkpoint="tiny")


async def test_every_job_ends_once_and_both_engines_draw() -> None:
    first, second = Counting(), Counting()
    async with a_group(first, second) as group:
        await group.ready()
        handles = [group.submit(a_request(seed=seed), f"lane {seed % 3}") for seed in range(20)]
        assert group.health().jobs == 20
        pictures = await asyncio.gather(*(handle.result() for handle in handles))
        assert len({picture.sha256 for picture in pictures}) == 20
        health = group.health()
    assert len(first.drawn) == len(second.drawn) == 10
    assert (health.jobs, health.can_draw) == (0, True)
    assert sum(jobs * ticks for jobs, ticks in enumerate(health.ticks_by_jobs)) == 20 * 4


async def test_a_checkpoint_stays_where_it_was_loaded_until_another_card_has_far_less_to_do() -> None:
    first, second = Counting(), Counting()
    async with a_group(first, second) as group:
        await group.ready()
        for seed in range(3):
            await group.submit(a_request(seed=seed, checkpoint="other"), "a").result()
        assert (len(first.drawn), len(second.drawn)) == (3, 0)
        handles = [group.submit(a_request(seed=seed, checkpoint="other"), "a") for seed in range(12)]
        await asyncio.gather(*(handle.result() for handle in handles))
        assert 0 < len(second.drawn) <= 6, "not before the first had four more; then they share"


async def test_a_request_takes_a_share_of_the_time_of_all() -> None:
    async with a_group(Counting(), Counting()) as group:
        await group.ready()
        assert group.seconds_for(a_request()) is None
        await group.submit(a_request(), "a").result()
        alone = group._engines[0].seconds_for(a_request())
        assert alone is not None
        assert group.seconds_for(a_request()) == pytest.approx(alone / 2)


async def test_if_one_dies_nothing_new_is_taken() -> None:
    async with a_group(Dying(), Counting()) as group:
        await group.ready()
        with pytest.raises(EngineDead):
            await group.submit(a_request(), "a").result()
        with pytest.raises(EngineDead):
            group.submit(a_request(), "a")
        health = group.health()
        assert "the card fell off the bus" in health.refusal
        assert not health.can_draw


async def test_two_engines_load_and_draw_in_one_process_as_one_does(tmp_path: Path) -> None:
    def engine() -> LocalEngine:
        return an_engine(folder=tmp_path, max_batch=4)

    async with engine() as alone:
        await alone.ready()
        expected = [await alone.submit(a_request(seed=seed), "a").result() for seed in range(4)]
    async with EngineGroup([engine(), engine()], default_checkpoint="tiny") as group:
        await group.ready()
        handles = [group.submit(a_request(seed=seed, exact=True), "a") for seed in range(4)]
        pictures = [await handle.result() for handle in handles]
    assert [picture.sha256 for picture in pictures] == [picture.sha256 for picture in expected]
