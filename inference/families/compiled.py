"""A U-Net compiled for a few numbers of rows: fewer kernels, and with CUDA graphs no launching of each.

Every new number of rows would be compiled and captured anew, so a batch is filled up to the next of a few numbers by
repeating its last row, and what those rows give is dropped. A compiled forward differs from an eager one in the last
bits, as much as one in other company does; where the pipeline's very bytes are asked for the eager one is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

import torch

log = logging.getLogger(__name__)

ROWS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


def compile_for_cuda(unet: Any) -> Any:
    """channels_last suits the convolutions of tensor cores; reduce-overhead captures CUDA graphs that share a pool."""
    # A form for each number of rows and size of picture: past torch's own limit of 8 it would silently stop compiling.
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, 16 * len(ROWS))
    unet.to(memory_format=torch.channels_last)
    return torch.compile(unet, mode="reduce-overhead", dynamic=False)


class BucketedUNet:
    """Called like a U-Net whose arguments are tensors with one row for each of the batch, or dicts of such."""

    def __init__(self, unet: Any, compile_unet: Callable[[Any], Any] = compile_for_cuda) -> None:
        self._unet = compile_unet(unet)

    def __call__(self, sample: torch.Tensor, timestep: torch.Tensor, **arguments: Any) -> torch.Tensor:
        """The prediction, shape of ``sample`` but for the channels. It is the caller's to keep."""
        rows = len(sample)
        surplus = next((size for size in ROWS if size >= rows), rows) - rows
        filled = {name: _fill(value, surplus) for name, value in arguments.items()}
        prediction = self._unet(_fill(sample, surplus), _fill(timestep, surplus), **filled, return_dict=False)[0]
        # A captured graph writes its next result to the same place.
        kept: torch.Tensor = prediction[:rows].clone()
        return kept


def _fill(value: Any, surplus: int) -> Any:
    if isinstance(value, dict):
        return {name: _fill(one, surplus) for name, one in value.items()}
    if not isinstance(value, torch.Tensor) or not surplus:
        return value
    return torch.cat([value, value[-1:].expand(surplus, *value.shape[1:])])
