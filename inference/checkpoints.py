"""From a checkpoint's settings to a family with weights on the device.

Three ways in, one rule: safetensors only, no code from the checkpoint is run, nothing is fetched that is not pinned to
a revision. Whatever is wrong with the files ends in one CheckpointUnusable that says what to do.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from config.settings import CheckpointSettings
from inference.errors import CheckpointUnusable
from inference.families.base import ModelFamily
from inference.families.sd import StableDiffusion
from inference.tiny_checkpoint import assemble_tiny_checkpoint

FAMILIES: Mapping[str, type[StableDiffusion]] = {"StableDiffusionPipeline": StableDiffusion}
PICKLED = (".bin", ".ckpt", ".pt", ".pth")
# What a diffusers folder needs; a repository often holds the same weights in other formats too.
HUB_FILES = ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors"]


def load_family(
    name: str, settings: CheckpointSettings, checkpoints_folder: Path, *, device: torch.device, dtype: torch.dtype
) -> ModelFamily:
    """Load the checkpoint called ``name``. Blocking, seconds to minutes. Raises CheckpointUnusable."""
    _quieten_libraries()
    try:
        source = locate(name, settings, checkpoints_folder)
        if source.is_file():
            pipeline = _load_single_file(source, settings, dtype)
        else:
            _refuse_what_we_cannot_load(name, source)
            pipeline = _load_folder(source, settings, dtype)
        return FAMILIES[type(pipeline).__name__](pipeline.to(device))
    except CheckpointUnusable:
        raise
    except Exception as error:  # whatever a broken file makes the libraries raise
        raise CheckpointUnusable(name, _first_line(error)) from error


def locate(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> Path:
    """The folder or file with the weights; downloads a hub id and assembles the built-in one if need be."""
    if settings.builtin == "tiny":
        folder = checkpoints_folder / "tiny"
        assemble_tiny_checkpoint(folder)
        return folder
    if settings.hub:
        from huggingface_hub import snapshot_download

        folder = checkpoints_folder / settings.hub.replace("/", "--") / settings.revision
        try:
            snapshot_download(settings.hub, revision=settings.revision, local_dir=folder, allow_patterns=HUB_FILES)
        except Exception as error:
            if not (folder / "model_index.json").is_file():
                raise CheckpointUnusable(
                    name, f"{settings.hub} at {settings.revision} could not be downloaded: {_first_line(error)}"
                ) from error
        return folder
    assert settings.path is not None  # the settings allow exactly one source
    if not settings.path.exists():
        raise CheckpointUnusable(name, f"there is nothing at {settings.path}; check checkpoints.{name}.path")
    if settings.path.is_file() and settings.path.suffix != ".safetensors":
        raise CheckpointUnusable(
            name, f"{settings.path.name} is not a .safetensors file; pickled weights can run code and are never loaded"
        )
    return settings.path


def _refuse_what_we_cannot_load(name: str, folder: Path) -> None:
    index = folder / "model_index.json"
    if not index.is_file():
        raise CheckpointUnusable(name, f"{folder} has no model_index.json, so it is no checkpoint in diffusers' form")
    family = json.loads(index.read_text(encoding="utf-8")).get("_class_name")
    if family not in FAMILIES:
        raise CheckpointUnusable(name, f"it is a {family}; Lienzo can draw with: {', '.join(FAMILIES)}")
    for part in ("unet", "vae", "text_encoder"):
        if not any((folder / part).glob("*.safetensors")):
            pickled = [file.name for file in (folder / part).glob("*") if file.suffix in PICKLED]
            why = f"only pickled ones ({pickled[0]}), which can run code" if pickled else "none"
            raise CheckpointUnusable(name, f"{folder / part} holds no .safetensors weights but {why}")


def _load_folder(folder: Path, settings: CheckpointSettings, dtype: torch.dtype) -> Any:
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_pretrained(
        folder,
        torch_dtype=dtype,
        variant=settings.variant or None,
        use_safetensors=True,
        local_files_only=True,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _load_single_file(file: Path, settings: CheckpointSettings, dtype: torch.dtype) -> Any:
    """A .safetensors file in the original layout. ``config`` names the folder with its configuration and tokenizer;
    without it diffusers fetches those of the model it recognises from the hub, once.
    """
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_single_file(
        str(file),
        config=str(settings.config) if settings.config else None,
        local_files_only=settings.config is not None,
        torch_dtype=dtype,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _quieten_libraries() -> None:
    """Their warnings repeat whole prompts, which are private, and advise on things that are decided here."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(diffusers|transformers|huggingface_hub)\.")


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
