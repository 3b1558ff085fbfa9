"""One job's state on the device. It lives here and nowhere else: the batch of a tick is a view made from slots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from inference.request import ImageRequest


@dataclass(frozen=True, slots=True)
class Kept:
    """What a masked picture keeps, for a U-Net that knows nothing of masks: laid over the latents after every step.

    mask: (1, 1, height/8, width/8), 1 where the picture is repainted. latents: of the picture to keep. noise: the job's
    own, to which the kept part is noised; both in the shape of the slot's latents.
    """

    mask: torch.Tensor
    latents: torch.Tensor
    noise: torch.Tensor


@dataclass(slots=True)
class Slot:
    """``latents``: (1, C, height/8, width/8), in the model's dtype on its device.

    sampler: a diffusers scheduler object of this job's own. timesteps: on the CPU, one for each U-Net call of this
    pass. calls: how many there are in each pass. prompt_embeds, negative_embeds: (1, tokens, channels); no negative
    ones when the job is not guided. added, negative_added: SDXL's pooled text and sizes, one row each. channels: what
    is laid beside the latents at the U-Net's input (mask and masked picture, or depth), shape (1, extra, height/8,
    width/8). kept: the part outside the mask, for a U-Net without channels for it. control_map: what a
    ControlNet reads, (1, 3, height, width) in 0 to 1. image_embeds,
    negative_image_embeds: what an IP-adapter reads, (1, pictures, ...). generator: the job's own CPU
    generator, drawn from in diffusers' order. denoised: what the last prediction means for the finished latents, for
    previews.
    """

    request: ImageRequest
    sampler: Any
    timesteps: list[torch.Tensor]
    calls: tuple[int, ...]
    latents: torch.Tensor
    prompt_embeds: torch.Tensor
    negative_embeds: torch.Tensor | None
    generator: torch.Generator
    added: dict[str, torch.Tensor] = field(default_factory=dict)
    negative_added: dict[str, torch.Tensor] = field(default_factory=dict)
    channels: torch.Tensor | None = None
    kept: Kept | None = None
    control_map: torch.Tensor | None = None
    image_embeds: torch.Tensor | None = None
    negative_image_embeds: torch.Tensor | None = None
    denoised: torch.Tensor | None = None
    pass_number: int = 0
    calls_done: int = 0

    @property
    def timestep(self) -> torch.Tensor:
        return self.timesteps[self.calls_done]

    @property
    def rows(self) -> int:
        return 1 if self.negative_embeds is None else 2

    @property
    def tokens(self) -> int:
        return self.prompt_embeds.shape[1]

    @property
    def is_between_passes(self) -> bool:
        """The steps of this pass are done, and another follows."""
        return self.calls_done == len(self.timesteps) and self.pass_number + 1 < len(self.calls)
