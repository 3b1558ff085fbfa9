"""What kinds of checkpoint there are: the parts of each, and the family that draws with it.

The kinds that are listed here are drawn step by step in shared forwards. Any other pipeline of diffusers is a kind too,
made from its index, and drawn by the family for pipelines of all sorts, one job at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from inference.checkpoints.refusal import Refused

LIBRARIES = ("diffusers", "transformers")

# Parts with weights, by the name that they have in every pipeline listed here, and the only class each may be of.
PARTS: Mapping[str, tuple[str, str]] = {
    "unet": ("diffusers", "UNet2DConditionModel"),
    "vae": ("diffusers", "AutoencoderKL"),
    "text_encoder": ("transformers", "CLIPTextModel"),
    "text_encoder_2": ("transformers", "CLIPTextModelWithProjection"),
    "depth_estimator": ("transformers", "DPTForDepthEstimation"),
}
TOKENIZERS = (["transformers", "CLIPTokenizer"], ["transformers", "CLIPTokenizerFast"])


@dataclass(frozen=True, slots=True)
class Kind:
    """pipeline: the class in diffusers. parts: with weights, by name: library and class. without: parts that it may
    have and that are never loaded (the gate is Lienzo's own). extra: more arguments of the pipeline's constructor."""

    pipeline: str
    parts: Mapping[str, tuple[str, str]]
    tokenizers: tuple[str, ...] = ("tokenizer",)
    without: tuple[str, ...] = ()
    extra: Mapping[str, Any] | None = None
    is_xl: bool = False
    is_listed: bool = True

    @property
    def arguments(self) -> dict[str, Any]:
        return dict.fromkeys(self.without) | dict(self.extra or {})


def _sd(pipeline: str) -> Kind:
    return Kind(
        pipeline,
        {name: PARTS[name] for name in ("unet", "vae", "text_encoder")},
        without=("safety_checker", "feature_extractor", "image_encoder"),
        extra={"requires_safety_checker": False},
    )


def _xl(pipeline: str, *encoders: str) -> Kind:
    return Kind(
        pipeline,
        {name: PARTS[name] for name in ("unet", "vae", *encoders)},
        tokenizers=tuple(name.replace("text_encoder", "tokenizer") for name in encoders),
        without=("feature_extractor", "image_encoder"),
        extra={"add_watermarker": False},
        is_xl=True,
    )


SD, SD_INPAINT = _sd("StableDiffusionPipeline"), _sd("StableDiffusionInpaintPipeline")
XL, XL_INPAINT = (
    _xl(pipeline, "text_encoder", "text_encoder_2")
    for pipeline in ("StableDiffusionXLPipeline", "StableDiffusionXLInpaintPipeline")
)
DEPTH = Kind("StableDiffusionDepth2ImgPipeline", {name: PARTS[name] for name in PARTS if name != "text_encoder_2"})
REFINER = _xl("StableDiffusionXLImg2ImgPipeline", "text_encoder_2")
KINDS: Mapping[str, Kind] = {
    kind.pipeline: kind
    for kind in (
        SD,
        SD_INPAINT,
        _sd("StableDiffusionImg2ImgPipeline"),
        DEPTH,
        XL,
        XL_INPAINT,
        _xl("StableDiffusionXLImg2ImgPipeline", "text_encoder", "text_encoder_2"),
    )
}


def kind_of(index: Mapping[str, Any]) -> Kind:
    """What a ``model_index.json`` describes, by names alone: nothing is imported that it names. Raises Refused."""
    name = index.get("_class_name")
    if name == REFINER.pipeline and index.get("text_encoder") == [None, None]:
        return REFINER
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]
    return _unlisted(name, index)


def _unlisted(name: object, index: Mapping[str, Any]) -> Kind:
    """Any class that diffusers exports as a pipeline, of parts that diffusers and transformers export."""
    import diffusers
    import torch

    pipeline: Any = getattr(diffusers, name, None) if isinstance(name, str) else None
    if not (inspect.isclass(pipeline) and issubclass(pipeline, diffusers.DiffusionPipeline)):
        raise Refused(f"it is a {name}, which is no pipeline of diffusers {diffusers.__version__}")
    parts: dict[str, tuple[str, str]] = {}
    without: list[str] = []
    for part, entry in index.items():
        if part.startswith("_") or not isinstance(entry, list):
            continue
        if entry == [None, None]:
            without.append(part)
            continue
        if part in ("safety_checker", "image_encoder") and part in getattr(pipeline, "_optional_components", ()):
            without.append(part)
            continue
        kind = _exported(entry)
        if kind is None:
            raise Refused(
                f"its {part} is {named(entry)}, which neither diffusers nor transformers has; no other code is run"
            )
        if issubclass(kind, torch.nn.Module):
            parts[part] = (entry[0], entry[1])
    return Kind(pipeline.__name__, parts, tokenizers=(), without=tuple(without), is_listed=False)


def _exported(entry: list[Any]) -> type | None:
    match entry:
        case [str(library), str(name)] if library in LIBRARIES and not name.startswith("_"):
            found = getattr(import_module(library), name, None)
            return found if isinstance(found, type) else None
    return None


def is_scheduler(entry: object) -> bool:
    import diffusers

    match entry:
        case ["diffusers", str(name)]:
            found = getattr(diffusers, name, None)
            return isinstance(found, type) and issubclass(found, diffusers.SchedulerMixin)
    return False


def named(entry: object) -> str:
    """``["diffusers", "X"]`` -> ``diffusers.X``; what is not of that form as it stands."""
    return ".".join(map(str, entry)) if isinstance(entry, list) else str(entry)
