"""What can be made of a picture that is there: another go, a variation, a larger one, an edited one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import InvalidRequest, NotFound
from bot.services.comparing import part, parts
from bot.services.options import Wish, check_typed, choices_made, random_seed, to_request
from bot.services.preset_text import put_in
from config import CheckpointSettings, Settings
from db import Generation
from db.images import ImageStore
from db.parameters import Parameters, SecondPass, Turn
from db.records import Descent, Kind
from inference import RequestInvalid, check_request
from inference.request import MAX_GUIDANCE, MAX_SEED, SIZE_MULTIPLE

VARIATION_STRENGTH = 0.4  # of the way to another seed: the same picture to the eye, with other details
UPSCALE_STRENGTH = 0.45  # enough to draw the details that enlarging leaves out, not enough to draw other things
LARGEST_UPSCALE, SMALLEST_UPSCALE = 2.0, 1.25
# What an edit may change, by the names of the fields in its form.
EDITABLE = ("prompt", "negative_prompt", "seed", "steps", "guidance")


class Offspring:
    """Raises InvalidRequest where the settings do not allow any more what was possible once."""

    def __init__(self, settings: Settings, images: ImageStore) -> None:
        self._settings = settings
        self._images = images

    async def reroll(self, parent: Generation) -> Wish:
        """The same wish with another seed."""
        return await self._wish(parent, 0, Kind.REROLL, replace(parent.parameters, seed=random_seed()), parent.count)

    async def vary(self, parent: Generation, nth: int, strength: float = VARIATION_STRENGTH) -> Wish:
        base = own_parameters(parent, nth)
        turn = Turn(random_seed(), strength)
        return await self._wish(
            parent,
            nth,
            Kind.VARIATION,
            replace(base, variations=(*base.variations, turn)),
            1 if parent.parameters.comparison else parent.count,
        )

    async def upscale(self, parent: Generation, nth: int) -> Wish:
        base = own_parameters(parent, nth)
        size = upscaled_size(base, self._settings)
        if size is None:
            raise InvalidRequest("size", "nothing-larger", checkpoint=base.checkpoint)
        second = SecondPass(*size, steps=base.steps, strength=UPSCALE_STRENGTH)
        return await self._wish(parent, nth, Kind.UPSCALE, replace(base, hires=second), 1)

    async def edit(self, parent: Generation, changes: Mapping[str, str], *, kind: Kind = Kind.EDIT) -> Wish:
        """``changes``: what was typed into the form, by the names in EDITABLE; an empty seed is drawn by lot."""
        fresh = replace(parent.parameters, variations=(), hires=None)
        changed = _with_changes(fresh, changes, self._settings)
        return await self._wish(parent, 0, kind, changed, parent.count)

    async def _wish(self, parent: Generation, nth: int, kind: Kind, parameters: Parameters, count: int) -> Wish:
        if not parent.parameters.prompt:
            raise NotFound  # its member had it deleted
        try:
            request = await asyncio.to_thread(to_request, parameters, self._images)
            for one in parts(request, count, parameters.comparison):
                check_request(one, self._settings.checkpoints)
        except RequestInvalid as error:
            raise InvalidRequest.by_engine(error) from None
        return Wish(
            request=request,
            parameters=parameters,
            count=count,
            is_private=parent.is_private,
            descent=Descent(kind=kind, parent_id=parent.id, parent_nth=nth),
        )


async def edited(wish: Wish, changes: Mapping[str, str], settings: Settings) -> Wish:
    """A wish that was not granted, with what was typed into the form. Raises InvalidRequest."""
    changed = _with_changes(wish.parameters, changes, settings)
    try:
        request = replace(wish.request, **{name: getattr(changed, name) for name in EDITABLE})
        for one in parts(request, wish.count, changed.comparison):
            check_request(one, settings.checkpoints)
    except RequestInvalid as error:
        raise InvalidRequest.by_engine(error) from None
    return replace(wish, request=request, parameters=changed)


def own_parameters(generation: Generation, nth: int) -> Parameters:
    """Of one of its pictures alone."""
    if not 0 <= nth < generation.count:
        raise NotFound
    return part(generation.parameters, nth, generation.parameters.comparison)


def upscaled_size(parameters: Parameters, settings: Settings) -> tuple[int, int] | None:
    """Twice as large each way, or as large as the checkpoint can; None if that is hardly larger, or a larger one
    already."""
    checkpoint = settings.checkpoints.get(parameters.checkpoint)
    if checkpoint is None or parameters.hires is not None or parameters.mask is not None:
        return None
    times = min(LARGEST_UPSCALE, _room(parameters, checkpoint))
    if times < SMALLEST_UPSCALE:
        return None
    width, height = (
        int(side * times) // SIZE_MULTIPLE * SIZE_MULTIPLE for side in (parameters.width, parameters.height)
    )
    return width, height


def _with_changes(parameters: Parameters, changes: Mapping[str, str], settings: Settings) -> Parameters:
    """Raises InvalidRequest."""
    changed = replace(parameters, **_read(changes))
    check_typed(changed.prompt, changed.negative_prompt, settings)
    texts, preset = (changed.prompt, changed.negative_prompt), changed.preset
    if preset is not None and changed.prompt:
        # The form showed what was typed: the preset, as it was, goes into what is typed now.
        preset = replace(preset, typed_prompt=changed.prompt, typed_negative_prompt=changed.negative_prompt)
        texts = put_in(preset)
    prompt, negative_prompt = choices_made(texts, changed.seed, settings)
    return replace(changed, prompt=prompt, negative_prompt=negative_prompt, preset=preset)


def _room(parameters: Parameters, checkpoint: CheckpointSettings) -> float:
    return math.sqrt(checkpoint.max_pixels / (parameters.width * parameters.height))


@dataclass(frozen=True, slots=True)
class _Number:
    lowest: float
    highest: float
    is_whole: bool

    def read(self, name: str, text: str) -> float | int:
        try:
            value = int(text) if self.is_whole else float(text.replace(",", "."))
        except ValueError:
            value = math.nan
        if not self.lowest <= value <= self.highest:
            code = "not-whole-number" if self.is_whole else "not-number"
            raise InvalidRequest(name, code, given=text, least=f"{self.lowest:.10g}", most=f"{self.highest:.10g}")
        return value


_NUMBERS = {
    "seed": _Number(0, MAX_SEED, is_whole=True),
    "steps": _Number(1, 500, is_whole=True),
    "guidance": _Number(0, MAX_GUIDANCE, is_whole=False),
}


def _read(changes: Mapping[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, text in changes.items():
        typed = text.strip()
        if name == "seed" and not typed:
            read[name] = random_seed()
        else:
            read[name] = _NUMBERS[name].read(name, typed) if name in _NUMBERS else typed
    return read
