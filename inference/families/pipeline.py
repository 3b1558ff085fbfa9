"""Any other pipeline of diffusers, one job at a time, yet step by step: FLUX, Stable Diffusion 3, enlargers and so on.

``pipe()`` runs in a thread of its own, which stands still at the end of every step until ``predict`` lets it go on for
one more and waits for it. So the engine's thread keeps the say: it sees every step, and a job that is cancelled stops
where it stands. This is the one family whose ``predict`` moves a job; there is never more than one in it, and a failed
one is not tried again.

    predict, first       pipe() begins: encodes the prompt, prepares, makes its first step, stands still
    predict, further     one more step
    decode               the rest: what it decodes and returns
    close                an exception at the place where it stands

A pipeline that reports no steps is drawn in one go: one long ``predict``, no progress, and no way to stop it inside.
"""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers.schedulers import KarrasDiffusionSchedulers

from inference.errors import GenerationFailed, RequestInvalid
from inference.families.sd import weights_size
from inference.placement import RESIDENT, Placement
from inference.plan import DrawnPicture
from inference.request import ImageRequest
from inference.runners.slots import Slot
from inference.samplers import SAMPLERS

CLOSE_SECONDS = 30.0  # it only has to leave pipe(), but on a busy machine


class _Stopped(BaseException):
    """Not an Exception, so that no pipeline takes it for an error of its own."""


class PipelineRun:
    """One call of a pipeline in its own thread, let go step by step. ``call`` gets what to call after each step.

    latents: as the pipeline had them after its last step, where it tells.
    """

    def __init__(self, call: Callable[[Callable[[Any], None]], Any]) -> None:
        self._call = call
        self._turn = threading.Condition()
        self._is_let_go = False
        self._is_free = False
        self._is_stopped = False
        self._is_over = False
        self._result: Any = None
        self._error: BaseException | None = None
        self.latents: torch.Tensor | None = None
        self._thread = threading.Thread(target=self._run, name="pipeline", daemon=True)
        self._thread.start()

    def step(self) -> None:
        """One step. Nothing if the pipeline is done already. Raises what it raised."""
        self._let_go()

    def finish(self) -> Any:
        """What the pipeline returns. Raises what it raised."""
        with self._turn:
            self._is_free = True
        self._let_go()
        if self._result is None:
            raise GenerationFailed("the pipeline was stopped before its picture was finished")
        return self._result

    def stop(self) -> None:
        """It ends where it stands; one that is finishing on another thread ends by itself."""
        with self._turn:
            self._is_stopped = True
            self._turn.notify_all()
        if not self._is_free:
            self._thread.join(CLOSE_SECONDS)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _let_go(self) -> None:
        with self._turn:
            if not self._is_over:
                self._is_let_go = True
                self._turn.notify_all()
                self._turn.wait_for(lambda: not self._is_let_go)
            if self._error is not None:
                raise self._error

    def _run(self) -> None:
        try:
            with torch.inference_mode():
                self._wait()
                self._result = self._call(self._step_done)
        except _Stopped:
            pass
        except BaseException as error:
            self._error = error
        with self._turn:
            self._is_over = True
            self._is_let_go = False
            self._turn.notify_all()

    def _step_done(self, latents: Any) -> None:
        if isinstance(latents, torch.Tensor):
            self.latents = latents
        with self._turn:
            if not self._is_free:
                self._is_let_go = False
                self._turn.notify_all()
        self._wait()

    def _wait(self) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._is_let_go or self._is_stopped)
            if self._is_stopped:
                raise _Stopped


@dataclass(slots=True, kw_only=True)
class PipelineSlot(Slot):
    """Its tensors are the pipeline's; what the engine asks a slot for is all that is filled in."""

    run: PipelineRun


class PipelineFamily:
    batches = False

    def __init__(self, pipeline: Any, placement: Placement = RESIDENT) -> None:
        self.placement = placement
        # Imports every pipeline that diffusers has, so not before one is needed.
        from diffusers.pipelines import auto_pipeline

        self._pipeline = pipeline
        own = type(pipeline)
        names = [name for name, kind in auto_pipeline.AUTO_TEXT2IMAGE_PIPELINES_MAPPING.items() if kind is own]
        self._draws_from_text = bool(names)
        self._for_images = auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING.get(names[0]) if names else None
        self._for_masks = auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING.get(names[0]) if names else None

    @property
    def size_bytes(self) -> int:
        return weights_size(self._pipeline)

    def check(self, request: ImageRequest) -> None:
        if request.loras:
            raise RequestInvalid("loras", "this checkpoint takes no LoRA here")
        if request.control is not None:
            raise RequestInvalid("control", "this checkpoint takes no ControlNet here")
        if request.image_prompt is not None:
            raise RequestInvalid("image_prompt", "this checkpoint takes no IP-adapter here")
        if request.variations:
            raise RequestInvalid("variations", "this checkpoint draws no variations; ask for another seed")
        if request.hires is not None:
            raise RequestInvalid("hires", "this checkpoint draws in one pass; ask for the larger size itself")
        takes = self._parameters(self._pipeline_for(request))
        if request.image is None and "image" in takes and not self._draws_from_text:
            raise RequestInvalid("image", "this checkpoint works on a picture; give one to start from")
        if request.image is not None and "image" not in takes:
            raise RequestInvalid("image", "this checkpoint draws from text alone; leave the picture out")
        if request.mask is not None and "mask_image" not in takes:
            raise RequestInvalid("mask", "this checkpoint knows no masks; leave the mask out")
        if request.clip_skip and "clip_skip" not in takes:
            raise RequestInvalid("clip_skip", "this checkpoint has no layers to skip; use 0")

    def prepare(self, requests: Sequence[ImageRequest]) -> None:
        """Each pipeline encodes in its own way, inside its call."""

    def start(self, request: ImageRequest) -> PipelineSlot:
        self.check(request)
        pipe = self._pipeline_for(request)
        pipe.scheduler = self._make_sampler(request)
        pipe._progress_bar_config = {"disable": True}
        takes = self._parameters(pipe)
        generator = torch.Generator("cpu").manual_seed(request.seed)
        arguments = self._arguments(request, takes, generator)

        def call(step_done: Callable[[Any], None]) -> Any:
            return pipe(**arguments, **_callbacks(pipe, takes, step_done))

        calls = self._count_calls(request, takes, pipe.scheduler) if _callbacks(pipe, takes, print) else 1
        nothing = torch.zeros(1, 0, 0, device=getattr(pipe, "_execution_device", "cpu"))
        return PipelineSlot(
            request=request,
            sampler=pipe.scheduler,
            timesteps=[torch.tensor(0)] * calls,
            calls=(calls,),
            latents=nothing,
            prompt_embeds=nothing,
            negative_embeds=None,
            generator=generator,
            run=PipelineRun(call),
        )

    def begin_next_pass(self, slot: Slot) -> None:
        raise GenerationFailed(f"this checkpoint draws in one pass, not in {len(slot.calls)}")

    def predict(self, slots: Sequence[Slot]) -> list[torch.Tensor]:
        [slot] = slots
        assert isinstance(slot, PipelineSlot)
        slot.run.step()
        return [slot.latents]

    def advance(self, slot: Slot, prediction: torch.Tensor) -> None:
        del prediction  # the pipeline has moved its latents already
        slot.calls_done += 1

    def preview(self, slot: Slot) -> DrawnPicture | None:
        """None: how a pipeline lays its latents out is its own affair."""
        del slot
        return None

    def decode(self, slot: Slot) -> DrawnPicture:
        assert isinstance(slot, PipelineSlot)
        latents = slot.run.latents
        if latents is not None and not bool(torch.isfinite(latents).all()):
            raise GenerationFailed(
                "the model produced invalid numbers instead of a picture; try other settings, or dtype = 'float32'"
            )
        result = slot.run.finish()
        if not hasattr(result, "images"):
            raise GenerationFailed("this checkpoint makes something else than pictures")
        return DrawnPicture(np.asarray(result.images[0].convert("RGB")))

    def decode_together(self, slots: Sequence[Slot]) -> list[DrawnPicture | GenerationFailed]:
        return [self.decode(slot) for slot in slots]

    def close(self, slot: Slot) -> None:
        assert isinstance(slot, PipelineSlot)
        slot.run.stop()

    def _pipeline_for(self, request: ImageRequest) -> Any:
        """An object of the job's own that shares the weights: a pipeline keeps what is asked of it in itself.

        A checkpoint that draws from text draws from pictures and masks too, if diffusers has such a pipeline of its
        parts.
        """
        if request.image is not None:
            other = self._for_images if request.mask is None else self._for_masks
            if other is not None:
                return other(**self._pipeline.components)
        return copy.copy(self._pipeline)

    def _parameters(self, pipe: Any) -> dict[str, inspect.Parameter]:
        return dict(inspect.signature(type(pipe).__call__).parameters)

    def _arguments(
        self, request: ImageRequest, takes: dict[str, inspect.Parameter], generator: torch.Generator
    ) -> dict[str, Any]:
        offered: dict[str, Any] = {
            "prompt": request.prompt,
            "num_inference_steps": request.steps,
            "width": request.width,
            "height": request.height,
            "generator": generator,
            "output_type": "pil",
        }
        if request.unwanted:
            offered["negative_prompt"] = request.unwanted
        if request.clip_skip:
            offered["clip_skip"] = request.clip_skip
        guidance = takes.get("guidance_scale")
        if "true_cfg_scale" in takes and (guidance is None or guidance.default is None):
            # Qwen-Image and its like: guidance_scale is for distilled models, and there is guidance only beside a
            # negative prompt.
            offered["true_cfg_scale"] = request.guidance
            offered.setdefault("negative_prompt", " ")
        else:
            offered["guidance_scale"] = request.guidance
        if request.image is not None:
            offered |= {"image": request.image.open(), "strength": request.strength}
        if request.mask is not None:
            offered["mask_image"] = request.mask.open()
        return {name: value for name, value in offered.items() if name in takes}

    def _make_sampler(self, request: ImageRequest) -> Any:
        """The one that was asked for where it can take the place of the pipeline's own.

        Flow models have samplers of their own, and some pipelines reach into the very one they were made with: only
        those take any other whose constructor says so.
        """
        own = self._pipeline.scheduler
        named = SAMPLERS[request.sampler]
        wanted = getattr(diffusers, named.diffusers_class)
        declared = inspect.signature(type(self._pipeline).__init__).parameters.get("scheduler")
        takes_any = declared is not None and declared.annotation is KarrasDiffusionSchedulers
        if takes_any and wanted in own.compatibles:
            return wanted.from_config(own.config, **named.arguments)
        return type(own).from_config(own.config)

    def _count_calls(self, request: ImageRequest, takes: dict[str, inspect.Parameter], sampler: Any) -> int:
        """How many steps it will report, as far as that can be told; more or fewer do no harm."""
        counter = type(sampler).from_config(sampler.config)
        try:
            counter.set_timesteps(request.steps)
            calls, order = len(counter.timesteps), getattr(counter, "order", 1)
        except Exception:  # some need numbers that only the pipeline knows
            calls, order = request.steps, 1
        if request.image is not None and "strength" in takes:
            calls -= (request.steps - min(int(request.steps * request.strength), request.steps)) * order
        return max(calls, 1)


def _callbacks(pipe: Any, takes: dict[str, inspect.Parameter], step_done: Callable[[Any], None]) -> dict[str, Any]:
    """The arguments by which it tells of its steps: today's, those of older pipelines, or none."""
    if "callback_on_step_end" in takes:

        def at_step_end(_pipe: Any, _step: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            step_done(tensors.get("latents"))
            return {}

        arguments: dict[str, Any] = {"callback_on_step_end": at_step_end}
        if "callback_on_step_end_tensor_inputs" in takes:
            names = [name for name in ("latents",) if name in getattr(pipe, "_callback_tensor_inputs", ())]
            arguments["callback_on_step_end_tensor_inputs"] = names
        return arguments
    if "callback" in takes and "callback_steps" in takes:
        return {"callback": lambda _step, _timestep, latents: step_done(latents), "callback_steps": 1}
    return {}
