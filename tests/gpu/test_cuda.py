"""What only a CUDA device can show. Run on one with: pytest tests/gpu -s

Random weights of tiny shapes: the numbers of a real model's forward are other ones, the code is the same. Speed and
memory of the real shapes are `lienzo bench --device cuda --size sd15` (sd21, sdxl).
"""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from config import CheckpointSettings
from config.additions import Additions, ControlNetSettings, IPAdapterSettings
from inference import Control, EngineGroup, ImagePrompt, ImageRequest, LocalEngine
from inference.batching import batch_key
from inference.checkpoints import load_family
from inference.plan import Admission, StepPlan
from inference.runners.torch_runner import TorchRunner
from tests.inference.builders import a_request, engine_settings
from tests.inference.families.harness import a_picture, by_pipe, draw_one, relative
from tests.inference.families.test_controlnets import save_controlnet
from tests.inference.families.test_image_prompts import save_adapter, save_encoder

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")]

TINY = CheckpointSettings(builtin="tiny", sizes=("64x64",), max_pixels=512 * 512, default_steps=8)
CUDA = torch.device("cuda:0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(autouse=True)
def _reproducible() -> Iterator[None]:
    torch.backends.cudnn.benchmark = False
    yield
    torch.cuda.empty_cache()


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


def an_engine(folder: Path, **settings: Any) -> LocalEngine:
    return LocalEngine(
        engine_settings(device="cuda", **settings),
        {"tiny": TINY},
        default_checkpoint="tiny",
        checkpoints_folder=folder,
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("sampler", ["dpm++2m", "euler-a", "ddim"])
def test_alone_a_job_is_bit_equal_to_the_pipeline(folder: Path, dtype: torch.dtype, sampler: str) -> None:
    family: Any = load_family("tiny", TINY, folder, device=CUDA, dtype=dtype)
    request = a_request(sampler=sampler, steps=6)
    assert torch.equal(draw_one(family, request), by_pipe(family, request))


@pytest.mark.parametrize(("dtype", "allowed"), [("float32", 2), ("float16", 16), ("bfloat16", 40)])
async def test_in_company_the_picture_looks_the_same(folder: Path, dtype: str, allowed: int) -> None:
    requests = [a_request(prompt=f"picture {nth}", seed=nth, steps=5 + nth % 3) for nth in range(8)]
    async with an_engine(folder, dtype=dtype) as engine:
        alone = [await engine.submit(request, "a").result() for request in requests]
        handles = [engine.submit(request, f"lane {nth}") for nth, request in enumerate(requests)]
        together = [await handle.result() for handle in handles]
        exact = [await engine.submit(a_request(exact=True), "a").result() for _ in range(2)]
    worst = max(int(np.abs(pixels(a.data) - pixels(b.data)).max()) for a, b in zip(alone, together, strict=True))
    print(f"{dtype}: largest difference of a colour alone and in company: {worst}")
    assert worst <= allowed
    assert exact[0].data == exact[1].data


@pytest.mark.parametrize("placement", ["model", "group"])
async def test_a_checkpoint_that_does_not_fit_draws_the_same_pictures(folder: Path, placement: str) -> None:
    requests = [a_request(seed=nth) for nth in range(3)]
    found = []
    for how in ("resident", placement):
        async with an_engine(folder, dtype="float32", placement=how) as engine:
            found.append([await engine.submit(request, "a").result() for request in requests])
    for one, other in zip(*found, strict=True):
        assert np.abs(pixels(one.data) - pixels(other.data)).max() <= 2


async def test_a_compiled_u_net_draws_the_same_pictures(folder: Path) -> None:
    requests: list[ImageRequest] = [a_request(seed=nth, steps=5) for nth in range(5)]
    found = []
    for compiled in (False, True):
        async with an_engine(folder, dtype="float32", compile=compiled, max_batch=4) as engine:
            handles = [engine.submit(request, f"lane {nth}") for nth, request in enumerate(requests)]
            found.append([await asyncio.wait_for(handle.result(), 600) for handle in handles])
    for one, other in zip(*found, strict=True):
        assert np.abs(pixels(one.data) - pixels(other.data)).max() <= 4


def test_memory_and_time_of_a_step_are_measured(folder: Path) -> None:
    runner = TorchRunner(engine_settings(device="cuda"), {"tiny": TINY}, folder)
    runner.load("tiny")
    requests = [a_request(seed=nth, steps=6) for nth in range(4)]
    runner.execute(StepPlan(admit=tuple(Admission(nth, request) for nth, request in enumerate(requests))))
    reports = [runner.execute(StepPlan(step=(0, 1, 2, 3))) for _ in range(4)]
    timings = [timing for report in reports for timing in report.timings]
    assert len(timings) == 3, "the time of a step is read when the next one begins"
    for timing in timings:
        assert timing.key == batch_key(requests[0])
        assert timing.rows == 8
        assert timing.seconds > 0
        assert timing.peak_bytes is not None
        assert timing.peak_bytes > 0
        assert timing.room_bytes is not None
        assert timing.room_bytes > timing.peak_bytes


async def test_steps_go_on_while_another_picture_is_decoded(folder: Path) -> None:
    """Jobs of many lengths: decodes and steps overlap all the time, and every picture is the right one."""
    requests = [a_request(seed=nth, steps=2 + nth % 7) for nth in range(40)]
    async with an_engine(folder, dtype="float32") as engine:
        handles = [engine.submit(request, f"lane {nth % 5}") for nth, request in enumerate(requests)]
        together = [await handle.result() for handle in handles]
        for nth in range(0, 40, 8):
            alone = await engine.submit(requests[nth], "a").result()
            assert np.abs(pixels(alone.data) - pixels(together[nth].data)).max() <= 2


def test_out_of_memory_is_survived(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: a tensor that no card holds."""
    runner = TorchRunner(engine_settings(device="cuda"), {"tiny": TINY}, folder)
    runner.load("tiny")
    family: Any = runner._families["tiny"]
    predict = family.predict

    def greedy(slots: Any) -> Any:
        if len(slots) > 2:
            torch.empty(2**50, device=CUDA)
        return predict(slots)

    monkeypatch.setattr(family, "predict", greedy)
    requests = [a_request(seed=nth) for nth in range(6)]
    runner.execute(StepPlan(admit=tuple(Admission(nth, request) for nth, request in enumerate(requests))))
    report = runner.execute(StepPlan(step=tuple(range(6))))
    assert sorted(report.stepped) == list(range(6))
    assert report.shrunk


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_pictures_that_guide_do_so_on_the_card(folder: Path, tmp_path: Path, dtype: torch.dtype) -> None:
    plain: Any = load_family("tiny", TINY, folder, device=torch.device("cpu"), dtype=torch.float32)
    adapter = save_adapter(plain._pipeline.unet, tmp_path / "likeness.safetensors")
    additions = Additions(
        controlnets={"outlines": ControlNetSettings(path=save_controlnet(plain._pipeline.unet, tmp_path / "outlines"))},
        ip_adapters={"likeness": IPAdapterSettings(path=adapter, image_encoder=save_encoder(tmp_path / "encoder"))},
    )
    families: list[Any] = [
        load_family("tiny", TINY, folder, device=device, dtype=its, additions=additions)
        for device, its in ((torch.device("cpu"), torch.float32), (CUDA, dtype))
    ]
    allowed = 0.01 if dtype is torch.float32 else 0.1
    for guided in (
        a_request(control=Control("outlines", a_picture(1), 0.8)),
        a_request(image_prompt=ImagePrompt("likeness", (a_picture(1), a_picture(2)), 0.6)),
    ):
        reference, found = (draw_one(family, guided).float().cpu() for family in families)
        print(f"{dtype}: {relative(found, reference):.2g} from the processor's")
        assert relative(found, reference) < allowed


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="there is but one CUDA device")
async def test_two_cards_draw_what_one_draws(folder: Path) -> None:
    requests = [a_request(seed=nth, exact=True) for nth in range(8)]
    async with an_engine(folder, dtype="float32") as alone:
        expected = [await alone.submit(request, "a").result() for request in requests]

    def on(device: str) -> LocalEngine:
        settings = engine_settings(device=device, dtype="float32")
        return LocalEngine(settings, {"tiny": TINY}, default_checkpoint="tiny", checkpoints_folder=folder)

    async with EngineGroup([on("cuda:0"), on("cuda:1")], default_checkpoint="tiny") as group:
        await group.ready()
        handles = [group.submit(request, "a") for request in requests]
        pictures = [await handle.result() for handle in handles]
    for one, other in zip(expected, pictures, strict=True):
        assert np.abs(pixels(one.data) - pixels(other.data)).max() <= 2
