"""What was asked for, complete and valid: ImageRequest; and what came out of it: Picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.settings import CheckpointSettings
from inference.errors import RequestInvalid
from inference.samplers import SAMPLERS
from inference.sources import SourceImage

MAX_PROMPT_CHARACTERS = 2000
MAX_SEED = 2**32 - 1
MAX_STEPS = 500
MAX_GUIDANCE = 30.0
SIZE_MULTIPLE = 8  # the VAE of every Stable Diffusion shrinks by 8
MAX_CLIP_SKIP = 8
MASK_THRESHOLD = 128  # from this grey on a mask means repaint
MAX_LORAS = 5
MAX_LORA_SCALE = 2.0
MAX_VARIATIONS = 16
MAX_CONTROL_SCALE = 2.0
MAX_IMAGE_PROMPTS = 4


@dataclass(frozen=True, slots=True, order=True)
class Lora:
    """A low-rank adapter (Hu et al., arXiv:2106.09685) by its name in the settings, and how strongly it acts."""

    name: str
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and abs(self.scale) <= MAX_LORA_SCALE):
            raise RequestInvalid(
                "loras", f"{self.name}: {self.scale} is no strength; use -{MAX_LORA_SCALE:g} to {MAX_LORA_SCALE:g}"
            )


@dataclass(frozen=True, slots=True)
class Control:
    """A ControlNet (Zhang et al., arXiv:2302.05543) by its name in the settings, and what it is to be guided by.

    image: RGB, of the picture's size; what the ControlNet reads is made of it as its settings say. scale: how strongly.
    """

    name: str
    image: SourceImage
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and 0 <= self.scale <= MAX_CONTROL_SCALE):
            raise RequestInvalid(
                "control_strength",
                f"{self.scale:g} is not possible; use 0 to {MAX_CONTROL_SCALE:g}",
                **_outside(self.scale, 0, MAX_CONTROL_SCALE),
            )


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """Pictures as a part of the prompt, by an IP-adapter's name in the settings; several are blended. scale: how
    strongly, beside the words."""

    name: str
    images: tuple[SourceImage, ...]
    scale: float = 0.6

    def __post_init__(self) -> None:
        if not 1 <= len(self.images) <= MAX_IMAGE_PROMPTS:
            raise RequestInvalid("image_prompt", f"{len(self.images)} pictures; use 1 to {MAX_IMAGE_PROMPTS}")
        if any(image.mode != "RGB" for image in self.images):
            raise RequestInvalid("image_prompt", "its pictures must be in RGB")
        if not (math.isfinite(self.scale) and 0 <= self.scale <= 1):
            raise RequestInvalid(
                "blend_strength", f"{self.scale:g} is not possible; use 0 to 1", **_outside(self.scale, 0, 1)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class HiresPass:
    """A second pass: the finished latents are enlarged to this size, noised to ``strength`` and drawn on.

    width, height: pixels of the finished picture. steps: of the second pass before ``strength`` shortens it.
    """

    width: int
    height: int
    steps: int
    strength: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """The first noise is turned towards that of another seed. strength: 0 is the picture itself, 1 the other seed's."""

    seed: int
    strength: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture to draw. Immutable; it cannot be made invalid. Raises RequestInvalid.

    width, height: pixels, multiples of 8. guidance: classifier-free guidance scale (Ho and Salimans, arXiv:2207.12598);
    up to 1 means none. seed: of the CPU generator that draws this picture's noise.
    image: a picture to start from, of exactly this size; strength (with an image only): how much of it is painted
    over, above 0 and up to 1. mask: white where the image is repainted, black where it is kept.
    clip_skip: how many of the text encoder's last layers are left out. loras: adapters that act on this picture.
    control: a picture that says where things are, and the ControlNet that reads it. image_prompt: pictures that say
    what it is to look like.
    variations: the same picture a little otherwise, and that one again.
    exact: alone in its forwards, so that the bytes are those that diffusers' pipeline would give.
    steering: what the model is led away from besides; it is not the member's, so no file says it.
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
    image: SourceImage | None = None
    mask: SourceImage | None = None
    strength: float = 0.6
    clip_skip: int = 0
    loras: tuple[Lora, ...] = ()
    control: Control | None = None
    image_prompt: ImagePrompt | None = None
    hires: HiresPass | None = None
    variations: tuple[Variation, ...] = ()
    exact: bool = False
    steering: str = ""

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise RequestInvalid("prompt", "the prompt is empty; say what to draw", "empty")
        for name, text in (("prompt", self.prompt), ("negative_prompt", self.negative_prompt)):
            if len(text) > MAX_PROMPT_CHARACTERS:
                raise RequestInvalid(
                    name,
                    f"{len(text)} characters are too many; at most {MAX_PROMPT_CHARACTERS}",
                    "too-long",
                    count=str(len(text)),
                    most=str(MAX_PROMPT_CHARACTERS),
                )
        if not 0 <= self.seed <= MAX_SEED:
            raise RequestInvalid(
                "seed",
                f"{self.seed} is no seed; use a whole number from 0 to {MAX_SEED}",
                **_outside(self.seed, 0, MAX_SEED),
            )
        for name, pixels in (("width", self.width), ("height", self.height)):
            if pixels <= 0 or pixels % SIZE_MULTIPLE:
                raise RequestInvalid(
                    "size",
                    f"the {name} {pixels} is not a multiple of {SIZE_MULTIPLE} pixels",
                    "not-multiple",
                    pixels=str(pixels),
                    multiple=str(SIZE_MULTIPLE),
                )
        if not 1 <= self.steps <= MAX_STEPS:
            raise RequestInvalid(
                "steps",
                f"{self.steps} steps are not possible; use 1 to {MAX_STEPS}",
                **_outside(self.steps, 1, MAX_STEPS),
            )
        if not (math.isfinite(self.guidance) and 0 <= self.guidance <= MAX_GUIDANCE):
            raise RequestInvalid(
                "guidance",
                f"guidance {self.guidance} is not possible; use 0 to {MAX_GUIDANCE:g}",
                **_outside(self.guidance, 0, MAX_GUIDANCE),
            )
        if self.sampler not in SAMPLERS:
            raise RequestInvalid("sampler", f"{self.sampler!r} is no sampler; known: {', '.join(SAMPLERS)}")
        if not 0 <= self.clip_skip <= MAX_CLIP_SKIP:
            raise RequestInvalid("clip_skip", f"{self.clip_skip} is not possible; use 0 to {MAX_CLIP_SKIP}")
        if len(self.loras) > MAX_LORAS or len({lora.name for lora in self.loras}) < len(self.loras):
            raise RequestInvalid("loras", f"name each LoRA once, and at most {MAX_LORAS}", "loras", most=str(MAX_LORAS))
        self._check_sources()
        if len(self.variations) > MAX_VARIATIONS:
            raise RequestInvalid(
                "variations",
                f"{len(self.variations)} in a row are too many; at most {MAX_VARIATIONS}",
                "too-many-variations",
                most=str(MAX_VARIATIONS),
            )
        for variation in self.variations:
            _check_variation(variation)
        if self.hires is not None:
            self._check_hires(self.hires)

    def _check_sources(self) -> None:
        control = None if self.control is None else self.control.image
        for name, source, mode in (
            ("image", self.image, "RGB"),
            ("mask", self.mask, "L"),
            ("control_image", control, "RGB"),
        ):
            if source is None:
                continue
            if (source.mode, source.width, source.height) != (mode, self.width, self.height):
                raise RequestInvalid(
                    name,
                    f"the {name} is {source.width}x{source.height} in {source.mode}; it must be "
                    f"{self.width}x{self.height} in {mode}, as the picture to draw",
                )
        if self.mask is not None:
            if self.image is None:
                raise RequestInvalid("mask", "a mask needs the picture it belongs to", "needs-image")
            if max(self.mask.data) < MASK_THRESHOLD:
                raise RequestInvalid(
                    "mask", "the mask is black everywhere; paint white what is to be repainted", "black-mask"
                )
        if self.image is not None:
            _check_strength(self.strength, self.steps)

    def _check_hires(self, hires: HiresPass) -> None:
        for pixels, first in ((hires.width, self.width), (hires.height, self.height)):
            if pixels % SIZE_MULTIPLE or pixels < first:
                raise RequestInvalid(
                    "hires", f"{hires.width}x{hires.height} is no enlargement of {self.width}x{self.height} by eights"
                )
        if not 1 <= hires.steps <= MAX_STEPS:
            raise RequestInvalid("hires", f"{hires.steps} steps are not possible; use 1 to {MAX_STEPS}")
        if self.mask is not None:
            raise RequestInvalid(
                "hires", "a masked picture is not enlarged in the same go; enlarge the finished one", "masked-hires"
            )
        _check_strength(hires.strength, hires.steps)

    @property
    def handed_in(self) -> tuple[SourceImage, ...]:
        """Every picture that somebody gave."""
        control = None if self.control is None else self.control.image
        prompts = () if self.image_prompt is None else self.image_prompt.images
        return tuple(filter(None, (self.image, self.mask, control, *prompts)))

    @property
    def final_size(self) -> tuple[int, int]:
        """Width and height in pixels of what is decoded."""
        return (self.hires.width, self.hires.height) if self.hires else (self.width, self.height)

    @property
    def unwanted(self) -> str:
        """What the model is led away from: the steering first, for encoders cut off what is too long for them."""
        return ", ".join(filter(None, (self.steering, self.negative_prompt)))

    @property
    def is_guided(self) -> bool:
        """Whether a step needs two rows of the U-Net, with and without the prompt."""
        return self.guidance > 1

    @property
    def rows(self) -> int:
        """Of a forward; a model that takes its guidance as an input needs one in any case, which only it can say."""
        return 2 if self.is_guided else 1

    @property
    def pass_steps(self) -> tuple[int, ...]:
        """How many steps each pass really does: a picture to start from spares the first ones."""
        first = self.steps if self.image is None else int(self.steps * self.strength)
        return (first, int(self.hires.steps * self.hires.strength)) if self.hires else (first,)

    @property
    def denoising_steps(self) -> int:
        return sum(self.pass_steps)

    @property
    def pixel_steps(self) -> int:
        """Pixels x steps over all passes: what the picture costs, as far as that can be said without measuring."""
        sizes = [(self.width, self.height), self.final_size]
        return sum(width * height * steps for (width, height), steps in zip(sizes, self.pass_steps, strict=False))


def _outside(given: float, least: float, most: float) -> dict[str, str]:
    """Code and values of a number that is out of bounds."""
    return {"code": "outside", "given": f"{given:.12g}", "least": f"{least:.12g}", "most": f"{most:.12g}"}


def _check_variation(variation: Variation) -> None:
    if not 0 <= variation.seed <= MAX_SEED:
        raise RequestInvalid("variations", f"{variation.seed} is no seed; use a whole number from 0 to {MAX_SEED}")
    if not (math.isfinite(variation.strength) and 0 <= variation.strength <= 1):
        raise RequestInvalid("variations", f"strength {variation.strength:g} is not possible; use 0 to 1")


def _check_strength(strength: float, steps: int) -> None:
    if not (math.isfinite(strength) and 0 < strength <= 1):
        raise RequestInvalid(
            "strength",
            f"strength {strength:g} is not possible; use more than 0 and at most 1",
            "no-strength",
            given=f"{strength:g}",
        )
    if int(steps * strength) < 1:
        raise RequestInvalid(
            "strength",
            f"strength {strength:g} of {steps} steps is no whole step; use {math.ceil(100 / steps) / 100:g} or more",
            "no-whole-step",
            given=f"{strength:g}",
            steps=str(steps),
            least=f"{math.ceil(100 / steps) / 100:g}",
        )


def check_request(request: ImageRequest, checkpoints: Mapping[str, CheckpointSettings]) -> CheckpointSettings:
    """Check what only the checkpoint can say, and return its settings. Raises RequestInvalid."""
    checkpoint = checkpoints.get(request.checkpoint)
    if checkpoint is None:
        known = ", ".join(sorted(checkpoints))
        raise RequestInvalid(
            "checkpoint",
            f"{request.checkpoint!r} is no checkpoint here; known: {known}",
            "no-checkpoint",
            name=request.checkpoint,
            known=known,
        )
    width, height = request.final_size
    if width * height > checkpoint.max_pixels:
        raise RequestInvalid(
            "size",
            f"{width}x{height} is too big for {request.checkpoint}; "
            f"at most {checkpoint.max_pixels} pixels in all, it is good at {', '.join(checkpoint.sizes)}",
            "too-big",
            size=f"{width}x{height}",
            checkpoint=request.checkpoint,
            most=str(checkpoint.max_pixels),
            sizes=", ".join(checkpoint.sizes),
        )
    steps = max(request.steps, request.hires.steps if request.hires else 0)
    if steps > checkpoint.max_steps:
        raise RequestInvalid(
            "steps",
            f"{steps} steps are too many; use 1 to {checkpoint.max_steps}",
            **_outside(steps, 1, checkpoint.max_steps),
        )
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
