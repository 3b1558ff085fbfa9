"""A rough look at latents without decoding them: a linear map from the channels of a latent to its colour.

A latent of Stable Diffusion is nearly a small picture already, so four numbers to three are enough for a preview; that
costs microseconds where the VAE costs as much as three steps. The published maps are used for the VAEs that they were
made for. For any other one the map is fitted by least squares to a handful of latents, decoded when it is loaded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
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

FITTED_LATENTS = 8
FITTED_SIDE = 8
PLAIN_SIDE = 4  # latents of real pictures are smooth: each fitted one is made of plain squares


class LinearPreview:
    def __init__(self, codec: LatentCodec, device: torch.device, dtype: torch.dtype) -> None:
        config = codec.vae.config
        is_published = tuple(config.block_out_channels) == (128, 256, 512, 512) and config.latent_channels == 4
        if is_published and config.scaling_factor == 0.18215:
            self._colours, self._grey = torch.tensor(SD_COLOURS), torch.zeros(3)
        elif is_published and config.scaling_factor == 0.13025:
            self._colours, self._grey = torch.tensor(XL_COLOURS) / 127.5, torch.tensor(XL_GREY) / 127.5 - 1
        else:
            self._colours, self._grey = fit_colours(codec, device, dtype)

    def __call__(self, latents: torch.Tensor) -> DrawnPicture:
        """latents: (1, C, height, width) -> a picture of as many pixels. Waits for the device."""
        colours = latents[0].float().cpu().permute(1, 2, 0) @ self._colours + self._grey
        pixels = torch.nan_to_num(colours).add(1).mul(127.5).round().clamp(0, 255)
        return DrawnPicture(pixels.to(torch.uint8).numpy().astype(np.uint8, copy=False))


@torch.inference_mode()
def fit_colours(codec: LatentCodec, device: torch.device, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """colours (C, 3) and grey (3,) so that ``latents @ colours + grey`` is near what the VAE decodes, in -1 to 1."""
    channels = codec.vae.config.latent_channels
    generator = torch.Generator("cpu").manual_seed(0)
    plain = torch.randn(FITTED_LATENTS, channels, PLAIN_SIDE, PLAIN_SIDE, generator=generator)
    latents = torch.nn.functional.interpolate(plain, size=(FITTED_SIDE, FITTED_SIDE))
    decoded: Any = codec.vae.decode(codec.unscale(latents.to(device, dtype)), return_dict=False)[0]
    small = torch.nn.functional.adaptive_avg_pool2d(decoded.float().cpu().clamp(-1, 1), (FITTED_SIDE, FITTED_SIDE))
    known = latents.movedim(1, -1).reshape(-1, channels)
    known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
    wanted = torch.nan_to_num(small).movedim(1, -1).reshape(-1, 3)
    solution = torch.linalg.lstsq(known, wanted).solution
    return solution[:-1].clone(), solution[-1].clone()
