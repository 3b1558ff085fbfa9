"""Stable Diffusion 1.x and 2.x, step by step: a VAE, a U-Net for text, inpainting or depth, and one CLIP text encoder.

Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (arXiv:2112.10752). Every number is made
exactly as diffusers' pipelines make it, in the same order: a job that runs alone is bit-equal to the pipeline for its
kind (text to image, image to image, inpainting, depth to image). Jobs of all kinds share forwards, since they differ
only in what their latents start from and in what is laid beside them. XL (sdxl.py) adds to this and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch

from inference.errors import GenerationFailed, RequestInvalid
from inference.families.adapters import Adapters
from inference.families.compiled import BucketedUNet, compile_for_cuda
from inference.families.conditioning import Conditioning, DepthMap, add_noise
from inference.families.controlnets import ControlNets, Residuals
from inference.families.enlarger import Enlarger
from inference.families.image_prompts import IPAdapters, rows_of
from inference.families.latents import LatentCodec
from inference.families.previews import choose_preview
from inference.families.sampling import Samplers, step_sampler
from inference.families.text import TextEncoding
from inference.placement import RESIDENT, Placement
from inference.plan import DrawnPicture
from inference.request import ImageRequest
from inference.runners.slots import Slot

Added: TypeAlias = dict[str, torch.Tensor]


class StableDiffusion:
    """Over one loaded diffusers pipeline, whose parts are used and whose ``__call__`` is not."""

    batches = True
    _blank_is_encoded = True

    def __init__(
        self,
        pipeline: Any,
        adapters: Adapters,
        *,
        device: torch.device,
        placement: Placement = RESIDENT,
        enlarger: Enlarger | None = None,
        taesd: Any = None,
        controlnets: ControlNets | None = None,
        ip_adapters: IPAdapters | None = None,
    ) -> None:
        """``device``: where forwards are done, wherever the weights wait. ``enlarger``: makes pictures larger that the
        checkpoint can only draw small. ``taesd``: a small decoder for previews, instead of a linear map.
        ``controlnets``, ``ip_adapters``: those that may be named."""
        self.placement = placement
        self._enlarger = enlarger
        self._pipeline = pipeline
        self._adapters = adapters
        self._unet = pipeline.unet
        self._compiled: BucketedUNet | None = None
        self._samplers = Samplers(pipeline.scheduler.config)
        self._vae = pipeline.vae
        self._device = device
        self._dtype: torch.dtype = pipeline.unet.dtype
        self._codec = LatentCodec(pipeline.vae, self._device, self._dtype)
        self._text = TextEncoding(pipeline, self._device)
        depth = None
        if (estimator := getattr(pipeline, "depth_estimator", None)) is not None:
            depth = DepthMap(estimator, pipeline.feature_extractor, self._device, self._dtype)
        self._conditioning = Conditioning(
            self._codec, pipeline.unet.config.in_channels, self._device, self._dtype, depth
        )
        self._preview = choose_preview(self._codec, taesd)
        self._controlnets = controlnets or ControlNets({}, _no_loading, self._device, self._dtype)
        self._ip_adapters = ip_adapters or IPAdapters(pipeline.unet, {}, _no_loading, self._device, self._dtype)

    @property
    def size_bytes(self) -> int:
        added = self._controlnets.reserved_bytes + self._ip_adapters.reserved_bytes
        return weights_size(self._pipeline) + added

    def compile(self, compile_unet: Callable[[Any], Any] = compile_for_cuda) -> None:
        """Draw with a compiled U-Net from now on; the first forwards of each number of rows take minutes."""
        self._compiled = BucketedUNet(self._unet, compile_unet)

    def check(self, request: ImageRequest) -> None:
        if self._conditioning.needs_image:
            if request.image is None:
                raise RequestInvalid(
                    "image", "this checkpoint paints over the depth of a picture; give one to start from"
                )
            if request.mask is not None:
                raise RequestInvalid("mask", "this checkpoint keeps the depth of a picture and knows no masks")
        factor = self._codec.scale_factor
        for pixels in (request.width, request.height, *request.final_size):
            if pixels % factor:
                raise RequestInvalid("size", f"this checkpoint draws in multiples of {factor} pixels; {pixels} is none")
        if request.clip_skip > self._text.max_clip_skip:
            raise RequestInvalid("clip_skip", f"this checkpoint allows clip_skip up to {self._text.max_clip_skip}")
        self._adapters.check(request.loras)
        self._controlnets.check(request.control)
        self._ip_adapters.check(request.image_prompt)

    def prepare(self, requests: Sequence[ImageRequest]) -> None:
        by_adapters: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
        for request in requests:
            if request.exact:
                continue
            texts = by_adapters.setdefault(tuple(sorted(request.loras)), [])
            texts.append((request.prompt, request.clip_skip))
            if self._is_guided(request) and not self._has_blank_negative(request):
                texts.append((request.unwanted, 0))
        if len(requests) < 2:
            return  # alone a job is encoded as the pipeline encodes it
        for loras, texts in by_adapters.items():
            self._adapters.check(loras)
            self._adapters.activate(loras)
            self._text.prepare(texts, self._adapters.text_key())

    def start(self, request: ImageRequest) -> Slot:
        self.check(request)
        self._adapters.activate(request.loras)
        prompt, negative = self._text.encode_pair(
            request.prompt,
            request.unwanted if self._is_guided(request) else None,
            clip_skip=request.clip_skip,
            adapters=self._adapters.text_key(),
            alone=request.exact,
        )
        strength = 1.0 if request.image is None else request.strength
        sampler, timesteps = self._start_sampler(request, request.steps, strength)
        calls: tuple[int, ...] = (len(timesteps),)
        if request.hires is not None:
            calls = (*calls, len(self._start_sampler(request, request.hires.steps, request.hires.strength)[1]))
        generator = torch.Generator("cpu").manual_seed(request.seed)
        begun = self._conditioning.start(request, sampler, timesteps, generator)
        slot = Slot(
            request=request,
            sampler=sampler,
            timesteps=timesteps,
            calls=calls,
            latents=begun.latents,
            prompt_embeds=prompt.embeds,
            negative_embeds=None if negative is None else negative.embeds,
            generator=generator,
            channels=begun.channels,
            kept=begun.kept,
            control_map=self._control_map(request, request.width, request.height),
        )
        slot.added = self._added(prompt.pooled, request.width, request.height, is_negative=False)
        if request.image_prompt is not None:
            slot.image_embeds, slot.negative_image_embeds = self._ip_adapters.encode(
                request.image_prompt, is_guided=negative is not None
            )
        if negative is not None:
            slot.negative_added = self._added(negative.pooled, request.width, request.height, is_negative=True)
        return slot

    def begin_next_pass(self, slot: Slot) -> None:
        hires = slot.request.hires
        assert hires is not None
        factor = self._codec.scale_factor
        enlarged = torch.nn.functional.interpolate(
            slot.latents, size=(hires.height // factor, hires.width // factor), mode="bilinear", antialias=True
        )
        sampler, timesteps = self._start_sampler(slot.request, hires.steps, hires.strength)
        begun = self._conditioning.restart(slot.request, enlarged, sampler, timesteps, slot.generator)
        slot.sampler, slot.timesteps = sampler, timesteps
        slot.latents, slot.channels, slot.kept, slot.denoised = begun.latents, begun.channels, begun.kept, None
        slot.control_map = self._control_map(slot.request, hires.width, hires.height)
        slot.added = self._added(slot.added.get("text_embeds"), hires.width, hires.height, is_negative=False)
        pooled = slot.negative_added.get("text_embeds")
        slot.negative_added = self._added(pooled, hires.width, hires.height, is_negative=True)
        slot.pass_number += 1
        slot.calls_done = 0

    def predict(self, slots: Sequence[Slot]) -> list[torch.Tensor]:
        self._adapters.activate(slots[0].request.loras)
        self._ip_adapters.activate(slots[0].request.image_prompt)
        scaled = [_scaled(slot) for slot in slots]
        guided = [index for index, slot in enumerate(slots) if slot.negative_embeds is not None]
        # Rows: first without the prompt (guided jobs only), then with it. Alone that is diffusers' own order.
        each = [slots[index] for index in guided] + list(slots)
        latents = [scaled[index] for index in guided] + scaled
        rows = [_beside(one, slot.channels) for one, slot in zip(latents, each, strict=True)]
        negatives = [embeds for slot in slots if (embeds := slot.negative_embeds) is not None]
        text = torch.cat([*negatives, *(slot.prompt_embeds for slot in slots)])
        # One vector, made on the host: samplers differ in the dtype of their timesteps, the U-Net reads floats.
        timesteps = torch.tensor([float(slot.timestep) for slot in each]).to(self._device)
        added: dict[str, Any] = {
            name: torch.cat(
                [*(slots[index].negative_added[name] for index in guided), *(it.added[name] for it in slots)]
            )
            for name in slots[0].added
        }
        residuals = self._residuals(each, latents, timesteps, text, added or None)
        if slots[0].image_embeds is not None:
            without_prompt = [slots[index].negative_image_embeds for index in guided]
            added["image_embeds"] = rows_of([*without_prompt, *(slot.image_embeds for slot in slots)])
        is_plain = not (residuals or slots[0].request.exact or slots[0].image_embeds is not None)
        forward = self._compiled if self._compiled is not None and is_plain else self._eager
        predictions = forward(
            torch.cat(rows),
            timesteps,
            encoder_hidden_states=text,
            timestep_cond=self._guidance_embedding(slots),
            added_cond_kwargs=added or None,
            **residuals,
        )
        unguided, conditioned = predictions[: len(guided)], predictions[len(guided) :]
        result = [conditioned[index : index + 1] for index in range(len(slots))]
        for row, index in enumerate(guided):
            without = unguided[row : row + 1]
            result[index] = without + slots[index].request.guidance * (result[index] - without)
        return result

    def advance(self, slot: Slot, prediction: torch.Tensor) -> None:
        latents, slot.denoised = step_sampler(slot.sampler, prediction, slot.timestep, slot.latents, slot.generator)
        if slot.kept is not None:
            kept = slot.kept.latents
            if slot.calls_done + 1 < len(slot.timesteps):
                kept = add_noise(slot.sampler, kept, slot.kept.noise, slot.timesteps[slot.calls_done + 1])
            latents = (1 - slot.kept.mask) * kept + slot.kept.mask * latents
        slot.latents = latents
        slot.calls_done += 1

    def preview(self, slot: Slot) -> DrawnPicture:
        return self._preview(slot.latents if slot.denoised is None else slot.denoised)

    def decode(self, slot: Slot) -> DrawnPicture:
        [picture] = self.decode_together([slot])
        if isinstance(picture, GenerationFailed):
            raise picture
        return picture

    def decode_together(self, slots: Sequence[Slot]) -> list[DrawnPicture | GenerationFailed]:
        pictures = self._codec.decode([slot.latents for slot in slots])
        return [self._enlarge(slot, picture) for slot, picture in zip(slots, pictures, strict=True)]

    def _enlarge(self, slot: Slot, picture: DrawnPicture | GenerationFailed) -> DrawnPicture | GenerationFailed:
        if self._enlarger is None or slot.request.exact or isinstance(picture, GenerationFailed):
            return picture
        return self._enlarger.enlarge(picture)

    def close(self, slot: Slot) -> None:
        """Nothing but the slot itself holds anything of it."""

    def _is_guided(self, request: ImageRequest) -> bool:
        # A model with a guidance embedding (LCM) takes the scale as an input instead of a second row.
        return request.is_guided and self._unet.config.time_cond_proj_dim is None

    def _has_blank_negative(self, request: ImageRequest) -> bool:
        """Whether the negative prompt is not encoded at all but made of zeros."""
        return not (request.unwanted or self._blank_is_encoded)

    def _added(self, pooled: torch.Tensor | None, width: int, height: int, *, is_negative: bool) -> Added:
        """What the U-Net is told beside the text, by name, one row each. Nothing, here."""
        del pooled, width, height, is_negative
        return {}

    def _control_map(self, request: ImageRequest, width: int, height: int) -> torch.Tensor | None:
        return None if request.control is None else self._controlnets.map(request.control, width, height)

    def _residuals(
        self,
        each: Sequence[Slot],
        latents: Sequence[torch.Tensor],
        timesteps: torch.Tensor,
        text: torch.Tensor,
        added: Any,
    ) -> Residuals:
        """What the ControlNet that all slots name, or none does, gives the U-Net; ``each``: the slot of each row."""
        controls = [slot.request.control for slot in each]
        if controls[0] is None:
            return {}
        return self._controlnets.residuals(
            controls[0].name,
            torch.cat(list(latents)),
            timesteps,
            text=text,
            maps=torch.cat([slot.control_map for slot in each if slot.control_map is not None]),
            scales=[control.scale for control in controls if control is not None],
            added=added,
        )

    def _start_sampler(self, request: ImageRequest, steps: int, strength: float) -> tuple[Any, list[torch.Tensor]]:
        return self._samplers.start(request.sampler, steps, strength)

    def _eager(self, *rows: torch.Tensor, **arguments: Any) -> torch.Tensor:
        prediction: torch.Tensor = self._unet(*rows, **arguments, return_dict=False)[0]
        return prediction

    def _guidance_embedding(self, slots: Sequence[Slot]) -> torch.Tensor | None:
        width = self._unet.config.time_cond_proj_dim
        if width is None:
            return None
        from diffusers import StableDiffusionPipeline

        scales = torch.tensor([slot.request.guidance - 1 for slot in slots])
        embedding: torch.Tensor = StableDiffusionPipeline.get_guidance_scale_embedding(
            None, scales, embedding_dim=width
        )
        return embedding.to(device=self._device, dtype=slots[0].latents.dtype)


def _no_loading(file: object) -> Any:
    """For a checkpoint without any."""
    raise AssertionError(f"{file} was never offered")


def weights_size(pipeline: Any) -> int:
    """Bytes that a pipeline's weights take in memory."""
    models = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return sum(weight.numel() * weight.element_size() for model in models for weight in model.parameters())


def _scaled(slot: Slot) -> torch.Tensor:
    """Its latents as its sampler hands them in, shape (1, 4, height/8, width/8)."""
    scaled: torch.Tensor = slot.sampler.scale_model_input(slot.latents, slot.timestep)
    return scaled


def _beside(latents: torch.Tensor, channels: torch.Tensor | None) -> torch.Tensor:
    """One row of the U-Net's input, shape (1, channels of the U-Net, height/8, width/8)."""
    return latents if channels is None else torch.cat([latents, channels], dim=1)
