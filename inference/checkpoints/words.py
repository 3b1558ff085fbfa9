"""What is added to a checkpoint by name: LoRA adapters and textual inversions. safetensors only, like everything else.

Textual inversion: Gal et al., "An Image is Worth One Word" (arXiv:2208.01618): vectors for one new word of the prompt.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.additions import EmbeddingSettings, LoraSettings, fitting
from inference.catalogue import hub_folder
from inference.checkpoints.files import read_shapes, refuse_unless_safetensors
from inference.checkpoints.refusal import Refused
from inference.checkpoints.sources import fetch
from inference.errors import first_line
from inference.families.adapters import LoraFile

log = logging.getLogger(__name__)

# What the two text encoders of XL are called in a file for both.
XL_KEYS = {"clip_l": ("tokenizer", "text_encoder"), "clip_g": ("tokenizer_2", "text_encoder_2")}


def find_loras(checkpoint: str, loras: Mapping[str, LoraSettings], checkpoints_folder: Path) -> dict[str, LoraFile]:
    """Those for this checkpoint, downloaded if need be. What is wrong with one is kept until somebody asks for it."""
    found: dict[str, LoraFile] = {}
    for name in fitting(loras, checkpoint):
        settings = loras[name]
        try:
            found[name] = LoraFile(_locate_lora(name, settings, checkpoints_folder))
        except Refused as refused:
            log.warning("LoRA %s: %s", name, refused)
            found[name] = LoraFile(None, str(refused))
    return found


def _locate_lora(name: str, settings: LoraSettings, checkpoints_folder: Path) -> Path:
    path = settings.path
    if settings.hub:
        folder = hub_folder(checkpoints_folder, settings.hub, settings.revision)
        path = folder / settings.file
        if not path.is_file():
            log.info("downloading %s of %s at %s", settings.file, settings.hub, settings.revision)
            fetch(settings.hub, settings.revision, folder, [settings.file])
    assert path is not None  # the settings allow exactly one source
    refuse_unless_safetensors(path, f"loras.{name}")
    if not path.is_file():
        raise Refused(f"{path} is a folder; name the .safetensors file in it")
    read_shapes(path)
    return path


def load_embeddings(checkpoint: str, pipeline: Any, embeddings: Mapping[str, EmbeddingSettings]) -> None:
    """Teach the text encoders each word whose vectors are as wide as theirs; the others are for other checkpoints."""
    for name, settings in embeddings.items():
        try:
            refuse_unless_safetensors(settings.path, f"embeddings.{name}.path")
            _load_embedding(name, settings.path, pipeline)
        except Exception as error:
            log.warning("the embedding %s is not used with %s: %s", name, checkpoint, first_line(error))


def _load_embedding(name: str, path: Path, pipeline: Any) -> None:
    from safetensors.torch import load_file

    shapes = read_shapes(path)
    if XL_KEYS.keys() & shapes.keys():
        if not shapes.keys() <= XL_KEYS.keys() or not hasattr(pipeline, "text_encoder_2"):
            raise Refused("it is made for Stable Diffusion XL")
        vectors = load_file(path)
        targets = {key: tuple(getattr(pipeline, part) for part in XL_KEYS[key]) for key in vectors}
    else:
        if len(shapes) != 1 or hasattr(pipeline, "text_encoder_2"):
            raise Refused("it is made for Stable Diffusion 1.x or 2.x")
        [key] = shapes
        vectors = load_file(path)
        targets = {key: (pipeline.tokenizer, pipeline.text_encoder)}
    for key, (_, encoder) in targets.items():
        if vectors[key].shape[-1] != encoder.config.hidden_size:
            raise Refused(f"its vectors are {vectors[key].shape[-1]} wide, those here {encoder.config.hidden_size}")
    for key, (tokenizer, encoder) in targets.items():
        pipeline.load_textual_inversion({name: vectors[key]}, token=name, tokenizer=tokenizer, text_encoder=encoder)
