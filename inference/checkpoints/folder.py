"""A folder in diffusers' form. Each part is loaded by itself, so that the libraries' reports on it can be read."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from inference.checkpoints.files import read_index, read_object, read_shapes, weight_files
from inference.checkpoints.kinds import PARTS, TOKENIZERS, Kind, is_scheduler, kind_of, named
from inference.checkpoints.refusal import Refused, refuse_unfit

# What files hold beside the weights that draw.
NOT_OF_THE_MODEL = ("position_ids", "logit_scale", "text_projection", "text_projection.weight")


def load_folder(folder: Path, variant: str, dtype: torch.dtype) -> tuple[Kind, Any]:
    """The pipeline, on the CPU. Raises Refused, and whatever broken files make the libraries raise."""
    import diffusers

    kind = check_configuration(folder)
    for part, (library, _) in kind.parts.items():
        for file in weight_files(folder, part, library, variant):
            read_shapes(file)
    models = {
        part: load_part(library, name, folder, part, variant, dtype) for part, (library, name) in kind.parts.items()
    }
    if "depth_estimator" in kind.parts:
        from transformers import DPTImageProcessor

        models["feature_extractor"] = DPTImageProcessor.from_pretrained(
            folder, subfolder="feature_extractor", local_files_only=True
        )
    pipeline = getattr(diffusers, kind.pipeline).from_pretrained(
        folder, **models, **kind.arguments, torch_dtype=dtype, local_files_only=True
    )
    return kind, pipeline


def load_part(library: str, name: str, folder: Path, part: str, variant: str, dtype: torch.dtype) -> Any:
    """One model with exactly its weights: none missing, of another shape or too many. Raises Refused. ``part``: the
    folder's own if it is empty."""
    model, report = getattr(import_module(library), name).from_pretrained(
        folder,
        subfolder=part or None,
        torch_dtype=dtype,
        variant=variant or None,
        use_safetensors=True,
        local_files_only=True,
        # Not ignored: with it they are reported, by name and like the rest, instead of raised half-told.
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    what = part or name
    refuse_unfit(what, "missing", report["missing_keys"])
    refuse_unfit(what, "of another shape", [key for key, *_ in report["mismatched_keys"]])
    surplus = [key for key in report["unexpected_keys"] if not key.endswith(NOT_OF_THE_MODEL)]
    refuse_unfit(what, "surplus", surplus)
    return model


def check_configuration(folder: Path) -> Kind:
    """That the folder describes parts that are known by name: no other class is ever imported. Raises Refused."""
    import diffusers

    index = read_index(folder)
    kind = kind_of(index)
    for part, (library, name) in kind.parts.items():
        if kind.is_listed and index.get(part) != [library, name]:
            raise Refused(f"its {part} is {named(index.get(part))}; Lienzo knows {named(list(PARTS[part]))}")
        read_object(folder / part / "config.json")
    for tokenizer in kind.tokenizers:
        if index.get(tokenizer) not in TOKENIZERS:
            raise Refused(f"its {tokenizer} is {named(index.get(tokenizer))}; Lienzo knows {named(TOKENIZERS[0])}")
        files = {file.name for file in (folder / tokenizer).glob("*")}
        if "tokenizer.json" not in files and not {"vocab.json", "merges.txt"} <= files:
            raise Refused(f"{folder / tokenizer} holds neither tokenizer.json nor vocab.json and merges.txt")
        for file in (folder / tokenizer).glob("*.json"):
            read_object(file)
    if not is_scheduler(index.get("scheduler")):
        raise Refused(
            f"its scheduler is {named(index.get('scheduler'))}, which diffusers {diffusers.__version__} does not have"
        )
    read_object(folder / "scheduler" / "scheduler_config.json")
    return kind
