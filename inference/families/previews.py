"""A rough look at latents, in one of three ways, each as cheap as it can be for its VAE.

A latent of Stable Diffusion is nearly a small picture already: a linear map from four numbers to three colours is
enough for a preview, and costs microseconds where the VAE costs as much as three steps. The published maps are used for
the VAEs that they were made for; for any other the map is fitted by least squares to a handful of plain squares that
are encoded and decoded when it is loaded. A small decoder (TAESD, if the checkpoint names one) makes previews sharp and
full-sized, and so does a VAE that is itself no larger: its latents need not be linear at all. Those of the built-in
model are not: the best linear map there is is off by 60 of 255.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch

from inference.families.latents import LatentCodec
from inference.plan import DrawnPicture

# Stable Diffusion 1.x: Kevin Turner, "Decoding latents to RGB without upscaling", Hugging Face forum, 2022. Colours
# from -1 to 1.
SD_COLOURS = ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264), (-0.184, -0.271, -0.473))
# Stable Diffusion XL: Timothy Alexis Vass, "Explaining the SDXL latent space", 2023, as in diffusers' own guide to
# callbacks. Colours from 0 to 255.
XL_COLOURS = ((60, 60, 60), (-60, -5, 10), (25, 15, -5), (-70, -50, -35))
XL_GREY = (150, 140, 130)

SMALL_DECODER = 3_000_000  # numbers; TAESD has 1.2 million, the VAE of Stable Diffusion 49 million
FITTED_PICTURES = 8
FITTED_PIXELS = 64
FITTED_SQUARES = 4

Preview: TypeAlias = Callable[[torch.Tensor], DrawnPicture]
"""Latents (1, C, height, width) as the U-Net has them -> a picture of that size or more. Waits for the device."""


def choose_preview(codec: LatentCodec, taesd: Any) -> Preview:
    """``taesd``: a loaded AutoencoderTiny, or None."""
    if taesd is not None:
        return DecodedPreview(lambda latents: taesd.decode(latents.to(taesd.dtype), return_dict=False)[0])
    config = codec.vae.config
    if tuple(config.block_out_channels) == (128, 256, 512, 512) and config.latent_channels == 4:
        if config.scaling_factor == 0.18215:
            return LinearPreview(torch.tensor(SD_COLOURS), torch.zeros(3))
        if config.scaling_factor == 0.13025:
            return LinearPreview(torch.tensor(XL_COLOURS) / 127.5, torch.tensor(XL_GREY) / 127.5 - 1)
    if sum(weight.numel() for weight in codec.vae.decoder.parameters()) <= SMALL_DECODER:
        return DecodedPreview(codec.decode_pixels)
    return LinearPreview(*fit_colours(codec))


class LinearPreview:
    """colours: (C, 3); grey: (3,). Their product with a latent is a colour from -1 to 1."""

    def __init__(self, colours: torch.Tensor, grey: torch.Tensor) -> None:
        self.colours = colours
        self.grey = grey

    def __call__(self, latents: torch.Tensor) -> DrawnPicture:
        return _picture(latents[0].float().cpu().permute(1, 2, 0) @ self.colours + self.grey)


class DecodedPreview:
    def __init__(self, decode: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._decode = decode

    def __call__(self, latents: torch.Tensor) -> DrawnPicture:
        return _picture(self._decode(latents)[0].float().cpu().permute(1, 2, 0))


@torch.inference_mode()
def fit_colours(codec: LatentCodec) -> tuple[torch.Tensor, torch.Tensor]:
    """colours (C, 3) and grey (3,) so that ``latents @ colours + grey`` is near what the VAE decodes, in -1 to 1."""
    generator = torch.Generator("cpu").manual_seed(0)
    squares = torch.rand(FITTED_PICTURES, 3, FITTED_SQUARES, FITTED_SQUARES, generator=generator) * 2 - 1
    pictures = torch.nn.functional.interpolate(squares, size=(FITTED_PIXELS, FITTED_PIXELS))
    latents = codec.encode(pictures, generator)
    decoded = codec.decode_pixels(latents).float().cpu().clamp(-1, 1)
    height, width = latents.shape[-2:]
    small = torch.nn.functional.adaptive_avg_pool2d(decoded, (height, width))
    known = latents.float().cpu().movedim(1, -1).flatten(0, 2)
    known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
    solution = torch.linalg.lstsq(known, torch.nan_to_num(small).movedim(1, -1).flatten(0, 2)).solution
    return solution[:-1].clone(), solution[-1].clone()


def _picture(colours: torch.Tensor) -> DrawnPicture:
    """colours: (height, width, 3), -1 to 1. What is no number becomes grey: a preview need not be the one to say so."""
    pixels = torch.nan_to_num(colours).add(1).mul(127.5).round().clamp(0, 255)
    return DrawnPicture(pixels.to(torch.uint8).numpy())
