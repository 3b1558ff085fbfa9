"""What a person may leave out, and the defaults that fill it in; and the form in which what was asked is kept.

ImagineOptions --fill_in--> ImageRequest --wish_for--> Wish, which the studio accepts and the database keeps
Parameters --to_request--> ImageRequest again, when it is drawn
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from bot.errors import InvalidRequest
from bot.services.alternatives import chosen
from bot.services.comparing import parts
from bot.services.guides import control_of, image_prompt_of
from bot.services.house_rules import MAX_COUNT, HouseRules, resolve
from bot.services.preset_text import put_in
from config import Settings
from config.additions import fitting
from config.settings import parse_size
from db.images import ImageStore
from db.parameters import (
    COLUMNS,
    Comparison,
    ControlUse,
    ImagePromptUse,
    LoraUse,
    Parameters,
    PresetUse,
    SecondPass,
    StoredImage,
    Turn,
)
from db.records import Descent
from inference import Control, HiresPass, ImagePrompt, ImageRequest, Lora, RequestInvalid, Variation, check_request
from inference.request import MASK_THRESHOLD, MAX_SEED
from inference.selection.masks import to_repaint
from inference.sources import SourceImage, read_image, read_image_and_mask, read_image_to_expand


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagineOptions:
    """None: as the house rules say, else as the checkpoint likes it; a seed that is left out is drawn by lot. What a
    member set for themselves is put in before: see MemberDefaults.filled.

    image, mask: bytes of files as they were handed in. In place of a mask: expand, paint around the picture, so that so
    many times as much is seen; or selected, a soft mask over the whole image, of any size. loras: names and strengths.
    control, control_image: a ControlNet's name and the file it is guided by. blend, blend_images: an IP-adapter's name
    and the files that it makes a part of the prompt. comparison: in place of count.
    """

    prompt: str
    negative_prompt: str = ""
    seed: int | None = None
    size: str | None = None
    steps: int | None = None
    guidance: float | None = None
    checkpoint: str | None = None
    image: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    selected: SourceImage | None = field(default=None, repr=False)
    strength: float | None = None
    expand: float | None = None
    loras: Mapping[str, float] = field(default_factory=dict)
    control: str | None = None
    control_image: bytes | None = field(default=None, repr=False)
    control_strength: float | None = None
    blend: str | None = None
    blend_images: tuple[bytes, ...] = field(default=(), repr=False)
    blend_strength: float | None = None
    count: int = 1
    is_private: bool | None = None
    preset: str | None = None
    sampler: str | None = None
    comparison: Comparison | None = None

    @property
    def has_files(self) -> bool:
        return self.image is not None or self.control_image is not None or bool(self.blend_images)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for, complete and valid. request: of the first picture. handed_in: files not stored yet."""

    request: ImageRequest
    parameters: Parameters
    count: int = 1
    is_private: bool = False
    descent: Descent | None = None
    handed_in: Mapping[StoredImage, bytes] = field(default_factory=dict, repr=False)

    @property
    def requests(self) -> list[ImageRequest]:
        """Of each picture."""
        return list(parts(self.request, self.count, self.parameters.comparison))


def random_seed() -> int:
    return secrets.randbelow(MAX_SEED + 1)


def wish_for(options: ImagineOptions, settings: Settings, rules: HouseRules, preset: PresetUse | None = None) -> Wish:
    """``preset``: with what was typed; it is put into the prompts here, before anybody reads them. Blocking, up to a
    second, if there is a picture to read. Raises InvalidRequest."""
    request = fill_in(options, settings, rules)
    if preset is not None:
        preset = replace(preset, typed_negative_prompt=request.negative_prompt)  # the usual one, if none was typed
        prompt, negative_prompt = choices_made(put_in(preset), request.seed, settings)
        request = replace(request, prompt=prompt, negative_prompt=negative_prompt)
    count = options.count if options.comparison is None else len(options.comparison.values)
    if not 1 <= count <= MAX_COUNT:
        raise InvalidRequest("count", "too-many-pictures", given=str(count), most=str(MAX_COUNT))
    _check_each(request, count, options.comparison, settings)
    handed_in: dict[StoredImage, bytes] = {}
    names = {source.sha256: _named(source, handed_in) for source in request.handed_in}
    return Wish(
        request=request,
        parameters=replace(to_parameters(request, names), preset=preset, comparison=options.comparison),
        count=count,
        is_private=bool(options.is_private),
        handed_in=handed_in,
    )


def fill_in(options: ImagineOptions, settings: Settings, rules: HouseRules | None = None) -> ImageRequest:
    """The complete, valid request; what is left out is as ``rules`` say (None: the operator's), which are not held
    against the rest: see HouseRules.check. Raises InvalidRequest with the option and what is allowed."""
    rules = rules or resolve(settings)
    name = options.checkpoint or rules.checkpoint
    checkpoint = settings.checkpoints.get(name)
    if checkpoint is None:
        known = ", ".join(rules.checkpoints)
        raise InvalidRequest("checkpoint", "no-checkpoint", name=name, known=known)
    negative_prompt = options.negative_prompt.strip() or rules.negative_prompt
    check_typed(options.prompt, negative_prompt, settings)
    try:
        width, height = parse_size(options.size or rules.usual_size(checkpoint))
    except ValueError:
        raise InvalidRequest("size", "no-size", given=options.size or "") from None
    _check_loras(options.loras, name, settings)
    strength: dict[str, Any] = {} if options.strength is None else {"strength": options.strength}
    if options.expand is not None or options.selected is not None:
        strength = {"strength": 1.0, **strength}  # around the picture, or of what is selected, nothing is to be kept
    seed = random_seed() if options.seed is None else options.seed
    prompt, negative_prompt = choices_made((options.prompt.strip(), negative_prompt), seed, settings)
    try:
        image, mask = _read(options, width, height)
        request = ImageRequest(
            prompt=prompt,
            negative_prompt=negative_prompt,
            seed=seed,
            width=width,
            height=height,
            steps=rules.usual_steps(checkpoint) if options.steps is None else options.steps,
            guidance=checkpoint.default_guidance if options.guidance is None else options.guidance,
            sampler=options.sampler or checkpoint.sampler,
            checkpoint=name,
            clip_skip=checkpoint.default_clip_skip,
            image=image,
            mask=mask,
            loras=tuple(Lora(lora, scale) for lora, scale in options.loras.items()),
            control=control_of(
                options.control_image,
                options.control,
                options.control_strength,
                name,
                settings,
                width=width,
                height=height,
            ),
            image_prompt=image_prompt_of(options.blend_images, options.blend, options.blend_strength, name, settings),
            **strength,
        )
        check_request(request, settings.checkpoints)
    except RequestInvalid as error:
        raise InvalidRequest.by_engine(error) from None
    return request


def check_typed(prompt: str, negative_prompt: str, settings: Settings) -> None:
    """Raises InvalidRequest if one is longer than members may write."""
    limit = settings.imagine.max_prompt_characters
    for name, text in (("prompt", prompt), ("negative_prompt", negative_prompt)):
        if len(text) > limit:
            raise InvalidRequest(name, "too-long", count=str(len(text)), most=str(limit))


def choices_made(texts: tuple[str, str], seed: int, settings: Settings) -> tuple[str, str]:
    """Prompt and negative prompt, each with its alternatives and wildcards chosen."""
    prompt, negative_prompt = (chosen(text, seed, settings.imagine.wildcards) for text in texts)
    return prompt, negative_prompt


def _check_each(request: ImageRequest, count: int, comparison: Comparison | None, settings: Settings) -> None:
    """Raises InvalidRequest."""
    try:
        for one in parts(request, count, comparison):
            if one.checkpoint not in settings.checkpoints:
                known = ", ".join(settings.checkpoints)
                raise InvalidRequest("checkpoint", "no-checkpoint", name=one.checkpoint, known=known)
            check_request(one, settings.checkpoints)
    except RequestInvalid as error:
        raise InvalidRequest.by_engine(error) from None


def to_parameters(request: ImageRequest, stored: Mapping[str, StoredImage]) -> Parameters:
    """``stored``: the name under which each picture that it holds is kept, by the picture's hash."""
    hires, control, prompt = request.hires, request.control, request.image_prompt
    return Parameters(
        **{name: getattr(request, name) for name in COLUMNS},
        clip_skip=request.clip_skip,
        image=None if request.image is None else stored[request.image.sha256],
        mask=None if request.mask is None else stored[request.mask.sha256],
        strength=None if request.image is None else request.strength,
        loras=tuple(LoraUse(lora.name, lora.scale) for lora in request.loras),
        control=None if control is None else ControlUse(control.name, stored[control.image.sha256], control.scale),
        image_prompt=None
        if prompt is None
        else ImagePromptUse(prompt.name, tuple(stored[image.sha256] for image in prompt.images), prompt.scale),
        hires=None if hires is None else SecondPass(hires.width, hires.height, hires.steps, hires.strength),
        variations=tuple(Turn(one.seed, one.strength) for one in request.variations),
    )


def to_request(parameters: Parameters, images: ImageStore) -> ImageRequest:
    """Blocking if a picture was handed in. Raises RequestInvalid if what was kept is not possible any more."""
    sources: dict[str, Any] = {
        role: _load(role, stored, images)
        for role, stored in (("image", parameters.image), ("mask", parameters.mask))
        if stored is not None
    }
    strength: dict[str, Any] = {} if parameters.strength is None else {"strength": parameters.strength}
    if (control := parameters.control) is not None:
        sources["control"] = Control(control.name, _load("control_image", control.image, images), control.scale)
    if (prompt := parameters.image_prompt) is not None:
        pictures = tuple(_load("blend", stored, images) for stored in prompt.images)
        sources["image_prompt"] = ImagePrompt(prompt.name, pictures, prompt.scale)
    return ImageRequest(**_plain(parameters), **sources, **strength, variations=_variations(parameters))


def shape_of(parameters: Parameters) -> ImageRequest:
    """A request that takes as long, without the pictures it starts from: for estimates. Raises RequestInvalid."""
    plain = _plain(parameters)
    if parameters.strength is not None:
        plain["steps"] = max(1, int(parameters.steps * parameters.strength))
    return ImageRequest(**plain)


def _plain(parameters: Parameters) -> dict[str, Any]:
    hires = parameters.hires
    second = None
    if hires is not None:
        second = HiresPass(width=hires.width, height=hires.height, steps=hires.steps, strength=hires.strength)
    return {
        **{name: getattr(parameters, name) for name in COLUMNS},
        "clip_skip": parameters.clip_skip,
        "loras": tuple(Lora(lora.name, lora.scale) for lora in parameters.loras),
        "hires": second,
    }


def _variations(parameters: Parameters) -> tuple[Variation, ...]:
    return tuple(Variation(seed=turn.seed, strength=turn.strength) for turn in parameters.variations)


def _check_loras(loras: Mapping[str, float], checkpoint: str, settings: Settings) -> None:
    for name in loras:
        if name not in fitting(settings.loras, checkpoint):
            known = ", ".join(sorted(fitting(settings.loras, checkpoint)))
            raise InvalidRequest("lora", "no-lora", name=name, checkpoint=checkpoint, known=known or "-")


def _read(options: ImagineOptions, width: int, height: int) -> tuple[SourceImage | None, SourceImage | None]:
    """Raises RequestInvalid, also for what makes sense only beside a picture."""
    if options.image is None:
        beside = (("mask", options.mask), ("strength", options.strength), ("expand", options.expand))
        for name, given in beside:
            if given is not None:
                raise RequestInvalid(name, f"a {name} needs a picture to start from", "needs-image")
        return None, None
    if options.expand is not None:
        if options.mask is not None:
            raise RequestInvalid("expand", "it paints around the picture, a mask inside it; leave one out", "with-mask")
        return read_image_to_expand(options.image, width=width, height=height, times=options.expand)
    if options.selected is not None:
        mask = to_repaint(options.selected, width, height)
        if max(mask.data) < MASK_THRESHOLD:
            raise RequestInvalid("what", "it lies in what this size cuts off; choose another size", "cut-off")
        return read_image(options.image, width=width, height=height), mask
    if options.mask is None:
        return read_image(options.image, width=width, height=height), None
    return read_image_and_mask(options.image, options.mask, width=width, height=height)


def _named(source: SourceImage, handed_in: dict[StoredImage, bytes]) -> StoredImage:
    """As PNG, of the size that is drawn: nothing else that the file carried, a camera's place for example, is kept."""
    buffer = io.BytesIO()
    source.open().save(buffer, "PNG")
    data = buffer.getvalue()
    stored = StoredImage(hashlib.sha256(data).digest(), "png")
    handed_in[stored] = data
    return stored


def _load(role: str, stored: StoredImage, images: ImageStore) -> SourceImage:
    data = images.load(stored.sha256, stored.extension)
    if data is None:
        raise RequestInvalid(role, f"the {role} that this picture started from is not kept any more", "not-kept")
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return SourceImage.of(image)
