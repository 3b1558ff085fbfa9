"""The engine's promises, on the FakeRunner: streams that end once, cancels, faults, closing."""

import asyncio
import io
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config import CheckpointSettings
from inference import (
    Cancelled,
    CheckpointUnusable,
    EngineClosed,
    EngineDead,
    EngineOverloaded,
    Failed,
    Finished,
    GenerationFailed,
    LocalEngine,
    Previewed,
    Progressed,
    RequestInvalid,
    Started,
)
from inference.pictures import read_parameters
from inference.plan import StepPlan, StepReport
from inference.runners.base import Loaded
from inference.runners.fake_runner import FakeRunner, draw_test_card
from inference.scorers.contrast import contrast
from tests.inference.builders import TINY, a_request, an_engine, engine_settings


class Misbehaving(FakeRunner):
    """``at(plan)`` may raise, which is the runner's own death."""

    def __init__(self, at: Any) -> None:
        super().__init__()
        self.at = at

    def execute(self, plan: StepPlan) -> StepReport:
        self.at(plan)
        return super().execute(plan)


async def test_a_stream_starts_progresses_and_ends_in_a_picture() -> None:
    async with an_engine(FakeRunner(step_seconds=0.02)) as engine:
        events = [event async for event in engine.submit(a_request(steps=3), "a")]
    kinds = [type(event) for event in events]
    assert kinds[-1] is Finished
    assert Started in kinds
    assert [event.step for event in events if isinstance(event, Progressed)][-1] == 3
    [finished] = [event for event in events if isinstance(event, Finished)]
    image = Image.open(io.BytesIO(finished.picture.data))
    assert image.size == (64, 64)
    text = read_parameters(finished.picture.data)
    assert text is not None
    assert text.startswith("a red circle\nSteps: 3, Sampler: DPM++ 2M, CFG scale: 5, Seed: 7, Size: 64x64, Model: tiny")


async def test_a_reader_who_comes_late_finds_the_end_and_the_newest_progress() -> None:
    async with an_engine(FakeRunner()) as engine:
        handle = engine.submit(a_request(steps=50), "a")
        await asyncio.sleep(0.3)
        events = [event async for event in handle]
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Progressed) for event in events) < 50


async def test_the_same_request_is_the_same_file_and_another_seed_another_picture() -> None:
    async with an_engine(FakeRunner()) as engine:
        first, again, other = [await engine.submit(a_request(seed=seed), "a").result() for seed in (1, 1, 2)]
    assert first.data == again.data
    assert first.sha256 != other.sha256


async def test_webp_carries_the_parameters_too() -> None:
    async with an_engine(FakeRunner(), image_format="webp") as engine:
        picture = await engine.submit(a_request(prompt="ein Vogel, größer — 鳥"), "a").result()
    assert picture.media_type == "image/webp"
    assert (read_parameters(picture.data) or "").startswith("ein Vogel, größer — 鳥\nSteps: 4")


async def test_a_cancel_ends_the_stream_waiting_or_running() -> None:
    async with an_engine(FakeRunner(step_seconds=0.02), max_batch=1) as engine:
        running = engine.submit(a_request(steps=60), "a")
        waiting = engine.submit(a_request(steps=60), "b")
        async for event in running:
            if isinstance(event, Progressed):
                break
        waiting.cancel()
        running.cancel()
        assert [type(event) async for event in waiting][-1] is Cancelled
        assert [type(event) async for event in running][-1] is Cancelled
        finished = await engine.submit(a_request(steps=1), "c").result()
        assert finished.width == 64


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "  "},
        {"prompt": "x" * 5000},
        {"seed": -1},
        {"seed": 2**32},
        {"width": 63},
        {"width": 0},
        {"width": 4096, "height": 4096},
        {"steps": 0},
        {"steps": 10_000},
        {"steps": 100},
        {"guidance": -1.0},
        {"guidance": float("nan")},
        {"sampler": "magic"},
        {"checkpoint": "none"},
        {"negative_prompt": "x" * 5000},
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_its_field(fields: dict[str, Any]) -> None:
    async with an_engine(FakeRunner()) as engine:
        with pytest.raises(RequestInvalid) as caught:
            engine.submit(a_request(**fields), "a")
    assert caught.value.field in {*fields, "size"}


async def test_the_engine_holds_only_so_many() -> None:
    async with an_engine(FakeRunner(step_seconds=0.05), max_waiting=2) as engine:
        engine.submit(a_request(), "a")
        engine.submit(a_request(), "a")
        with pytest.raises(EngineOverloaded):
            engine.submit(a_request(), "a")


async def test_when_the_runner_dies_every_job_ends_and_nothing_new_is_taken() -> None:
    def die(plan: StepPlan) -> None:
        if len(plan.step) == 3:
            raise RuntimeError("the card fell off")

    engine = an_engine(Misbehaving(die))
    async with engine:
        handles = [engine.submit(a_request(steps=20), str(nth)) for nth in range(3)]
        for handle in handles:
            events = [event async for event in handle]
            assert sum(isinstance(event, Finished | Failed | Cancelled) for event in events) == 1
            assert isinstance(events[-1], Failed)
            assert isinstance(events[-1].error, EngineDead)
            assert "the card fell off" in str(events[-1].error)
        with pytest.raises(EngineDead):
            engine.submit(a_request(), "a")


async def test_a_runner_that_cannot_be_made_ends_what_was_submitted() -> None:
    def no_runner() -> FakeRunner:
        raise RuntimeError("no weights")

    engine = an_engine()
    engine._loop._preparation._make_runner = no_runner  # type: ignore[attr-defined]
    handle = None
    async with engine:
        with pytest.raises((EngineDead, RuntimeError)):
            handle = engine.submit(a_request(), "a")
            await handle.result()
        with pytest.raises(RuntimeError, match="no weights"):
            await engine.ready()


async def test_closing_lets_what_runs_finish_within_its_time() -> None:
    engine = an_engine(FakeRunner(step_seconds=0.01))
    async with engine:
        handle = engine.submit(a_request(steps=10), "a")
        await engine.close(finish_seconds=10)
        assert (await handle.result()).width == 64
        with pytest.raises(EngineClosed):
            engine.submit(a_request(), "a")


async def test_closing_ends_what_does_not_finish() -> None:
    engine = an_engine(FakeRunner(step_seconds=0.05))
    async with engine:
        handle = engine.submit(a_request(steps=60), "a")
        await engine.close(finish_seconds=0.1)
        with pytest.raises(EngineClosed):
            await handle.result()


async def test_a_picture_that_cannot_be_written_fails_its_job_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def picky(pixels: Any) -> dict[str, float]:
        raise ValueError("cannot measure this")

    engine = an_engine(FakeRunner())
    engine._loop._writer._scorers.append(picky)  # type: ignore[attr-defined]
    async with engine:
        with pytest.raises(GenerationFailed, match="cannot measure this"):
            await engine.submit(a_request(), "a").result()
        engine._loop._writer._scorers.clear()  # type: ignore[attr-defined]
        assert (await engine.submit(a_request(), "a").result()).width == 64


def test_every_test_card_has_contrast() -> None:
    lowest = min(
        contrast(draw_test_card(a_request(seed=seed, prompt=f"card {seed}")).pixels)["contrast"] for seed in range(500)
    )
    assert lowest > 0.02


async def test_previews_come_when_asked_for_and_never_after_the_end() -> None:
    async with an_engine(FakeRunner(step_seconds=0.05)) as engine:
        events = [event async for event in engine.submit(a_request(steps=8), "a", preview_seconds=0.1)]
        unasked = [event async for event in engine.submit(a_request(steps=8), "a")]
    previews = [event for event in events if isinstance(event, Previewed)]
    assert 1 <= len(previews) <= 4
    assert Image.open(io.BytesIO(previews[0].data)).size == (256, 256)
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Previewed) for event in unasked)


async def test_a_stuck_step_ends_every_job_and_closing_does_not_wait_for_it() -> None:
    let_go = threading.Event()

    def hang(plan: StepPlan) -> None:
        if plan.step:
            let_go.wait(30)

    engine = an_engine(Misbehaving(hang), stuck_seconds=1.0)
    async with engine:
        handles = [engine.submit(a_request(), str(nth)) for nth in range(3)]
        for handle in handles:
            with pytest.raises(EngineDead, match="did not end"):
                await handle.result()
        with pytest.raises(EngineDead):
            engine.submit(a_request(), "a")
        await asyncio.wait_for(engine.close(), 5)
    let_go.set()


class SlowToLoad(FakeRunner):
    """Loads take ``seconds``; checkpoints named bad cannot be loaded. ``held``: what is loaded now."""

    budget_bytes = 100

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(step_seconds=0.01)
        self.seconds = seconds
        self.held: list[str] = []
        self.loads: list[str] = []

    def expected_bytes(self, checkpoint: str) -> int:
        return 40

    def load(self, checkpoint: str) -> Loaded:
        self.loads.append(checkpoint)
        if checkpoint != "tiny":
            time.sleep(self.seconds)
        if checkpoint.startswith("bad"):
            raise CheckpointUnusable(checkpoint, "it is damaged")
        self.held.append(checkpoint)
        return Loaded(batches=True, size_bytes=40)

    def unload(self, checkpoint: str) -> None:
        self.held.remove(checkpoint)


def four_checkpoints() -> dict[str, CheckpointSettings]:
    return dict.fromkeys(("tiny", "second", "third", "bad"), TINY)


async def test_a_checkpoint_is_loaded_when_it_is_asked_for_while_others_are_drawn_with() -> None:
    runner = SlowToLoad(seconds=0.5)
    async with an_engine(runner, checkpoints=four_checkpoints()) as engine:
        await engine.ready()
        other = asyncio.ensure_future(engine.submit(a_request(checkpoint="second", steps=1), "a").result())
        for _ in range(3):
            await engine.submit(a_request(steps=2), "b").result()
        assert not other.done()
        assert (await other).width == 64
        # Only two fit: the third takes the place of the one that is not the default.
        await engine.submit(a_request(checkpoint="third", steps=1), "a").result()
        assert sorted(runner.held) == ["third", "tiny"]


async def test_a_checkpoint_that_cannot_be_loaded_fails_its_own_jobs_only() -> None:
    runner = SlowToLoad()
    async with an_engine(runner, checkpoints=four_checkpoints()) as engine:
        for _ in range(2):
            with pytest.raises(CheckpointUnusable, match="it is damaged"):
                await engine.submit(a_request(checkpoint="bad"), "a").result()
        assert (await engine.submit(a_request(), "a").result()).width == 64
    assert runner.loads.count("bad") == 1, "what failed a moment ago is not tried again at once"


async def test_capacities_are_remembered_over_a_restart(tmp_path: Path) -> None:
    class Measured(FakeRunner):
        def __init__(self) -> None:
            super().__init__(step_seconds=0.002)
            self.forwards = 0

        def execute(self, plan: StepPlan) -> StepReport:
            self.forwards += bool(plan.step)
            return super().execute(plan)

    forwards = []
    for _ in range(2):
        runner = Measured()
        engine = LocalEngine(
            engine_settings(calibration_seconds=5.0, max_batch=4),
            {"tiny": TINY},
            default_checkpoint="tiny",
            checkpoints_folder=tmp_path,
            capacity_file=tmp_path / "capacity.json",
            runner_factory=lambda runner=runner: runner,  # type: ignore[misc]
        )
        async with engine:
            await engine.ready()
            forwards.append(runner.forwards)
    assert forwards[0] > 0
    assert forwards[1] == 0
    (tmp_path / "capacity.json").write_text("{")
    async with an_engine(FakeRunner()) as engine:
        await engine.submit(a_request(), "a").result()
