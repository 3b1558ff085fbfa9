"""Pipelines of all sorts, drawn by the family that lets pipe() go one step at a time."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from inference import GenerationFailed, RequestInvalid
from inference.request import HiresPass, Lora
from tests.inference.builders import a_request
from tests.inference.families.conftest import Load, load
from tests.inference.families.harness import a_mask, a_picture, draw


def request_for(kind: str, **fields: Any) -> Any:
    sources: dict[str, Any] = {}
    if "upscale" in kind:
        size = 16 if kind == "upscale" else 64
        sources = {"image": a_picture(size=size), "width": size, "height": size}
    return a_request(**({"steps": 3, "guidance": 3.0} | sources | fields))


def drawn(family: Any, request: Any) -> Any:
    return family.decode(draw(family, {0: request})[0]).pixels


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "pipeline"]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Any:
    yield
    assert threads() == []


def by_pipe(family: Any, request: Any, pipe: Any = None, **arguments: Any) -> Any:
    pipe = pipe or family._pipeline
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(request.seed)
    given = {"num_inference_steps": request.steps, "guidance_scale": request.guidance, "generator": generator}
    return np.asarray(pipe(request.prompt, **(given | arguments)).images[0])


@pytest.mark.parametrize("kind", ["flux", "upscale", "latent-upscale", "sd3", "qwen", "xl-edm"])
def test_the_picture_is_the_pipelines(family: Load, kind: str) -> None:
    request = request_for(kind, sampler="ddim")
    arguments: dict[str, Any] = {}
    if "upscale" in kind:
        arguments["image"] = request.image.open()
    else:
        arguments |= {"width": 64, "height": 64}
    if kind == "qwen":
        arguments |= {"true_cfg_scale": request.guidance, "negative_prompt": " ", "guidance_scale": None}
    config = dict(family(kind)._pipeline.scheduler.config)
    mine = drawn(family(kind), request)
    times = {"upscale": 4, "latent-upscale": 2}.get(kind, 1)
    assert mine.shape == (request.height * times, request.width * times, 3)
    assert np.array_equal(mine, by_pipe(family(kind), request, **arguments))
    assert dict(family(kind)._pipeline.scheduler.config) == config


def test_a_picture_to_start_from_takes_the_pipeline_for_that(family: Load) -> None:
    from diffusers import FluxImg2ImgPipeline, FluxInpaintPipeline

    it = family("flux")
    request = request_for("flux", image=a_picture(), strength=0.7, steps=4)
    slot = it.start(request)
    assert slot.calls == (2,)
    it.close(slot)
    pipe = FluxImg2ImgPipeline(**it._pipeline.components)
    expected = by_pipe(it, request, pipe, image=request.image.open(), strength=0.7, width=64, height=64)
    assert np.array_equal(drawn(it, request), expected)
    request = request_for("flux", image=a_picture(), mask=a_mask(), strength=0.7, steps=4)
    pipe = FluxInpaintPipeline(**it._pipeline.components)
    sources = {"image": request.image.open(), "mask_image": request.mask.open()}
    expected = by_pipe(it, request, pipe, **sources, strength=0.7, width=64, height=64)
    assert np.array_equal(drawn(it, request), expected)


def test_the_sampler_is_the_requests_where_it_can_be(family: Load) -> None:
    one, other = (drawn(family("upscale"), request_for("upscale", sampler=name)) for name in ("ddim", "euler"))
    assert not np.array_equal(one, other)
    one, other = (drawn(family("flux"), request_for("flux", sampler=name)) for name in ("ddim", "euler"))
    assert np.array_equal(one, other)  # a flow model has one of its own


def test_several_jobs_take_turns_and_mix_nothing_up(family: Load) -> None:
    it = family("flux")
    requests = [request_for("flux", prompt=f"number {nth}", seed=nth, steps=2 + nth) for nth in range(3)]
    alone = [drawn(it, request) for request in requests]
    slots = [it.start(request) for request in requests]
    assert it.batches is False
    while running := [slot for slot in slots if slot.calls_done < slot.calls[0]]:
        for slot in running:
            [prediction] = it.predict([slot])
            it.advance(slot, prediction)
            assert it.preview(slot) is None
    pictures = [it.decode(slot).pixels for slot in slots]
    assert all(np.array_equal(one, other) for one, other in zip(alone, pictures, strict=True))


class Counted:
    """A pipeline's transformer that counts, and may fail or dawdle."""

    def __init__(self, family: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.fails_at = 0
        forward = family._pipeline.transformer.forward

        def counting(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.fails_at:
                raise ValueError("out of luck")
            return forward(*args, **kwargs)

        monkeypatch.setattr(family._pipeline.transformer, "forward", counting)


def test_nothing_moves_but_one_step_for_each_prediction(family: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(family("flux"), monkeypatch)
    slot = family("flux").start(request_for("flux"))
    assert (slot.calls, slot.rows) == ((3,), 1)
    for step in range(3):
        time.sleep(0.02)
        assert counted.calls == step
        family("flux").predict([slot])
        assert counted.calls == step + 1
    family("flux").decode(slot)
    assert counted.calls == 3


@pytest.mark.parametrize("after", range(4))
def test_a_job_that_is_closed_ends_where_it_stands(family: Load, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    counted = Counted(family("flux"), monkeypatch)
    slot = family("flux").start(request_for("flux"))
    for _ in range(after):
        family("flux").predict([slot])
    assert slot.run.is_alive
    family("flux").close(slot)
    assert not slot.run.is_alive
    assert counted.calls == after
    family("flux").close(slot)
    with pytest.raises(GenerationFailed, match="stopped"):
        family("flux").decode(slot)


@pytest.mark.parametrize("call", [1, 3])
def test_an_error_inside_ends_the_job_that_has_it(family: Load, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    counted = Counted(family("flux"), monkeypatch)
    counted.fails_at = call
    slot = family("flux").start(request_for("flux"))
    for _ in range(call - 1):
        family("flux").predict([slot])
    with pytest.raises(ValueError, match="out of luck"):
        family("flux").predict([slot])
    counted.fails_at = 0
    drawn(family("flux"), request_for("flux"))


def test_an_error_while_decoding_is_that_jobs_too(family: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = draw(family("flux"), {0: request_for("flux")})[0]
    monkeypatch.setattr(family("flux")._pipeline.vae, "decode", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        family("flux").decode(slot)


def test_invalid_numbers_are_no_picture(folder_of: Callable[[str], Path]) -> None:
    it = load(folder_of("flux"))
    it._pipeline.transformer.proj_out.weight.data.fill_(float("nan"))
    slot = draw(it, {0: request_for("flux")})[0]
    with pytest.raises(GenerationFailed, match="invalid numbers"):
        it.decode(slot)
    it.close(slot)


class Older:
    """A pipeline as they were: ``callback`` instead of ``callback_on_step_end``, or nothing at all."""

    scheduler = None

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        self.steps = 0

    def _draw(self, steps: int, tell: Callable[[int], None]) -> Any:
        for step in range(steps):
            self.steps += 1
            tell(step)
        return type("Output", (), {"images": [Image.new("RGB", (8, 8), (self.steps, 0, 0))]})


class WithCallback(Older):
    def __call__(self, prompt: str, num_inference_steps: int, callback: Any = None, callback_steps: int = 1) -> Any:
        return self._draw(num_inference_steps, lambda step: callback(step, 0, torch.zeros(1)))


class Silent(Older):
    def __call__(self, prompt: str, num_inference_steps: int) -> Any:
        return self._draw(num_inference_steps, lambda step: None)


@pytest.mark.parametrize(("kind", "calls"), [(WithCallback, 3), (Silent, 1)])
def test_older_pipelines_tell_what_they_can(family: Load, kind: Any, calls: int) -> None:
    from inference.families.pipeline import PipelineFamily

    it = PipelineFamily(kind(family("flux")._pipeline.scheduler))
    slot = it.start(a_request(steps=3))
    assert slot.calls == (calls,)
    it.predict([slot])
    if calls > 1:
        it.close(slot)
        slot = it.start(a_request(steps=3))
    for _ in range(calls):
        it.predict([slot])
    assert it.decode(slot).pixels[0, 0].tolist() == [3, 0, 0]


def test_what_it_cannot_do_is_refused_before_it_begins(family: Load) -> None:
    for fields, words in [
        ({"loras": (Lora("x"),)}, "no LoRA"),
        ({"hires": HiresPass(width=128, height=128, steps=4)}, "one pass"),
        ({"clip_skip": 1}, "no layers to skip"),
    ]:
        with pytest.raises(RequestInvalid, match=words):
            family("flux").start(request_for("flux", **fields))
    with pytest.raises(RequestInvalid, match="give one to start from"):
        family("upscale").check(a_request())
    with pytest.raises(RequestInvalid, match="no masks"):
        family("upscale").check(request_for("upscale", mask=a_mask(16)))
