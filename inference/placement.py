"""How a checkpoint fits on its card: all of it there, its parts by turns, or streamed through layer by layer.

  resident  everything stays on the card: the fastest.
  model     each part (text encoder, U-Net, VAE) comes onto the card when it is used and makes the one before it leave:
            needs room for the largest part. Encoding and decoding cost a transfer, steps do not.
  group     the layers of each part come and go, the next while one computes: needs room for a few layers. Every step
            costs a transfer of the whole U-Net, so sharing it with others is nearly free.

The choice follows from what is free when the checkpoint is loaded. A VAE that would need more than is left for its
full-size feature maps decodes in tiles, which overlap and are blended: seams are not seen, though bytes differ.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

log = logging.getLogger(__name__)

# The decoder's last block: 256 channels at full resolution in, 128 out, and what the convolution between them needs.
DECODE_NUMBERS_PER_PIXEL = 4 * 256
# What a step of one guided picture needs beside the weights, for each latent position and attention head width: taken
# from the largest feature maps of the SD 1.5 and SDXL U-Nets with their attention, generously.
STEP_NUMBERS_PER_PIXEL = 1024
KEPT_FREE = 0.9  # of what is free; the rest goes to fragments and to whatever else uses the card


class Mode(StrEnum):
    RESIDENT = "resident"
    MODEL = "model"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Placement:
    mode: Mode
    tiles: bool

    def __str__(self) -> str:
        return f"{self.mode}{', VAE in tiles' if self.tiles else ''}"


RESIDENT = Placement(Mode.RESIDENT, tiles=False)


@dataclass(frozen=True, slots=True)
class Needs:
    """In bytes. parts: the weights of each part, by name. decode: one picture's full-size feature maps. step: a job."""

    parts: dict[str, int]
    decode: int
    step: int

    @classmethod
    def of(cls, parts: dict[str, int], *, pixels: int, bytes_each: int) -> Needs:
        """``pixels``: of the checkpoint's native picture."""
        return cls(parts, DECODE_NUMBERS_PER_PIXEL * pixels * bytes_each, STEP_NUMBERS_PER_PIXEL * pixels * bytes_each)

    @property
    def weights(self) -> int:
        return sum(self.parts.values())


def choose(needs: Needs, free_bytes: int, wish: Mode | None = None) -> Placement:
    """``wish``: what the settings say, None to choose. ``free_bytes``: on the card before anything of it is there."""
    room = int(KEPT_FREE * free_bytes)
    largest = max(needs.parts.values(), default=0)
    held = {Mode.RESIDENT: needs.weights, Mode.MODEL: largest, Mode.GROUP: largest // 8}
    mode = wish or next((mode for mode in (Mode.RESIDENT, Mode.MODEL) if held[mode] + needs.step <= room), Mode.GROUP)
    # While a picture is decoded nothing else of its checkpoint has to be there, unless everything stays.
    beside = needs.weights if mode is Mode.RESIDENT else needs.parts.get("vae", 0)
    return Placement(mode, tiles=beside + needs.decode > room)


def settle(pipeline: Any, device: Any, *, pixels: int, bytes_each: int, wish: str = "auto") -> Placement:
    """Choose for this pipeline and this device, and do it. ``pixels``: of the checkpoint's native picture."""
    free = free_bytes(device)
    mode = None if wish == "auto" else Mode(wish)
    if free is None:
        placement = Placement(mode or Mode.RESIDENT, tiles=False)
    else:
        placement = choose(Needs.of(part_bytes(pipeline), pixels=pixels, bytes_each=bytes_each), free, mode)
    place(pipeline, device, placement)
    return placement


def free_bytes(device: Any) -> int | None:
    """Of a card's own memory; None where weights lie in the computer's memory anyway, so that there is no choice."""
    import torch

    return int(torch.cuda.mem_get_info(device)[0]) if torch.device(device).type == "cuda" else None


def part_bytes(pipeline: Any) -> dict[str, int]:
    """Bytes of weights, by the name of each part that has any."""
    import torch

    return {
        name: sum(weight.numel() * weight.element_size() for weight in part.parameters())
        for name, part in pipeline.components.items()
        if isinstance(part, torch.nn.Module)
    }


def place(pipeline: Any, device: Any, placement: Placement) -> None:
    """Bring the pipeline's parts to ``device``, or install the hooks that will."""
    import torch

    if placement.mode is Mode.RESIDENT:
        pipeline.to(device)
    elif placement.mode is Mode.MODEL:
        pipeline.enable_model_cpu_offload(device=device)
    else:
        is_cuda = torch.device(device).type == "cuda"
        pipeline.enable_group_offload(
            onload_device=torch.device(device),
            offload_device=torch.device("cpu"),
            offload_type="leaf_level",
            use_stream=is_cuda,
        )
    if placement.tiles and hasattr(getattr(pipeline, "vae", None), "enable_tiling"):
        pipeline.vae.enable_tiling()
    if placement != RESIDENT:
        log.info("placed on %s: %s", device, placement)
