"""Our sampler names -> diffusers' scheduler classes and arguments.

diffusers calls these objects schedulers; here a *sampler* moves one picture's latents one step, and it holds that
picture's own state, so there is one object for each job and never a shared one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sampler:
    label: str
    diffusers_class: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


SAMPLERS: Mapping[str, Sampler] = {
    "dpm++2m": Sampler("DPM++ 2M", "DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "dpm++2m-karras": Sampler(
        "DPM++ 2M Karras",
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True},
    ),
    "dpm++2m-sde": Sampler("DPM++ 2M SDE", "DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "euler": Sampler("Euler", "EulerDiscreteScheduler"),
    "euler-a": Sampler("Euler a", "EulerAncestralDiscreteScheduler"),
    "ddim": Sampler("DDIM", "DDIMScheduler"),
    "unipc": Sampler("UniPC", "UniPCMultistepScheduler"),
    "heun": Sampler("Heun", "HeunDiscreteScheduler"),
    "lcm": Sampler("LCM", "LCMScheduler"),
}
