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
from functools import partial
from pathlib import Path
from typing import Any

import torch

from config.additions import Additions
from config.settings import CheckpointSettings
from inference.checkpoints.controlnets import find_controlnets, load_controlnet
from inference.checkpoints.files import read_index, read_shapes
from inference.checkpoints.fitting import check_that_parts_fit
from inference.checkpoints.folder import load_folder
from inference.checkpoints.ip_adapters import find_ip_adapters, load_encoder
from inference.checkpoints.kinds import kind_of
from inference.checkpoints.refusal import Refused
from inference.checkpoints.single_file import load_single_file, load_taesd, load_vae, recognise
from inference.checkpoints.sources import locate
from inference.checkpoints.words import find_loras, load_embeddings
from inference.errors import CheckpointUnusable, first_line
from inference.families.adapters import Adapters
from inference.families.base import ModelFamily
from inference.families.controlnets import ControlNets
from inference.families.enlarger import find_enlarger
from inference.families.image_prompts import IPAdapters
from inference.families.sd import StableDiffusion
from inference.families.sdxl import StableDiffusionXL
from inference.loading import ONE_AT_A_TIME
from inference.placement import Placement, settle

__all__ = ["kind_of_checkpoint", "load_family", "quieten_libraries"]


def load_family(
    name: str,
    settings: CheckpointSettings,
    checkpoints_folder: Path,
    *,
    device: torch.device,
    dtype: torch.dtype,
    additions: Additions | None = None,
    placement: str = "auto",
) -> ModelFamily:
    """Load the checkpoint called ``name``. Blocking, seconds to minutes. Raises CheckpointUnusable.

    additions: all that are configured; those for this checkpoint are taken. One that cannot be used does not
    keep the checkpoint from being used. placement: how it lies on the card, one of placement.Mode, or auto.
    """
    quieten_libraries()
    additions = additions or Additions()
    try:
        source = locate(name, settings, checkpoints_folder)
        with ONE_AT_A_TIME:  # and not while something is downloaded: whoever draws may wait for it
            if source.is_file():
                kind, pipeline = load_single_file(source, settings.config, dtype)
            else:
                kind, pipeline = load_folder(source, settings.variant, dtype)
        # Trained on other noise than that of Stable Diffusion (EDM, flows), it needs the one sampler it comes with.
        is_of_its_own = "beta_start" not in pipeline.scheduler.config
        if not kind.is_listed or is_of_its_own:
            from inference.families.pipeline import PipelineFamily

            return PipelineFamily(pipeline, _settle(pipeline, settings, device, dtype, placement))
        if settings.vae is not None:
            with ONE_AT_A_TIME:
                pipeline.vae = load_vae(settings.vae, pipeline.vae, dtype)
        check_that_parts_fit(kind, pipeline)
        if kind.is_xl and dtype == torch.float16 and pipeline.vae.config.force_upcast:
            # It overflows in float16. diffusers converts it there and back for every picture; here it stays.
            pipeline.vae.to(dtype=torch.float32)
        with ONE_AT_A_TIME:
            taesd = load_taesd(settings.taesd, pipeline.vae, device, dtype) if settings.taesd else None
            enlarger = find_enlarger(source, device)
            load_embeddings(name, pipeline, additions.embeddings)
        adapters = Adapters(pipeline, find_loras(name, additions.loras, checkpoints_folder))
        family = StableDiffusionXL if kind.is_xl else StableDiffusion
        controls = ControlNets(
            find_controlnets(name, additions.controlnets, checkpoints_folder, pipeline.unet),
            partial(load_controlnet, device=device, dtype=dtype),
            device,
            dtype,
        )
        placed = _settle(pipeline, settings, device, dtype, placement)
        files = find_ip_adapters(name, additions.ip_adapters, pipeline.unet)
        return family(
            pipeline,
            adapters,
            device=device,
            placement=placed,
            enlarger=enlarger,
            taesd=taesd,
            controlnets=controls,
            ip_adapters=IPAdapters(
                pipeline.unet, files, partial(load_encoder, device=device, dtype=dtype), device, dtype
            ),
        )
    except Refused as refused:
        raise CheckpointUnusable(name, str(refused)) from refused.__cause__
    except Exception as error:  # whatever a broken file makes the libraries raise
        raise CheckpointUnusable(name, first_line(error)) from error


def kind_of_checkpoint(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> str:
    """The diffusers pipeline that its files are made for, read from their headers. Raises CheckpointUnusable."""
    try:
        source = locate(name, settings, checkpoints_folder)
        kind = recognise(source, read_shapes(source)) if source.is_file() else kind_of(read_index(source))
    except Refused as refused:
        raise CheckpointUnusable(name, str(refused)) from refused.__cause__
    return kind.pipeline


def _settle(
    pipeline: Any, settings: CheckpointSettings, device: torch.device, dtype: torch.dtype, wish: str
) -> Placement:
    width, height = settings.native_size
    return settle(pipeline, device, pixels=width * height, bytes_each=dtype.itemsize, wish=wish)


def quieten_libraries() -> None:
    """Their warnings repeat whole prompts, which are private, and advise on things that are decided here."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=UserWarning, module=r"peft\.")
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(diffusers|transformers|huggingface_hub)\.")
