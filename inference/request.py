"""What was asked for, complete and valid: ImageRequest; and what came out of it: Picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.settings import CheckpointSettings
from inference.errors import RequestInvalid
from inference.samplers import SAMPLERS

MAX_PROMPT_CHARACTERS = 2000
MAX_SEED = 2**32 - 1
MAX_STEPS = 500
MAX_GUIDANCE = 30.0
SIZE_MULTIPLE = 8  # the VAE of every Stable Diffusion shrinks by 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture to draw. Immutable; it cannot be made invalid. Raises RequestInvalid.

    width, height: pixels, multiples of 8. guidance: classifier-free guidance scale (Ho and Salimans, arXiv:2207.12598);
    up to 1 means none. seed: of the CPU generator that draws this picture's noise.
    """

    prompt: str
    negative_prompt: str = ""
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    checkpoint: str

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise RequestInvalid("prompt", "the prompt is empty; say what to draw")
        for name, text in (("prompt", self.prompt), ("negative_prompt", self.negative_prompt)):
            if len(text) > MAX_PROMPT_CHARACTERS:
                raise RequestInvalid(name, f"{len(text)} characters are too many; at most {MAX_PROMPT_CHARACTERS}")
        if not 0 <= self.seed <= MAX_SEED:
            raise RequestInvalid("seed", f"{self.seed} is no seed; use a whole number from 0 to {MAX_SEED}")
        for name, pixels in (("width", self.width), ("height", self.height)):
            if pixels <= 0 or pixels % SIZE_MULTIPLE:
                raise RequestInvalid("size", f"the {name} {pixels} is not a multiple of {SIZE_MULTIPLE} pixels")
        if not 1 <= self.steps <= MAX_STEPS:
            raise RequestInvalid("steps", f"{self.steps} steps are not possible; use 1 to {MAX_STEPS}")
        if not (math.isfinite(self.guidance) and 0 <= self.guidance <= MAX_GUIDANCE):
            raise RequestInvalid("guidance", f"guidance {self.guidance} is not possible; use 0 to {MAX_GUIDANCE:g}")
        if self.sampler not in SAMPLERS:
            raise RequestInvalid("sampler", f"{self.sampler!r} is no sampler; known: {', '.join(SAMPLERS)}")

    @property
    def is_guided(self) -> bool:
        """Whether a step needs two rows of the U-Net, with and without the prompt."""
        return self.guidance > 1


def check_request(request: ImageRequest, checkpoints: Mapping[str, CheckpointSettings]) -> CheckpointSettings:
    """Check what only the checkpoint can say, and return its settings. Raises RequestInvalid."""
    checkpoint = checkpoints.get(request.checkpoint)
    if checkpoint is None:
        known = ", ".join(sorted(checkpoints))
        raise RequestInvalid("checkpoint", f"{request.checkpoint!r} is no checkpoint here; known: {known}")
    if request.width * request.height > checkpoint.max_pixels:
        raise RequestInvalid(
            "size",
            f"{request.width}x{request.height} is too big for {request.checkpoint}; "
            f"at most {checkpoint.max_pixels} pixels in all, it is good at {', '.join(checkpoint.sizes)}",
        )
    if request.steps > checkpoint.max_steps:
        raise RequestInvalid("steps", f"{request.steps} steps are too many; use 1 to {checkpoint.max_steps}")
    return checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture as a file. ``scores`` are what the scorers measured, by scorer name, each 0 to 1.

    width, height: pixels of the file, which may be an enlargement of what was drawn.
    draw_seconds: from the job's first step to its last; device and dtype say on what.
    """

    data: bytes = field(repr=False)
    media_type: str
    sha256: str
    width: int
    height: int
    scores: Mapping[str, float]
    draw_seconds: float
    device: str
    dtype: str

    @property
    def extension(self) -> str:
        return {"image/png": "png", "image/webp": "webp"}[self.media_type]
