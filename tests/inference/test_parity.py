"""Our loop against diffusers' own pipeline, on a tiny checkpoint with random weights, saved and loaded for real."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from config import CheckpointSettings
from inference import ImageRequest
from inference.batching import batch_key
from inference.checkpoints import load_family
from inference.errors import GenerationFailed
from inference.plan import Admission, StepPlan, StepReport
from inference.runners.torch_runner import TorchRunner
from inference.samplers import SAMPLERS
from inference.tiny_checkpoint import assemble_tiny_checkpoint
from tests.inference.builders import TINY, a_request, engine_settings

FIVE_SAMPLERS = ["dpm++2m", "euler", "euler-a", "ddim", "unipc"]


@pytest.fixture(scope="module", params=["epsilon", "v_prediction"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints of both prediction types: Stable Diffusion 1.x and 2.x differ in little else here."""
    folder = tmp_path_factory.mktemp("checkpoints")
    assemble_tiny_checkpoint(folder / "tiny", prediction_type=request.param)
    return folder


def a_runner(folder: Path, **settings: Any) -> TorchRunner:
    return TorchRunner(engine_settings(device="cpu", **settings), {"tiny": TINY}, folder)


def latents_by_pipe(runner: TorchRunner, request: ImageRequest) -> torch.Tensor:
    """What diffusers' __call__ makes of the same request, from the same weights."""
    import diffusers

    family: Any = runner.load("tiny")
    pipe = family._pipeline
    kept = pipe.scheduler
    named = SAMPLERS[request.sampler]
    pipe.scheduler = getattr(diffusers, named.diffusers_class).from_config(kept.config, **named.arguments)
    try:
        pipe.set_progress_bar_config(disable=True)
        images: torch.Tensor = pipe(
            request.prompt,
            negative_prompt=request.negative_prompt,
            num_inference_steps=request.steps,
            guidance_scale=request.guidance,
            width=request.width,
            height=request.height,
            generator=torch.Generator("cpu").manual_seed(request.seed),
            output_type="latent",
        ).images
    finally:
        pipe.scheduler = kept
    return images


def steps_until_done(
    runner: TorchRunner, requests: dict[int, ImageRequest], joins: dict[int, int]
) -> dict[int, torch.Tensor]:
    """Each job joins at its tick; all that are there and not done advance together. Returns final latents."""
    done: dict[int, torch.Tensor] = {}
    calls: dict[int, int] = {}
    for tick in range(200):
        admit = tuple(Admission(nth, requests[nth]) for nth, at in joins.items() if at == tick)
        running = [nth for nth in requests if joins[nth] <= tick and nth not in done]
        report = runner.execute(StepPlan(admit=admit, step=tuple(running)))
        assert report.failed == {}
        calls |= report.admitted
        for nth in running:
            slot = runner._slots[nth]
            if slot.calls_done == calls[nth]:
                done[nth] = slot.latents
        if len(done) == len(requests):
            return done
    raise AssertionError("it never finished")


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_alone_a_job_is_bit_equal_to_the_pipeline(folder: Path, sampler: str, guidance: float) -> None:
    runner = a_runner(folder)
    request = a_request(sampler=sampler, guidance=guidance, steps=5, negative_prompt="blurry")
    [mine] = steps_until_done(runner, {1: request}, {1: 0}).values()
    assert torch.equal(mine, latents_by_pipe(runner, request))


@pytest.mark.parametrize("seed", range(3))
def test_six_unlike_jobs_in_one_batch_agree_to_1e_5(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    runner = a_runner(folder)
    requests = {
        nth: a_request(
            prompt=f"picture number {nth}",
            negative_prompt=chance.choice(["", "blurry, ugly"]),
            seed=chance.randrange(2**32),
            steps=chance.randint(3, 9),
            guidance=chance.choice([1.0, 2.5, 7.5, 12.0]),
            sampler=FIVE_SAMPLERS[nth % len(FIVE_SAMPLERS)],
        )
        for nth in range(6)
    }
    joins = {nth: chance.randrange(4) for nth in requests} | {0: 0}
    together = steps_until_done(runner, requests, joins)
    for nth, request in requests.items():
        alone = latents_by_pipe(runner, request)
        difference = (together[nth] - alone).norm() / alone.norm()
        assert difference < 1e-5, f"{request}: {difference}"


def test_the_picture_is_the_pipelines_picture(folder: Path) -> None:
    runner = a_runner(folder)
    request = a_request(steps=3)
    runner.execute(StepPlan(admit=(Admission(1, request),), step=(1,)))
    for _ in range(2):
        runner.execute(StepPlan(step=(1,)))
    pixels = runner.execute(StepPlan(finish=(1,))).finished[1].pixels
    family: Any = runner.load("tiny")
    pipe = family._pipeline
    with torch.inference_mode():
        image = pipe.vae.decode(latents_by_pipe(runner, request) / pipe.vae.config.scaling_factor).sample
    expected = pipe.image_processor.postprocess(image, output_type="pil")[0]
    assert np.array_equal(pixels, np.asarray(expected))


def test_a_failing_job_is_found_in_its_batch_and_fails_alone(folder: Path) -> None:
    runner = a_runner(folder)
    requests = [a_request(seed=nth, steps=9) for nth in range(5)]
    runner.execute(StepPlan(admit=tuple(Admission(nth, request) for nth, request in enumerate(requests))))
    runner._slots[3].prompt_embeds = torch.zeros(1, 77, 31)  # does not fit the U-Net
    report = runner.execute(StepPlan(step=(0, 1, 2, 3, 4)))
    assert sorted(report.stepped) == [0, 1, 2, 4]
    assert isinstance(report.failed[3], GenerationFailed)


def test_out_of_memory_halves_the_batch_and_fails_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = a_runner(folder)
    requests = [a_request(seed=nth) for nth in range(6)]
    runner.execute(StepPlan(admit=tuple(Admission(nth, request) for nth, request in enumerate(requests))))
    family: Any = runner.load("tiny")
    predict = family.predict

    def small_card(slots: Any) -> Any:
        if len(slots) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return predict(slots)

    monkeypatch.setattr(family, "predict", small_card)
    report: StepReport = runner.execute(StepPlan(step=tuple(range(6))))
    assert sorted(report.stepped) == list(range(6))
    assert report.failed == {}
    assert report.shrunk == {batch_key(requests[0]): 1} or report.shrunk == {batch_key(requests[0]): 3}


def test_invalid_numbers_are_reported_as_such(folder: Path) -> None:
    runner = a_runner(folder)
    runner.execute(StepPlan(admit=(Admission(1, a_request()),)))
    runner._slots[1].latents = torch.full((1, 4, 8, 8), float("nan"))
    report = runner.execute(StepPlan(finish=(1,)))
    assert "invalid numbers" in str(report.failed[1])


def test_the_prompt_cache_forgets_nothing_it_should_know(folder: Path) -> None:
    """A prompt that was encoded for another job gives the same picture as one encoded anew."""
    runner = a_runner(folder)
    first = steps_until_done(runner, {1: a_request()}, {1: 0})[1]
    runner.execute(StepPlan(release=(1,)))
    again = steps_until_done(runner, {2: a_request()}, {2: 0})[2]
    assert torch.equal(first, again)


def test_loading_twice_gives_the_same_weights(tmp_path: Path) -> None:
    settings = CheckpointSettings(builtin="tiny", sizes=("64x64",), max_pixels=4096)
    families: list[Any] = [
        load_family("tiny", settings, tmp_path / name, device=torch.device("cpu"), dtype=torch.float32)
        for name in ("a", "b")
    ]
    first, second = (family._unet.state_dict() for family in families)
    assert all(torch.equal(first[key], second[key]) for key in first)
