"""How a bot without an engine uses diffusers: one call of the pipeline for one request, or for several alike.

Written as well as it can be: every call has a sampler of its own, nothing draws progress bars, no gradients are kept,
noise comes from one CPU generator for each picture. So every contender draws the same picture from the same request.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.bench.contenders import PREVIEW_SECONDS
from inference.families.previews import SD_COLOURS
from inference.pictures import encode, parameters_text
from inference.request import ImageRequest
from inference.samplers import SAMPLERS
from inference.scorers.contrast import contrast


class Stopped(Exception):
    """Raised inside a pipeline's callback, the only way out of a call that has begun."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """What the call tells on the way, from its own thread. is_cancelled: for each request of the call."""

    stepped: Callable[[int, int], None]
    previewed: Callable[[int, NDArray[np.uint8]], None]
    is_cancelled: Callable[[int], bool]


class Pipes:
    """The pipelines of one set of weights: text to image, from a picture, with a mask. They share every module.

    ``unet``: another one to use in their place, a compiled one for example.
    """

    def __init__(self, pipeline: Any, *, unet: Any = None) -> None:
        parts = dict(pipeline.components)
        if unet is not None:
            parts["unet"] = unet
        family = type(pipeline).__name__.removesuffix("Pipeline")
        kept = {} if "XL" in family else {"requires_safety_checker": False}
        self._pipes = {
            kind: getattr(diffusers, f"{family}{kind}Pipeline")(**parts, **kept) for kind in ("", "Img2Img", "Inpaint")
        }
        for pipe in self._pipes.values():
            pipe.set_progress_bar_config(disable=True)

    def for_request(self, request: ImageRequest) -> Any:
        """A shallow copy with a sampler of its own: two calls never share state."""
        kind = "" if request.image is None else "Img2Img" if request.mask is None else "Inpaint"
        pipe = copy.copy(self._pipes[kind])
        named = SAMPLERS[request.sampler]
        pipe.scheduler = getattr(diffusers, named.diffusers_class).from_config(pipe.scheduler.config, **named.arguments)
        return pipe

    @torch.inference_mode()
    def embed(self, request: ImageRequest) -> dict[str, Any]:
        """The encoded prompts, as arguments of a call."""
        pipe = self._pipes[""]
        wants = {"do_classifier_free_guidance": request.is_guided}
        if "XL" in type(pipe).__name__:
            names = ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds")
            return dict(zip(names, pipe.encode_prompt(request.prompt, **wants), strict=True))
        encoded = pipe.encode_prompt(request.prompt, pipe.unet.device, 1, **wants)
        return dict(zip(("prompt_embeds", "negative_prompt_embeds"), encoded, strict=True))

    @torch.inference_mode()
    def draw(
        self, requests: Sequence[ImageRequest], watcher: Watcher, embeds: dict[str, Any] | None = None
    ) -> list[Image.Image]:
        """One call for requests that differ in prompt, seed and pictures only. Raises Stopped if all are cancelled."""
        first = requests[0]
        pipe = self.for_request(first)
        arguments: dict[str, Any] = embeds or {
            "prompt": [request.prompt for request in requests],
        }
        if first.image is None or first.mask is not None:
            arguments |= {"width": first.width, "height": first.height}
        for name, argument in (("image", "image"), ("mask", "mask_image")):
            sources = [source.open() for request in requests if (source := getattr(request, name)) is not None]
            if sources:
                arguments |= {argument: sources, "strength": first.strength}
        images: list[Image.Image] = pipe(
            num_inference_steps=first.steps,
            guidance_scale=first.guidance,
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in requests],
            callback_on_step_end=_callback(len(requests), watcher),
            **arguments,
        ).images
        return images


def _callback(jobs: int, watcher: Watcher) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    next_preview = 0.0

    def step_ended(pipe: Any, step: int, _: Any, values: dict[str, Any]) -> dict[str, Any]:
        nonlocal next_preview
        if all(watcher.is_cancelled(nth) for nth in range(jobs)):
            raise Stopped
        watcher.stepped(step + 1, pipe.num_timesteps)
        now = time.monotonic()
        if now >= next_preview and step + 1 < pipe.num_timesteps:
            next_preview = now + PREVIEW_SECONDS
            for nth, pixels in enumerate(_previews(values["latents"])):
                watcher.previewed(nth, pixels)
        return values

    return step_ended


def _previews(latents: torch.Tensor) -> NDArray[np.uint8]:
    """The linear map that most bots have. With random weights its colours mean nothing; it is the work that counts."""
    colours = latents.float().cpu().permute(0, 2, 3, 1) @ torch.tensor(SD_COLOURS)
    pixels: NDArray[np.uint8] = ((colours + 1) * 127.5).clamp(0, 255).to(torch.uint8).numpy()
    return pixels


def finish(image: Image.Image, request: ImageRequest) -> bytes:
    """Pixels to a file: the same work that the engine's writers do. Blocking."""
    contrast(np.asarray(image))
    return encode(image, parameters_text(request), "png")
