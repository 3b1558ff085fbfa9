"""Stable Diffusion 1.x and 2.x, text to image: latent diffusion with a VAE, a U-Net and one CLIP text encoder.

Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (arXiv:2112.10752). Every number is made
exactly as diffusers' StableDiffusionPipeline makes it, in the same order: a job that runs alone is bit-equal to it.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import diffusers
import torch
from diffusers.utils.torch_utils import randn_tensor

from inference.errors import GenerationFailed
from inference.plan import DrawnPicture
from inference.request import ImageRequest
from inference.runners.slots import Slot
from inference.samplers import SAMPLERS

CACHED_PROMPTS = 512  # at 118 kB for SD 1.x in fp16, 60 MB


class StableDiffusion:
    """Over one loaded StableDiffusionPipeline, whose parts are used and whose ``__call__`` is not."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._unet = pipeline.unet
        self._vae = pipeline.vae
        self._device = torch.device(pipeline.unet.device)
        self._embeds: OrderedDict[str, torch.Tensor] = OrderedDict()

    def start(self, request: ImageRequest) -> Slot:
        prompt_embeds = self._encode(request.prompt)
        negative_embeds = self._encode(request.negative_prompt) if self._is_guided(request) else None
        sampler = self._make_sampler(request)
        generator = torch.Generator("cpu").manual_seed(request.seed)
        factor = self._pipeline.vae_scale_factor
        shape = (1, self._unet.config.in_channels, request.height // factor, request.width // factor)
        noise = randn_tensor(shape, generator=generator, device=self._device, dtype=prompt_embeds.dtype)
        return Slot(
            request=request,
            sampler=sampler,
            timesteps=list(sampler.timesteps),
            latents=noise * sampler.init_noise_sigma,
            prompt_embeds=prompt_embeds,
            negative_embeds=negative_embeds,
            generator=generator,
        )

    def predict(self, slots: Sequence[Slot]) -> list[torch.Tensor]:
        inputs = [slot.sampler.scale_model_input(slot.latents, slot.timestep) for slot in slots]
        guided = [index for index, slot in enumerate(slots) if slot.negative_embeds is not None]
        # Rows: first without the prompt (guided jobs only), then with it. Alone that is diffusers' own order.
        rows = [inputs[index] for index in guided] + inputs
        negatives = [embeds for slot in slots if (embeds := slot.negative_embeds) is not None]
        steps = [slots[index].timestep for index in guided] + [slot.timestep for slot in slots]
        predictions = self._unet(
            torch.cat(rows),
            # One vector, made on the host: samplers differ in the dtype of their timesteps, the U-Net reads floats.
            torch.tensor([float(step) for step in steps]).to(self._device),
            encoder_hidden_states=torch.cat([*negatives, *(slot.prompt_embeds for slot in slots)]),
            timestep_cond=self._guidance_embedding(slots),
            return_dict=False,
        )[0]
        unguided, conditioned = predictions[: len(guided)], predictions[len(guided) :]
        result = [conditioned[index : index + 1] for index in range(len(slots))]
        for row, index in enumerate(guided):
            without = unguided[row : row + 1]
            result[index] = without + slots[index].request.guidance * (result[index] - without)
        return result

    def advance(self, slot: Slot, prediction: torch.Tensor) -> None:
        step = slot.sampler.step
        accepted = inspect.signature(step).parameters
        extra: dict[str, Any] = {}
        if "eta" in accepted:
            extra["eta"] = 0.0
        if "generator" in accepted:
            extra["generator"] = slot.generator
        slot.latents = step(prediction, slot.timestep, slot.latents, **extra, return_dict=False)[0]
        slot.calls_done += 1

    def decode(self, slot: Slot) -> DrawnPicture:
        image = self._vae.decode(
            slot.latents / self._vae.config.scaling_factor, return_dict=False, generator=slot.generator
        )[0]
        if not bool(torch.isfinite(image).all()):
            raise GenerationFailed(
                "the model produced invalid numbers instead of a picture; try other settings, or dtype = 'float32'"
            )
        array = self._pipeline.image_processor.postprocess(image, output_type="np")[0]
        return DrawnPicture((array * 255).round().astype("uint8"))

    def _is_guided(self, request: ImageRequest) -> bool:
        # A model with a guidance embedding (LCM) takes the scale as an input instead of a second row.
        return request.is_guided and self._unet.config.time_cond_proj_dim is None

    def _encode(self, text: str) -> torch.Tensor:
        """Shape (1, tokens, channels). What was encoded lately is kept: people vary seeds more than words."""
        cached = self._embeds.get(text)
        if cached is None:
            cached, _ = self._pipeline.encode_prompt(text, self._device, 1, do_classifier_free_guidance=False)
            self._embeds[text] = cached
            if len(self._embeds) > CACHED_PROMPTS:
                self._embeds.popitem(last=False)
        self._embeds.move_to_end(text)
        return cached

    def _make_sampler(self, request: ImageRequest) -> Any:
        named = SAMPLERS[request.sampler]
        # From the pipeline's own config, which its constructor corrects, not from the JSON file.
        config = self._pipeline.scheduler.config
        sampler = getattr(diffusers, named.diffusers_class).from_config(config, **named.arguments)
        sampler.set_timesteps(request.steps, device="cpu")
        if hasattr(sampler, "set_begin_index"):
            sampler.set_begin_index(0)  # spares the search for the first step, which would wait for the device
        return sampler

    def _guidance_embedding(self, slots: Sequence[Slot]) -> torch.Tensor | None:
        width = self._unet.config.time_cond_proj_dim
        if width is None:
            return None
        scales = torch.tensor([slot.request.guidance - 1 for slot in slots])
        embedding: torch.Tensor = self._pipeline.get_guidance_scale_embedding(scales, embedding_dim=width)
        return embedding.to(device=self._device, dtype=slots[0].latents.dtype)
