"""Stable Diffusion XL: two text encoders, the pooled text of the second, and the picture's sizes as an input.

Podell et al., "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis" (arXiv:2307.01952). The
picture is said to be of the size that is drawn, and not cropped. A refiner is told how beautiful it should be instead.
"""

from __future__ import annotations

from typing import Any

import torch

from inference.families.adapters import Adapters
from inference.families.sd import Added, StableDiffusion

AESTHETIC_SCORE, NEGATIVE_AESTHETIC_SCORE = 6.0, 2.5  # diffusers' own


class StableDiffusionXL(StableDiffusion):
    """An empty negative prompt is no text at all where the checkpoint says so (``force_zeros_for_empty_prompt``)."""

    def __init__(self, pipeline: Any, adapters: Adapters, **places: Any) -> None:
        super().__init__(pipeline, adapters, **places)
        self._blank_is_encoded = not pipeline.config.force_zeros_for_empty_prompt

    def _added(self, pooled: torch.Tensor | None, width: int, height: int, *, is_negative: bool) -> Added:
        if pooled is None:
            return {}  # of a job without guidance
        sizes: list[float] = [height, width, 0, 0, height, width]  # original, crop, target
        if getattr(self._pipeline.config, "requires_aesthetics_score", False):
            sizes = [height, width, 0, 0, NEGATIVE_AESTHETIC_SCORE if is_negative else AESTHETIC_SCORE]
        return {"text_embeds": pooled, "time_ids": torch.tensor([sizes], dtype=self._dtype).to(self._device)}
