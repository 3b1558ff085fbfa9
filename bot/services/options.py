"""What a person may leave out: options of a request, and the defaults that fill them into an ImageRequest; and the form
in which that is kept."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, fields

from bot.errors import InvalidRequest
from config import Settings
from config.settings import parse_size
from db.parameters import Parameters
from inference import ImageRequest, RequestInvalid, check_request
from inference.request import MAX_SEED


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagineOptions:
    """None: as the checkpoint likes it; a seed that is left out is drawn by lot."""

    prompt: str
    negative_prompt: str = ""
    seed: int | None = None
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None
    checkpoint: str | None = None


def fill_in(options: ImagineOptions, settings: Settings) -> ImageRequest:
    """The complete, valid request. Raises InvalidRequest with the option and what is allowed."""
    name = options.checkpoint or settings.imagine.checkpoint
    checkpoint = settings.checkpoints.get(name)
    if checkpoint is None:
        known = ", ".join(sorted(settings.checkpoints))
        raise InvalidRequest("checkpoint", f"{name!r} is no checkpoint here; known: {known}")
    limit = settings.imagine.max_prompt_characters
    for field, text in (("prompt", options.prompt), ("negative_prompt", options.negative_prompt)):
        if len(text) > limit:
            raise InvalidRequest(field, f"{len(text)} characters are too many; at most {limit}")
    try:
        width, height = parse_size(options.size) if options.size else checkpoint.native_size
    except ValueError as error:
        raise InvalidRequest("size", str(error)) from None
    try:
        request = ImageRequest(
            prompt=options.prompt.strip(),
            negative_prompt=options.negative_prompt.strip(),
            seed=secrets.randbelow(MAX_SEED + 1) if options.seed is None else options.seed,
            width=width,
            height=height,
            steps=checkpoint.default_steps if options.steps is None else options.steps,
            guidance=checkpoint.default_guidance if options.guidance is None else options.guidance,
            sampler=checkpoint.sampler,
            checkpoint=name,
            clip_skip=checkpoint.default_clip_skip,
        )
        check_request(request, settings.checkpoints)
    except RequestInvalid as error:
        raise InvalidRequest(error.field, str(error)) from None
    return request


def to_parameters(request: ImageRequest) -> Parameters:
    return Parameters(**{field.name: getattr(request, field.name) for field in fields(Parameters)})


def to_request(parameters: Parameters, settings: Settings) -> ImageRequest:
    """Raises RequestInvalid if what was kept is not possible any more."""
    checkpoint = settings.checkpoints.get(parameters.checkpoint)
    return ImageRequest(**asdict(parameters), clip_skip=checkpoint.default_clip_skip if checkpoint else 0)
