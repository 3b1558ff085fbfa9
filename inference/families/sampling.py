"""One job's sampler: one for each job, made from the pipeline's own configuration, started, and asked what it expects.

diffusers keeps a step counter inside these objects, so one that is shared mixes two jobs up. Making one takes up to a
millisecond, copying one that was never used next to nothing: what a job changes in its sampler, it replaces, for
``set_timesteps`` makes all of it anew. Its timesteps stay on the CPU: reading them there never waits for the device.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import diffusers
import torch

from inference.errors import RequestInvalid
from inference.samplers import SAMPLERS


class Samplers:
    """``config``: of the pipeline's scheduler, as its constructor corrected it, not as it stands in the JSON file."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._unused: dict[str, Any] = {}

    def start(self, name: str, steps: int, strength: float = 1.0) -> tuple[Any, list[torch.Tensor]]:
        """A sampler of our name ``name`` and the timesteps of its U-Net calls, one for each.

        strength: the last part of the steps that is done, as diffusers' ``get_timesteps`` counts it; 1 means all of
        them. Raises RequestInvalid.
        """
        named = SAMPLERS[name]
        if name not in self._unused:
            self._unused[name] = getattr(diffusers, named.diffusers_class).from_config(self._config, **named.arguments)
        sampler = copy.copy(self._unused[name])
        try:
            sampler.set_timesteps(steps, device="cpu")
        except ValueError as error:  # LCM knows no more steps than it was distilled from
            raise RequestInvalid("steps", f"{named.label} cannot draw in {steps} steps; use fewer") from error
        skipped = max(steps - min(int(steps * strength), steps), 0) * sampler.order
        if hasattr(sampler, "set_begin_index"):
            sampler.set_begin_index(skipped)  # spares the search for the first step, which would wait for the device
        return sampler, list(sampler.timesteps[skipped:])


def step_sampler(
    sampler: Any, prediction: torch.Tensor, timestep: torch.Tensor, latents: torch.Tensor, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents after one step, and what the prediction means for the finished ones (x0). Changes the sampler."""
    extra: dict[str, Any] = {}
    accepted = _arguments(sampler.step.__func__)
    if "eta" in accepted:
        extra["eta"] = 0.0
    if "generator" in accepted:
        extra["generator"] = generator
    output = sampler.step(prediction, timestep, latents, **extra)
    for name in ("pred_original_sample", "denoised"):
        if (estimate := getattr(output, name, None)) is not None:
            return output.prev_sample, estimate
    # The multistep samplers keep their last x0 instead of returning it (all of ours predict x0, not noise).
    history = getattr(sampler, "model_outputs", None)
    return output.prev_sample, history[-1] if history else output.prev_sample


@cache
def _arguments(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)
