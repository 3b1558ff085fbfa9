"""Between pixels and latents: one VAE, with the numbers that scale what it makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

from inference.errors import GenerationFailed
from inference.plan import DrawnPicture


class LatentCodec:
    """``dtype``: of the latents. The VAE may have another: it is converted to once, at load, never back and forth."""

    def __init__(self, vae: Any, device: torch.device, dtype: torch.dtype) -> None:
        self.vae = vae
        self._device = device
        self._dtype = dtype
        self.scale_factor: int = 2 ** (len(vae.config.block_out_channels) - 1)
        self._images = VaeImageProcessor(vae_scale_factor=self.scale_factor)
        self._masks = VaeImageProcessor(
            vae_scale_factor=self.scale_factor, do_normalize=False, do_binarize=True, do_convert_grayscale=True
        )
        mean, std = getattr(vae.config, "latents_mean", None), getattr(vae.config, "latents_std", None)
        self._moments = None
        if mean is not None and std is not None:
            self._moments = tuple(torch.tensor(values).view(1, -1, 1, 1).to(device, dtype) for values in (mean, std))

    def pixels(self, image: Image.Image) -> torch.Tensor:
        """(1, 3, height, width) in -1 to 1, float32, on the CPU."""
        pixels: torch.Tensor = self._images.preprocess(image)
        return pixels

    def mask_pixels(self, mask: Image.Image) -> torch.Tensor:
        """(1, 1, height, width) of 0 and 1, float32, on the CPU."""
        pixels: torch.Tensor = self._masks.preprocess(mask)
        return pixels

    def encode(self, pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """A sample of the latents of ``pixels``, scaled as the U-Net expects them. Draws from ``generator`` once."""
        pixels = pixels.to(self._device, self._dtype).to(self.vae.dtype)
        latents: torch.Tensor = self.vae.encode(pixels).latent_dist.sample(generator).to(self._dtype)
        if self._moments is None:
            return self.vae.config.scaling_factor * latents  # type: ignore[no-any-return]
        mean, std = self._moments
        return (latents - mean) * self.vae.config.scaling_factor / std  # type: ignore[no-any-return]

    def decode(self, latents: Sequence[torch.Tensor]) -> list[DrawnPicture | GenerationFailed]:
        """In one forward. GenerationFailed in place of a picture that is not made of numbers."""
        images = self.decode_pixels(torch.cat(list(latents)))
        return [self._picture(images[nth : nth + 1]) for nth in range(len(images))]

    def _picture(self, image: torch.Tensor) -> DrawnPicture | GenerationFailed:
        if not bool(torch.isfinite(image).all()):
            return GenerationFailed(
                "the model produced invalid numbers instead of a picture; try other settings, or dtype = 'float32'"
            )
        array = self._images.postprocess(image, output_type="np")[0]
        return DrawnPicture((array * 255).round().astype("uint8"))

    def decode_pixels(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, 3, height, width) in about -1 to 1, in the VAE's dtype on its device."""
        pixels: torch.Tensor = self.vae.decode(self._unscale(latents), return_dict=False)[0]
        return pixels

    def _unscale(self, latents: torch.Tensor) -> torch.Tensor:
        """What the VAE's decoder takes, in its dtype."""
        latents = latents.to(self.vae.dtype)
        if self._moments is None:
            return latents / self.vae.config.scaling_factor  # type: ignore[no-any-return]
        mean, std = (moment.to(self.vae.dtype) for moment in self._moments)
        return latents * std / self.vae.config.scaling_factor + mean  # type: ignore[no-any-return]
