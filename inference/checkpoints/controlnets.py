"""ControlNets by name: where each is, that it fits its checkpoint, and its weights; safetensors only."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from config.additions import ControlNetSettings, fitting
from inference.catalogue import hub_folder
from inference.checkpoints.files import read_object, read_shapes, weight_files
from inference.checkpoints.folder import load_part
from inference.checkpoints.refusal import Refused
from inference.checkpoints.sources import fetch
from inference.families.controlnets import ControlNetFile

log = logging.getLogger(__name__)

CONFIGURATION = "config.json"
WEIGHTS = "diffusion_pytorch_model*.safetensors"
# What a ControlNet must have in common with the U-Net into which its numbers are added.
ALIKE = ("cross_attention_dim", "block_out_channels", "layers_per_block", "addition_embed_type")


def find_controlnets(
    checkpoint: str, controlnets: Mapping[str, ControlNetSettings], checkpoints_folder: Path, unet: Any
) -> dict[str, ControlNetFile]:
    """Those for this checkpoint, downloaded if need be. What is wrong with one is kept until somebody asks for it."""
    found: dict[str, ControlNetFile] = {}
    for name in fitting(controlnets, checkpoint):
        settings = controlnets[name]
        try:
            folder = _locate(name, settings, checkpoints_folder)
            _check_that_it_fits(read_object(folder / CONFIGURATION), unet.config)
            size_bytes = sum(file.stat().st_size for file in _weights(folder, settings.variant))
            found[name] = ControlNetFile(folder, settings.variant, settings.map, size_bytes)
        except Refused as refused:
            log.warning("ControlNet %s: %s", name, refused)
            found[name] = ControlNetFile(None, reason=str(refused))
    return found


def load_controlnet(file: ControlNetFile, device: torch.device, dtype: torch.dtype) -> Any:
    """Raises Refused."""
    assert file.folder is not None  # one that is not there is refused before
    model = load_part("diffusers", "ControlNetModel", file.folder, "", file.variant, dtype)
    return model.to(device).eval()


def _locate(name: str, settings: ControlNetSettings, checkpoints_folder: Path) -> Path:
    folder = settings.path
    if settings.hub:
        folder = hub_folder(checkpoints_folder, settings.hub, settings.revision)
        is_whole = folder / ".downloaded"
        if not is_whole.exists():
            log.info("downloading %s at %s", settings.hub, settings.revision)
            fetch(settings.hub, settings.revision, folder, [CONFIGURATION, WEIGHTS])
            is_whole.touch()
    assert folder is not None  # the settings allow exactly one source
    if not folder.is_dir():
        raise Refused(f"there is no folder {folder}; check controlnets.{name}")
    for file in _weights(folder, settings.variant):
        read_shapes(file)
    return folder


def _weights(folder: Path, variant: str) -> list[Path]:
    return weight_files(folder, "", "diffusers", variant)


def _check_that_it_fits(own: Mapping[str, Any], unet: Any) -> None:
    """Raises Refused."""
    if own.get("_class_name") != "ControlNetModel":
        raise Refused(f"it is a {own.get('_class_name')}, not a ControlNetModel")
    for name in ALIKE:
        given, wanted = own.get(name), getattr(unet, name)
        # In a JSON file a tuple is a list.
        if given is not None and given != (list(wanted) if isinstance(wanted, tuple) else wanted):
            raise Refused(f"it is made for another kind of checkpoint ({name} {given}, here {wanted})")
