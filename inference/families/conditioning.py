"""What a job starts from, besides its prompt: noise, or a picture; and what its mask or its depth adds.

Four kinds of start, each drawing from the job's generator in exactly the order of the diffusers pipeline of its name:

    text        noise                                         StableDiffusionPipeline
    image       VAE sample, noise                             StableDiffusionImg2ImgPipeline, ...Depth2ImgPipeline
    kept        VAE sample, noise, VAE sample                 StableDiffusionInpaintPipeline, U-Net of 4 channels
    repainted   VAE sample (strength < 1), noise, VAE sample  StableDiffusionInpaintPipeline, U-Net of 9 channels

The last sample is that of the picture with its masked part blanked; it lies beside the latents at the U-Net's input.
A U-Net of 4 channels has no use for it, but diffusers draws it, and samplers that draw noise go on from there.

A U-Net of 9 channels that is asked for a picture without a mask repaints all of it, and one without a picture gets a
blank one: the checkpoint draws what it is told either way, as StableDiffusionInpaintPipeline does with a white mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image

from inference.families.latents import LatentCodec
from inference.request import ImageRequest
from inference.runners.slots import Kept


@dataclass(frozen=True, slots=True)
class Start:
    """latents: noised as the sampler's first step expects them. channels, kept: see Slot."""

    latents: torch.Tensor
    channels: torch.Tensor | None = None
    kept: Kept | None = None


class Conditioning:
    """``unet_channels`` says what kind of U-Net it is: as many as the latents have, 5 (depth) or 9 (inpainting)."""

    def __init__(
        self, codec: LatentCodec, unet_channels: int, device: torch.device, dtype: torch.dtype, depth: DepthMap | None
    ) -> None:
        self._codec = codec
        self._latent_channels: int = codec.vae.config.latent_channels
        self._repaints: bool = unet_channels == 2 * self._latent_channels + 1
        self._depth = depth
        self._device = device
        self._dtype = dtype

    @property
    def needs_image(self) -> bool:
        return self._depth is not None

    @property
    def repaints(self) -> bool:
        """The U-Net has channels for a mask; without a mask all of the picture is repainted."""
        return self._repaints

    def start(
        self, request: ImageRequest, sampler: Any, timesteps: list[torch.Tensor], generator: torch.Generator
    ) -> Start:
        if self._repaints:
            return self._start_repainting(request, sampler, timesteps, generator)
        if request.image is None:
            noise = self._first_noise(request, generator)
            return Start(noise * sampler.init_noise_sigma)
        latents = self._codec.encode(self._codec.pixels(request.image.open()), generator)
        if request.mask is not None:
            latents = latents.contiguous()  # as diffusers has them here: another memory format is another rounding
        noise = self._first_noise(request, generator)
        is_all_noise = request.mask is not None and request.strength == 1
        # Only the inpainting pipelines leave the picture out altogether at full strength.
        started = noise * sampler.init_noise_sigma if is_all_noise else add_noise(sampler, latents, noise, timesteps[0])
        kept = None
        if request.mask is not None:
            self._noise(request.width, request.height, generator)  # where diffusers samples the blanked picture
            mask = self._mask(self._codec.mask_pixels(request.mask.open()), request.width, request.height)
            kept = Kept(mask, latents, noise)
        return Start(started, self.depth_channels(request, request.width, request.height), kept)

    def restart(
        self,
        request: ImageRequest,
        latents: torch.Tensor,
        sampler: Any,
        timesteps: list[torch.Tensor],
        generator: torch.Generator,
    ) -> Start:
        """The second pass of a hires job, from enlarged latents: diffusers' image-to-image pipeline given latents."""
        width, height = request.final_size
        noised = add_noise(sampler, latents, self._noise(width, height, generator), timesteps[0])
        channels = self.depth_channels(request, width, height)
        if self._repaints:
            channels = self._blank_channels(width, height, generator)
        return Start(noised, channels)

    def depth_channels(self, request: ImageRequest, width: int, height: int) -> torch.Tensor | None:
        if self._depth is None or request.image is None:
            return None
        factor = self._codec.scale_factor
        return self._depth.of(request.image.open(), height // factor, width // factor)

    def _start_repainting(
        self, request: ImageRequest, sampler: Any, timesteps: list[torch.Tensor], generator: torch.Generator
    ) -> Start:
        width, height = request.width, request.height
        if request.image is None:
            noise = self._first_noise(request, generator)
            return Start(noise * sampler.init_noise_sigma, self._blank_channels(width, height, generator))
        pixels = self._codec.pixels(request.image.open())
        is_all_noise = request.strength == 1
        latents = None if is_all_noise else self._codec.encode(pixels, generator).contiguous()
        noise = self._first_noise(request, generator)
        started = (
            noise * sampler.init_noise_sigma if latents is None else add_noise(sampler, latents, noise, timesteps[0])
        )
        if request.mask is None:
            return Start(started, self._blank_channels(width, height, generator))
        return Start(started, self._mask_channels(self._codec.mask_pixels(request.mask.open()), pixels, generator))

    def _blank_channels(self, width: int, height: int, generator: torch.Generator) -> torch.Tensor:
        everything = torch.ones(1, 1, height, width)
        # In the memory format of a picture that was read: another one is another rounding.
        nothing = torch.zeros(1, 3, height, width).to(memory_format=torch.channels_last)
        return self._mask_channels(everything, nothing, generator)

    def _mask_channels(self, mask: torch.Tensor, pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        height, width = mask.shape[-2:]
        blanked = self._codec.encode(pixels * (mask < 0.5), generator)
        return torch.cat([self._mask(mask, width, height), blanked], dim=1)

    def _mask(self, mask: torch.Tensor, width: int, height: int) -> torch.Tensor:
        factor = self._codec.scale_factor
        small = torch.nn.functional.interpolate(mask, size=(height // factor, width // factor))
        return small.to(self._device, self._dtype)

    def _first_noise(self, request: ImageRequest, generator: torch.Generator) -> torch.Tensor:
        """The seed's noise, turned towards that of another seed for each variation."""
        noise = self._noise(request.width, request.height, generator)
        for variation in request.variations:
            other = torch.Generator("cpu").manual_seed(variation.seed)
            noise = slerp(noise, self._noise(request.width, request.height, other), variation.strength)
        return noise

    def _noise(self, width: int, height: int, generator: torch.Generator) -> torch.Tensor:
        factor = self._codec.scale_factor
        shape = (1, self._latent_channels, height // factor, width // factor)
        noise: torch.Tensor = randn_tensor(shape, generator=generator, device=self._device, dtype=self._dtype)
        return noise


def add_noise(sampler: Any, latents: torch.Tensor, noise: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """``latents`` as noisy as the sampler has them at ``timestep``."""
    noised: torch.Tensor = sampler.add_noise(latents, noise, timestep[None])
    return noised


class DepthMap:
    """Depth of a single picture (Ranftl et al., arXiv:1907.01341), as StableDiffusionDepth2ImgPipeline uses it."""

    def __init__(self, estimator: Any, processor: Any, device: torch.device, dtype: torch.dtype) -> None:
        self._estimator = estimator
        self._processor = processor
        self._device = device
        self._dtype = dtype

    def of(self, image: Image.Image, height: int, width: int) -> torch.Tensor:
        """(1, 1, height, width) in -1 to 1: the nearest at 1."""
        pixels = self._processor(images=[image], return_tensors="pt").pixel_values.to(self._device, self._dtype)
        if self._device.type == "mps":
            depth = self._estimator(pixels).predicted_depth
        else:
            # The hybrid model has batch norms that do not work in float16.
            with torch.autocast(self._device.type, dtype=self._dtype, enabled=self._dtype != torch.float32):
                depth = self._estimator(pixels).predicted_depth
        depth = torch.nn.functional.interpolate(
            depth.unsqueeze(1), size=(height, width), mode="bicubic", align_corners=False
        )
        low, high = (extreme(depth, dim=[1, 2, 3], keepdim=True) for extreme in (torch.amin, torch.amax))
        return (2.0 * (depth - low) / (high - low) - 1.0).to(self._dtype)


def slerp(start: torch.Tensor, end: torch.Tensor, share: float) -> torch.Tensor:
    """On the way from one noise to another, at ``share`` (0 to 1) of the angle between them: noise again, with the
    length that noise has, which a plain mixture would lose (Shoemake 1985; White, arXiv:1609.04468)."""
    first, second = start.double().flatten(), end.double().flatten()
    cosine = torch.dot(first, second) / (first.norm() * second.norm())
    angle = torch.acos(cosine.clamp(-1, 1))
    if float(torch.sin(angle)) < 1e-6:  # the same direction: nothing to turn
        return start
    mixed = (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)
    return mixed.reshape(start.shape).to(start.dtype)
