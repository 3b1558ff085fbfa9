"""One job's state on the device. It lives here and nowhere else: the batch of a tick is a view made from slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from inference.request import ImageRequest


@dataclass(slots=True)
class Slot:
    """``latents``: (1, C, height/8, width/8), in the model's dtype on its device.

    sampler: a diffusers scheduler object of this job's own. timesteps: on the CPU, one for each U-Net call.
    prompt_embeds, negative_embeds: (1, tokens, channels); no negative ones when the job is not guided.
    generator: the job's own CPU generator, drawn from in diffusers' order.
    """

    request: ImageRequest
    sampler: Any
    timesteps: list[torch.Tensor]
    latents: torch.Tensor
    prompt_embeds: torch.Tensor
    negative_embeds: torch.Tensor | None
    generator: torch.Generator
    calls_done: int = 0

    @property
    def timestep(self) -> torch.Tensor:
        return self.timesteps[self.calls_done]
