"""Draw with a family, step by step, and with the diffusers pipeline that does the same in one call."""

from collections.abc import Mapping
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from inference import ImageRequest
from inference.families.base import ModelFamily
from inference.runners.slots import Slot
from inference.samplers import SAMPLERS
from inference.sources import SourceImage

CLASSES = {
    "sd": ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline"),
    "xl": ("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline"),
}


def a_picture(seed: int = 0, size: int = 64) -> SourceImage:
    """Noise of several sizes, so that a VAE makes something of it."""
    chance = np.random.default_rng(seed)
    small = Image.fromarray(chance.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    return SourceImage.of(small.resize((size, size), Image.Resampling.BICUBIC))


def a_mask(size: int = 64) -> SourceImage:
    """White on the right, with a soft edge."""
    ramp = np.linspace(-200, 455, size).clip(0, 255).astype(np.uint8)
    return SourceImage.of(Image.fromarray(np.tile(ramp, (size, 1))))


WHITE = SourceImage.of(Image.new("L", (64, 64), 255))


@torch.inference_mode()
def draw(
    family: ModelFamily, requests: Mapping[int, ImageRequest], joins: Mapping[int, int] | None = None
) -> dict[int, Slot]:
    """Each job joins at its tick; all that are there and not done advance together, second passes among themselves."""
    joins = joins or dict.fromkeys(requests, 0)
    slots: dict[int, Slot] = {}
    for tick in range(300):
        for nth, request in requests.items():
            if joins[nth] == tick:
                slots[nth] = family.start(request)
        for slot in slots.values():
            if slot.is_between_passes:
                family.begin_next_pass(slot)
        running = [slot for slot in slots.values() if slot.calls_done < len(slot.timesteps)]
        for shape in {slot.latents.shape for slot in running}:
            group = [slot for slot in running if slot.latents.shape == shape]
            for slot, prediction in zip(group, family.predict(group), strict=True):
                family.advance(slot, prediction)
        if len(slots) == len(requests) and not running:
            return slots
    raise AssertionError("it never finished")


def draw_one(family: ModelFamily, request: ImageRequest) -> torch.Tensor:
    return draw(family, {0: request})[0].latents


def make_pipe(family: Any, name: str, request: ImageRequest, **arguments: Any) -> Any:
    """The pipeline called ``name`` of the family's own parts, with the request's sampler."""
    own = family._pipeline
    config = own.scheduler.config
    kind = getattr(diffusers, name)
    if name == type(own).__name__:
        pipe = kind(**own.components, **{key: own.config[key] for key in _flags(own)})
    elif "XL" in name:
        flags = {key: own.config[key] for key in ("force_zeros_for_empty_prompt",) if key in own.config}
        pipe = kind(**own.components, **flags, add_watermarker=False)
    else:
        pipe = kind(**own.components, requires_safety_checker=False)
    named = SAMPLERS[request.sampler]
    pipe.scheduler = getattr(diffusers, named.diffusers_class).from_config(config, **named.arguments)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def _flags(pipeline: Any) -> list[str]:
    known = ("requires_safety_checker", "force_zeros_for_empty_prompt", "requires_aesthetics_score")
    return [key for key in known if key in pipeline.config]


def by_pipe(family: Any, request: ImageRequest, name: str | None = None, **arguments: Any) -> torch.Tensor:
    """Final latents as diffusers' __call__ makes them. ``arguments`` override what the request says."""
    own = type(family._pipeline).__name__
    if name is None:
        text, image, mask = CLASSES["xl" if "XL" in own else "sd"]
        name = text if request.image is None else image if request.mask is None else mask
        if own == "StableDiffusionDepth2ImgPipeline":
            name = own
    pipe = make_pipe(family, name, request)
    given: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt or None,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "generator": torch.Generator("cpu").manual_seed(request.seed),
        "output_type": "latent",
    }
    if request.image is not None:
        given |= {"image": request.image.open(), "strength": request.strength}
    if request.mask is not None:
        given |= {"mask_image": request.mask.open()}
    if request.image is None or request.mask is not None:
        given |= {"width": request.width, "height": request.height}
    images: torch.Tensor = pipe(**(given | arguments)).images
    return images


def relative(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())
