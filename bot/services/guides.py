"""Pictures that guide what is drawn, beside the words: for a ControlNet, or for an IP-adapter."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import InvalidRequest
from config import Settings
from config.additions import fitting
from inference import Control, ImagePrompt
from inference.request import MAX_IMAGE_PROMPTS
from inference.sources import read_image, read_whole_image

BLENDED_SIDE = 512  # pixels of the long side that is kept; image encoders look at 224 to 336


def control_of(
    data: bytes | None,
    name: str | None,
    strength: float | None,
    checkpoint: str,
    settings: Settings,
    *,
    width: int,
    height: int,
) -> Control | None:
    """``data``: a file as it was handed in; ``name`` may be left out where there is but one. Raises InvalidRequest, or
    RequestInvalid for what is wrong with the file."""
    if data is None:
        for option, given in (("control", name), ("control_strength", strength)):
            if given is not None:
                raise InvalidRequest(option, "needs-control-image")
        return None
    chosen = _one_of("control", name, fitting(settings.controlnets, checkpoint), checkpoint)
    image = read_image(data, width=width, height=height, name="control_image")
    return Control(chosen, image) if strength is None else Control(chosen, image, strength)


def image_prompt_of(
    files: Sequence[bytes], name: str | None, strength: float | None, checkpoint: str, settings: Settings
) -> ImagePrompt | None:
    """As ``control_of``."""
    if not files:
        return None
    if len(files) > MAX_IMAGE_PROMPTS:
        raise InvalidRequest("blend", "too-many-pictures", given=str(len(files)), most=str(MAX_IMAGE_PROMPTS))
    chosen = _one_of("blend", name, fitting(settings.ip_adapters, checkpoint), checkpoint)
    images = tuple(read_whole_image(data, longest=BLENDED_SIDE) for data in files)
    return ImagePrompt(chosen, images) if strength is None else ImagePrompt(chosen, images, strength)


def _one_of(option: str, name: str | None, known: Sequence[str], checkpoint: str) -> str:
    chosen = name or (known[0] if len(known) == 1 else "")
    if chosen not in known:
        raise InvalidRequest(option, f"no-{option}", checkpoint=checkpoint, known=", ".join(known) or "-")
    return chosen
