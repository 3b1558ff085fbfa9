"""From a checkpoint's settings to a family with weights on the device.

Three ways in (a folder in diffusers' form, one file in the original layout, a hub id), one rule: safetensors only, no
code from the checkpoint is run, no weights are fetched that are not pinned to a revision. The libraries forgive much: a
weight that is missing is drawn by lot, one too many is dropped, a tokenizer that is not there is replaced by an empty
one. All of that would draw something, only not what the checkpoint draws, so all of it is refused here. Whatever is
wrong with the files ends in one CheckpointUnusable that says what to do.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch

from config.settings import CheckpointSettings, EmbeddingSettings, LoraSettings
from inference.checkpoints.fitting import check_that_parts_fit
from inference.checkpoints.folder import load_folder
from inference.checkpoints.refusal import Refused, first_line
from inference.checkpoints.single_file import load_single_file, load_vae
from inference.checkpoints.sources import locate
from inference.checkpoints.words import find_loras, load_embeddings
from inference.errors import CheckpointUnusable
from inference.families.adapters import Adapters
from inference.families.base import ModelFamily
from inference.families.sd import StableDiffusion
from inference.families.sdxl import StableDiffusionXL

__all__ = ["load_family", "quieten_libraries"]


def load_family(
    name: str,
    settings: CheckpointSettings,
    checkpoints_folder: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    loras: Mapping[str, LoraSettings] | None = None,
    embeddings: Mapping[str, EmbeddingSettings] | None = None,
) -> ModelFamily:
    """Load the checkpoint called ``name``. Blocking, seconds to minutes. Raises CheckpointUnusable.

    loras, embeddings: all that are configured; those for this checkpoint are taken. One that cannot be used does not
    keep the checkpoint from being used.
    """
    quieten_libraries()
    try:
        source = locate(name, settings, checkpoints_folder)
        if source.is_file():
            kind, pipeline = load_single_file(source, settings.config, dtype)
        else:
            kind, pipeline = load_folder(source, settings.variant, dtype)
        if not kind.is_listed:
            from inference.families.pipeline import PipelineFamily

            return PipelineFamily(pipeline.to(device))
        if settings.vae is not None:
            pipeline.vae = load_vae(settings.vae, pipeline.vae, dtype)
        check_that_parts_fit(kind, pipeline)
        load_embeddings(name, pipeline, embeddings or {})
        adapters = Adapters(pipeline, find_loras(name, loras or {}, checkpoints_folder))
        family = StableDiffusionXL if kind.is_xl else StableDiffusion
        return family(pipeline.to(device), adapters)
    except Refused as refused:
        raise CheckpointUnusable(name, str(refused)) from refused.__cause__
    except Exception as error:  # whatever a broken file makes the libraries raise
        raise CheckpointUnusable(name, first_line(error)) from error


def quieten_libraries() -> None:
    """Their warnings repeat whole prompts, which are private, and advise on things that are decided here."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(diffusers|transformers|huggingface_hub)\.")
