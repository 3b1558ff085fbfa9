"""Plans on the real runner with tiny random weights: faults stay with their job, pictures with their request."""

import asyncio
import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from config import CheckpointSettings
from inference import (
    Cancelled,
    EngineDead,
    Failed,
    Finished,
    GenerationFailed,
    HiresPass,
    ImageRequest,
    LocalEngine,
    Previewed,
    RequestInvalid,
)
from inference.batching import batch_key
from inference.plan import Admission, DrawnPicture, StepPlan, StepReport
from inference.runners.base import Loaded
from inference.runners.decoding import Decoder
from inference.runners.torch_runner import TorchRunner
from tests.inference.builders import TINY, a_request, engine_settings
from tests.inference.families.harness import a_mask, a_picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def a_runner(folder: Path, **settings: Any) -> TorchRunner:
    runner = TorchRunner(engine_settings(device="cpu", **settings), {"tiny": TINY}, folder)
    runner.load("tiny")
    return runner


def admit(runner: TorchRunner, *requests: ImageRequest) -> StepReport:
    return runner.execute(StepPlan(admit=tuple(Admission(nth, request) for nth, request in enumerate(requests))))


def test_a_plan_is_followed_to_the_picture(folder: Path) -> None:
    runner = a_runner(folder)
    assert admit(runner, a_request(steps=2)).admitted[0].calls == (2,)
    for _ in range(2):
        report = runner.execute(StepPlan(step=(0,), preview=(0,)))
        assert report.stepped == [0]
        assert [timing.rows for timing in report.timings] == [2]
        previews = report.previews
        while not previews:  # it may be made aside, and be there with a later report
            previews = runner.execute(StepPlan()).previews
        assert previews[0].pixels.shape == (64, 64, 3)  # a VAE as small as this decodes them itself
    assert runner.execute(StepPlan(finish=(0,), waits=True)).finished[0].pixels.shape == (64, 64, 3)
    runner.execute(StepPlan(release=(0,)))
    assert not runner._slots


def test_a_failing_job_is_found_in_its_batch_and_fails_alone(folder: Path) -> None:
    runner = a_runner(folder)
    admit(runner, *(a_request(seed=nth, steps=9) for nth in range(5)))
    runner._slots[3].prompt_embeds = torch.zeros(1, 77, 31)  # does not fit the U-Net
    report = runner.execute(StepPlan(step=(0, 1, 2, 3, 4)))
    assert sorted(report.stepped) == [0, 1, 2, 4]
    assert isinstance(report.failed[3], GenerationFailed)
    assert report.timings == []


def test_out_of_memory_halves_the_batch_and_fails_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = a_runner(folder)
    requests = [a_request(seed=nth) for nth in range(6)]
    admit(runner, *requests)
    family: Any = runner._families["tiny"]
    predict = family.predict

    def small_card(slots: Any) -> Any:
        if len(slots) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return predict(slots)

    monkeypatch.setattr(family, "predict", small_card)
    report = runner.execute(StepPlan(step=tuple(range(6))))
    assert sorted(report.stepped) == list(range(6))
    assert report.failed == {}
    assert report.shrunk[batch_key(requests[0])] <= 6


def test_one_request_that_cannot_begin_does_not_keep_the_others(folder: Path) -> None:
    runner = a_runner(folder)
    family: Any = runner._families["tiny"]
    start = family.start
    family.start = lambda request: (
        (_ for _ in ()).throw(RequestInvalid("seed", "no")) if request.seed == 1 else start(request)
    )
    report = admit(runner, *(a_request(seed=nth) for nth in range(3)))
    assert sorted(report.admitted) == [0, 2]
    assert isinstance(report.failed[1], RequestInvalid)


def test_invalid_numbers_fail_the_picture_and_say_so(folder: Path) -> None:
    runner = a_runner(folder)
    admit(runner, a_request())
    runner._slots[0].latents = torch.full((1, 4, 8, 8), float("nan"))
    assert "invalid numbers" in str(runner.execute(StepPlan(finish=(0,), waits=True)).failed[0])


def test_an_unloaded_checkpoint_is_gone_and_can_come_back(folder: Path) -> None:
    runner = a_runner(folder)
    admit(runner, a_request())
    runner.unload("tiny")
    runner.execute(StepPlan(release=(0,)))
    assert runner.load("tiny") == Loaded(batches=True, size_bytes=runner._families["tiny"].size_bytes)
    assert admit(runner, a_request()).admitted


def test_a_decode_aside_is_picked_up_when_it_is_done() -> None:
    """As on CUDA, without its stream: the picture comes in a later tick, a dropped one not at all."""
    torch.set_num_threads(1)
    decoder = Decoder(torch.device("cpu"))

    class SlowFamily:
        def decode(self, slot: Any) -> DrawnPicture:
            if slot == "bad":
                raise GenerationFailed("planted")
            return DrawnPicture(np.zeros((8, 8, 3), np.uint8))

    family: Any = SlowFamily()
    slots: list[Any] = ["good", "bad", "dropped"]
    for nth, slot in enumerate(slots):
        decoder.begin({nth: slot}, family)
    decoder.drop(2)
    done: dict[int, Any] = {}
    while len(done) < 2:
        done |= decoder.collect(wait_for_one=True)
    assert isinstance(done[0], DrawnPicture)
    assert isinstance(done[1], GenerationFailed)
    assert decoder.collect(wait_for_one=True) == {}
    decoder.close()


def an_engine(folder: Path, **settings: Any) -> LocalEngine:
    return LocalEngine(
        engine_settings(device="cpu", **settings),
        {"tiny": CheckpointSettings(builtin="tiny", sizes=("64x64",), max_pixels=128 * 128)},
        default_checkpoint="tiny",
        checkpoints_folder=folder,
    )


def mixed(chance: random.Random, nth: int) -> ImageRequest:
    """Anything that may meet in a forward, short, so that many fit into a test. Many are alike on purpose."""
    fields: dict[str, Any] = {
        "prompt": chance.choice(["a", "b", "a long one " * 30, "(a:1.3) b"]),
        "negative_prompt": chance.choice(["", "c"]),
        "seed": nth % 40,
        "steps": chance.choice([1, 2, 3]),
        "guidance": chance.choice([1.0, 4.0, 9.0]),
        "sampler": chance.choice(["euler", "ddim", "dpm++2m", "euler-a"]),
        "width": chance.choice([16, 16, 16, 24]),
        "height": 16,
    }
    kind = chance.random()
    if kind < 0.1:
        fields |= {"width": 64, "height": 64, "image": a_picture(), "strength": 1.0}
    elif kind < 0.2:
        fields |= {"width": 64, "height": 64, "image": a_picture(), "mask": a_mask(), "strength": 1.0}
    elif kind < 0.25:
        fields |= {"hires": HiresPass(width=32, height=32, steps=2)}
    elif kind < 0.3:
        fields |= {"exact": True}
    return a_request(**fields)


@pytest.mark.timeout(300)
async def test_two_thousand_mixed_jobs_each_get_their_own_picture(folder: Path) -> None:
    """Random companions, joins and cancels: whoever asked for the same gets the same picture, and nobody another's."""
    chance = random.Random(4)
    finished: dict[ImageRequest, list[bytes]] = {}
    cancelled, wrong = 0, []

    async def one(engine: LocalEngine, nth: int) -> None:
        nonlocal cancelled
        request, cancels = mixed(chance, nth), chance.random() < 0.1
        handle = engine.submit(request, f"lane {nth % 7}")
        ends = []
        async for event in handle:
            if cancels and chance.random() < 0.5:
                handle.cancel()
            if isinstance(event, Finished | Cancelled | Failed):
                ends.append(event)
        match ends:
            case [Finished(picture)]:
                finished.setdefault(request, []).append(picture.data)
            case [Cancelled()] if cancels:
                cancelled += 1
            case other:
                wrong.append(f"{nth} ended with {other}")

    async with an_engine(folder, max_batch=16, max_waiting=5000) as engine:
        await engine.ready()
        for begin in range(0, 2000, 250):
            await asyncio.gather(*(one(engine, nth) for nth in range(begin, begin + 250)))
    assert wrong == []
    assert sum(len(files) for files in finished.values()) + cancelled == 2000
    assert cancelled > 20
    for files in finished.values():
        # Company changes the last bits of a number, and so a colour by one now and then; another's picture by far more.
        assert all(np.abs(_pixels(file) - _pixels(files[0])).max() <= 2 for file in files[1:])
    small = [(request.seed, _pixels(files[0])) for request, files in finished.items() if request.final_size == (16, 16)]
    for nth, (seed, pixels) in enumerate(small[:60]):
        for other_seed, others in small[nth + 1 : 60]:
            assert seed == other_seed or np.abs(pixels - others).max() > 2


def _pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


@pytest.mark.parametrize(("dtype", "allowed"), [("float32", 2), ("bfloat16", 0)])
async def test_alone_and_in_company_the_picture_is_the_same(folder: Path, dtype: str, allowed: int) -> None:
    requests = [
        a_request(
            prompt=f"picture {nth}",
            seed=nth,
            steps=4 + nth % 5,
            guidance=(1.0, 4.0, 9.0)[nth % 3],
            sampler=("dpm++2m", "euler", "euler-a", "ddim", "unipc")[nth % 5],
        )
        for nth in range(10)
    ]
    async with an_engine(folder, dtype=dtype) as engine:
        alone = [await engine.submit(request, "a").result() for request in requests]
        handles = [engine.submit(request, f"lane {nth}") for nth, request in enumerate(requests)]
        together = [await handle.result() for handle in handles]
    for one, other in zip(alone, together, strict=True):
        assert np.abs(_pixels(one.data) - _pixels(other.data)).max() <= allowed


async def test_exact_pictures_are_the_same_bytes_in_any_company(folder: Path) -> None:
    request = a_request(exact=True, steps=5)
    async with an_engine(folder) as engine:
        alone = await engine.submit(request, "a").result()
        company = [engine.submit(a_request(seed=seed, steps=9), f"lane {seed}") for seed in range(5)]
        again = await engine.submit(request, "a").result()
        for handle in company:
            await handle.result()
    assert alone.data == again.data


async def test_previews_come_from_the_real_latents(folder: Path) -> None:
    async with an_engine(folder) as engine:
        events = [event async for event in engine.submit(a_request(steps=60), "a", preview_seconds=0.0)]
    previews = [event for event in events if isinstance(event, Previewed)]
    assert previews
    assert previews[0].step < 60
    assert isinstance(events[-1], Finished)


async def test_a_checkpoint_that_breaks_the_runner_ends_every_job_cleanly(folder: Path, monkeypatch: Any) -> None:
    engine = an_engine(folder)
    async with engine:
        await engine.ready()
        monkeypatch.setattr(TorchRunner, "_admit", lambda *_: 1 / 0)
        handles = [engine.submit(a_request(), str(nth)) for nth in range(3)]
        for handle in handles:
            with pytest.raises(EngineDead):
                await handle.result()
