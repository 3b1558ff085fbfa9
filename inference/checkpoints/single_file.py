"""Loading one .safetensors file in the layout of the original releases, of which the kind is read from its tensors."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from inference.checkpoints.files import read_shapes, refuse_unless_safetensors
from inference.checkpoints.folder import NOT_OF_THE_MODEL, check_configuration, load_part
from inference.checkpoints.kinds import PARTS, SD, SD_INPAINT, XL, XL_INPAINT, Kind
from inference.checkpoints.refusal import Refused, refuse_unfit

Shapes = Mapping[str, tuple[int, ...]]

# Where the parts' weights are. Stable Diffusion 2.x has OpenCLIP's text encoder.
SD_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "unet": ("model.diffusion_model.",),
    "vae": ("first_stage_model.",),
    "text_encoder": ("cond_stage_model.transformer.", "cond_stage_model.model."),
}
XL_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "unet": SD_PREFIXES["unet"],
    "vae": SD_PREFIXES["vae"],
    "text_encoder": ("conditioner.embedders.0.transformer.",),
    "text_encoder_2": ("conditioner.embedders.1.model.",),
}
FIRST_LAYER = "model.diffusion_model.input_blocks.0.0.weight"  # shape (.., channels of the U-Net, 3, 3)


def load_single_file(file: Path, config: Path | None, dtype: torch.dtype) -> tuple[Kind, Any]:
    """``config`` names the folder with configuration and tokenizer; without it diffusers fetches those of the model
    that it recognises (text only: no weights, no code) from the hub, once. Raises Refused."""
    import diffusers
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    shapes = read_shapes(file)
    kind = recognise(file, shapes)
    if config is not None:
        described = check_configuration(config)
        if described.is_xl != kind.is_xl or not described.is_listed:
            raise Refused(f"{file.name} is a {kind.pipeline}, but config describes a {described.pipeline}")
    try:
        pipeline = getattr(diffusers, kind.pipeline).from_single_file(
            str(file),
            config=str(config) if config else None,
            # Also without config: what was fetched before is used, and only what was not is asked for.
            local_files_only=True,
            torch_dtype=dtype,
            **kind.arguments,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise Refused(
            f"the configuration that belongs to {file.name} could not be fetched; name a folder that holds it "
            "(model_index.json, tokenizer and so on) with config, beside path"
        ) from error
    except Exception as error:
        raise _explained(file, error) from error
    prefixes = XL_PREFIXES if kind.is_xl else SD_PREFIXES
    for part in kind.parts:
        _refuse_unfit_part(file, part, shapes, prefixes[part][0], getattr(pipeline, part))
    return kind, pipeline


def load_vae(path: Path, own: Any, dtype: torch.dtype) -> Any:
    """The VAE of another source in place of ``own``, whose configuration a single file shares. Raises Refused."""
    refuse_unless_safetensors(path, "vae")
    library, name = PARTS["vae"]
    if path.is_dir():
        return load_part(library, name, path.parent, path.name, "", dtype)
    from diffusers import AutoencoderKL

    shapes = read_shapes(path)
    with tempfile.TemporaryDirectory() as folder:
        own.save_config(folder)
        try:
            vae = AutoencoderKL.from_single_file(str(path), config=folder, local_files_only=True, torch_dtype=dtype)
        except Exception as error:
            raise _explained(path, error) from error
    prefix = next((prefix for prefix in SD_PREFIXES["vae"] if any(key.startswith(prefix) for key in shapes)), "")
    _refuse_unfit_part(path, "vae", shapes, prefix, vae)
    return vae


def load_taesd(folder: Path, vae: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """A small decoder for previews of this VAE's latents. Raises Refused."""
    if not folder.is_dir():
        raise Refused(f"there is no folder {folder}; check taesd")
    decoder = load_part("diffusers", "AutoencoderTiny", folder.parent, folder.name, "", dtype)
    if decoder.config.latent_channels != vae.config.latent_channels:
        raise Refused(
            f"taesd reads {decoder.config.latent_channels} channels, the VAE makes {vae.config.latent_channels}"
        )
    return decoder.to(device)


def recognise(file: Path, shapes: Shapes) -> Kind:
    """Raises Refused if a part is missing, or the U-Net is made for something that one file cannot tell."""
    is_xl = any(key.startswith("conditioner.embedders.") for key in shapes)
    for part, prefixes in (XL_PREFIXES if is_xl else SD_PREFIXES).items():
        if not any(key.startswith(prefixes) for key in shapes):
            raise Refused(
                f"{file.name} holds no {part} ({' or '.join(prefixes)}*) as a whole Stable Diffusion 1.x, 2.x or XL "
                "has it; is it a LoRA, a part of a model, or one of another family?"
            )
    first = shapes.get(FIRST_LAYER, (0, 4))
    match first[1] if len(first) > 1 else None:
        case 9:
            return XL_INPAINT if is_xl else SD_INPAINT
        case 5:
            raise Refused(
                f"{file.name} is a depth model; load it from a folder in diffusers' form, which has its parts"
            )
    return XL if is_xl else SD


def _explained(file: Path, error: Exception) -> Exception:
    if "expected shape" in str(error):
        what = str(error).partition(". If you want")[0].removeprefix("Cannot load  because ")
    elif "meta tensor" in str(error) or "appear to be missing" in str(error):
        what = "weights are missing"
    else:
        return error
    return Refused(f"{file.name} does not fit its configuration: {what}; is config that of this model?")


def _refuse_unfit_part(file: Path, part: str, shapes: Shapes, prefix: str, model: Any) -> None:
    """The names change on the way, so numbers are counted. OpenCLIP's last layer is left out on purpose: not here."""
    refuse_unfit(part, "missing", [key for key, weight in model.state_dict().items() if weight.is_meta])
    ignored = (f"{prefix}loss.",)
    in_file = sum(
        math.prod(shape)
        for key, shape in shapes.items()
        if key.startswith(prefix) and not key.startswith(ignored) and not key.endswith(NOT_OF_THE_MODEL)
    )
    in_model = sum(weight.numel() for weight in model.parameters())
    if in_file > in_model:
        raise Refused(
            f"{file.name} holds {in_file:,} numbers for the {part}, but its configuration has place for {in_model:,}; "
            "is config that of this model?"
        )
