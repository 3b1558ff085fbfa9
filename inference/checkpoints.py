"""From a checkpoint's settings to a family with weights on the device.

Three ways in (a folder in diffusers' form, one file in the original layout, a hub id), one rule: safetensors only, no
code from the checkpoint is run, no weights are fetched that are not pinned to a revision. The libraries forgive much: a
weight that is missing is drawn by lot, one too many is dropped, a tokenizer that is not there is replaced by an empty
one. All of that would draw something, only not what the checkpoint draws, so all of it is refused here. Whatever is
wrong with the files ends in one CheckpointUnusable that says what to do.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from config.settings import CheckpointSettings
from inference.builtin import WEIGHTS
from inference.errors import CheckpointUnusable
from inference.families.base import ModelFamily
from inference.families.sd import StableDiffusion
from inference.tiny_checkpoint import assemble_tiny_checkpoint

FAMILIES: Mapping[str, type[StableDiffusion]] = {"StableDiffusionPipeline": StableDiffusion}
PICKLED = (".bin", ".ckpt", ".pt", ".pth")
INDEX = "model_index.json"

# The parts with weights: who makes them, and the name that their weights have in a folder.
PARTS: Mapping[str, tuple[str, str, str]] = {
    "unet": ("diffusers", "UNet2DConditionModel", "diffusion_pytorch_model"),
    "vae": ("diffusers", "AutoencoderKL", "diffusion_pytorch_model"),
    "text_encoder": ("transformers", "CLIPTextModel", "model"),
}
TOKENIZERS = (["transformers", "CLIPTokenizer"], ["transformers", "CLIPTokenizerFast"])
# Parts that a checkpoint may have and that are never loaded: the gate is Lienzo's own.
WITHOUT = {"safety_checker": None, "feature_extractor": None, "image_encoder": None}

# Where the parts' weights are in the original layout. Stable Diffusion 2.x has OpenCLIP's text encoder.
ORIGINAL_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "unet": ("model.diffusion_model.",),
    "vae": ("first_stage_model.",),
    "text_encoder": ("cond_stage_model.transformer.", "cond_stage_model.model."),
}
# What the original layout holds beside the weights that draw.
NOT_OF_THE_MODEL = ("position_ids", "logit_scale", "text_projection", "text_projection.weight")


class _Refused(Exception):
    """The message says why and what to do."""


def load_family(
    name: str, settings: CheckpointSettings, checkpoints_folder: Path, *, device: torch.device, dtype: torch.dtype
) -> ModelFamily:
    """Load the checkpoint called ``name``. Blocking, seconds to minutes. Raises CheckpointUnusable."""
    quieten_libraries()
    try:
        source = _locate(name, settings, checkpoints_folder)
        load = _load_single_file if source.is_file() else _load_folder
        pipeline = load(source, settings, dtype)
        _check_that_parts_fit(pipeline)
        return FAMILIES[type(pipeline).__name__](pipeline.to(device))
    except _Refused as refused:
        raise CheckpointUnusable(name, str(refused)) from refused.__cause__
    except Exception as error:  # whatever a broken file makes the libraries raise
        raise CheckpointUnusable(name, _first_line(error)) from error


def _locate(name: str, settings: CheckpointSettings, checkpoints_folder: Path) -> Path:
    """The folder or file with the weights; downloads a hub id and assembles the tiny one if need be."""
    if settings.builtin == "builtin":
        return WEIGHTS
    if settings.builtin == "tiny":
        folder = checkpoints_folder / "tiny"
        assemble_tiny_checkpoint(folder)
        return folder
    if settings.hub:
        return _download(settings, checkpoints_folder)
    assert settings.path is not None  # the settings allow exactly one source
    if not settings.path.exists():
        raise _Refused(f"there is nothing at {settings.path}; check checkpoints.{name}.path")
    if settings.path.is_file() and settings.path.suffix != ".safetensors":
        raise _Refused(
            f"{settings.path.name} is not a .safetensors file; pickled weights can run code and are never loaded"
        )
    return settings.path


def _download(settings: CheckpointSettings, checkpoints_folder: Path) -> Path:
    """The folder of a hub id. A revision does not change, so what was fetched whole is never asked for again."""
    folder = checkpoints_folder / settings.hub.replace("/", "--") / settings.revision
    is_whole = folder / f".downloaded{settings.variant and '-'}{settings.variant}"
    if is_whole.exists():
        return folder
    from huggingface_hub import snapshot_download

    logging.getLogger(__name__).info("downloading %s at %s into %s", settings.hub, settings.revision, folder)
    try:
        snapshot_download(
            settings.hub,
            revision=settings.revision,
            local_dir=folder,
            allow_patterns=hub_files(settings.variant),
        )
    except Exception as error:
        raise _Refused(
            f"{settings.hub} at {settings.revision} could not be downloaded ({_first_line(error)}); what has arrived "
            "is kept, and the next start goes on from there"
        ) from error
    is_whole.touch()
    return folder


def hub_files(variant: str) -> list[str]:
    """What of a repository is needed; most hold the same weights in other forms too."""
    parts = [*PARTS, "tokenizer", "scheduler"]
    ending = f".{variant}" if variant else ""
    return [
        INDEX,
        *(f"{part}/*.json" for part in parts),
        "tokenizer/*.txt",
        *(
            f"{part}/{stem}{ending}{shard}.safetensors"
            for part, (_, _, stem) in PARTS.items()
            for shard in ("", "-*-of-*")
        ),
    ]


def _load_folder(folder: Path, settings: CheckpointSettings, dtype: torch.dtype) -> Any:
    from diffusers import StableDiffusionPipeline

    _check_configuration(folder)
    for part in PARTS:
        for file in _weights_of(folder, part, settings.variant):
            _weights_in(file)
    models = {}
    for part, (library, kind, _) in PARTS.items():
        models[part], report = getattr(import_module(library), kind).from_pretrained(
            folder,
            subfolder=part,
            torch_dtype=dtype,
            variant=settings.variant or None,
            use_safetensors=True,
            local_files_only=True,
            # Not ignored: with it they are reported, by name and like the rest, instead of raised half-told.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        _refuse_unfit(part, "missing", report["missing_keys"])
        _refuse_unfit(part, "of another shape", [key for key, *_ in report["mismatched_keys"]])
        surplus = [key for key in report["unexpected_keys"] if not key.endswith(NOT_OF_THE_MODEL)]
        _refuse_unfit(part, "surplus", surplus)
    return StableDiffusionPipeline.from_pretrained(
        folder, **models, **WITHOUT, requires_safety_checker=False, torch_dtype=dtype, local_files_only=True
    )


def _load_single_file(file: Path, settings: CheckpointSettings, dtype: torch.dtype) -> Any:
    """A .safetensors file in the original layout. ``config`` names the folder with its configuration and tokenizer;
    without it diffusers fetches those of the model it recognises (text only: no weights, no code) from the hub, once.
    """
    from diffusers import StableDiffusionPipeline
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    sizes = _weights_in(file)
    for part, prefixes in ORIGINAL_PREFIXES.items():
        if not any(key.startswith(prefixes) for key in sizes):
            raise _Refused(
                f"{file.name} holds no {part} ({' or '.join(prefixes)}*) as a whole Stable Diffusion 1.x or 2.x has "
                "it; is it a LoRA, a part of a model, or one of another family?"
            )
    if settings.config:
        _check_configuration(settings.config)
    try:
        pipeline = StableDiffusionPipeline.from_single_file(
            str(file),
            config=str(settings.config) if settings.config else None,
            # Also without config: what was fetched before is used, and only what was not is asked for.
            local_files_only=True,
            torch_dtype=dtype,
            **WITHOUT,
            requires_safety_checker=False,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise _Refused(
            f"the configuration that belongs to {file.name} could not be fetched; name a folder that holds it "
            "(model_index.json, tokenizer and so on) with config, beside path"
        ) from error
    except Exception as error:
        if "expected shape" in str(error):
            what = str(error).partition(". If you want")[0].removeprefix("Cannot load  because ")
        elif "meta tensor" in str(error) or "appear to be missing" in str(error):
            what = "weights are missing"
        else:
            raise
        raise _Refused(f"{file.name} does not fit its configuration: {what}; is config that of this model?") from error
    for part in PARTS:
        model = getattr(pipeline, part)
        _refuse_unfit(part, "missing", [key for key, weight in model.state_dict().items() if weight.is_meta])
        _refuse_surplus(file, part, sizes, model)
    return pipeline


def _refuse_surplus(file: Path, part: str, sizes: Mapping[str, int], model: Any) -> None:
    """The names change on the way, so numbers are counted. OpenCLIP's last layer is left out on purpose: not here."""
    prefix = ORIGINAL_PREFIXES[part][0]
    ignored = (f"{prefix}loss.",)
    in_file = sum(
        size
        for key, size in sizes.items()
        if key.startswith(prefix) and not key.startswith(ignored) and not key.endswith(NOT_OF_THE_MODEL)
    )
    in_model = sum(weight.numel() for weight in model.parameters())
    if in_file > in_model:
        raise _Refused(
            f"{file.name} holds {in_file:,} numbers for the {part}, but its configuration has place for {in_model:,}; "
            "is config that of this model?"
        )


def _check_configuration(folder: Path) -> None:
    """That the folder describes parts that we know, by their names: no other class is ever imported."""
    import diffusers

    if not (folder / INDEX).is_file():
        raise _Refused(f"{folder} has no {INDEX}, so it is no checkpoint in diffusers' form")
    index = _object_in(folder / INDEX)
    family = index.get("_class_name")
    if not isinstance(family, str) or family not in FAMILIES:
        raise _Refused(f"it is a {family}; Lienzo can draw with: {', '.join(FAMILIES)}")
    for part, (library, kind, _) in PARTS.items():
        if index.get(part) != [library, kind]:
            raise _Refused(f"its {part} is {_named(index.get(part))}; Lienzo knows {_named([library, kind])}")
        _object_in(folder / part / "config.json")
    if index.get("tokenizer") not in TOKENIZERS:
        raise _Refused(f"its tokenizer is {_named(index.get('tokenizer'))}; Lienzo knows {_named(TOKENIZERS[0])}")
    files = {file.name for file in (folder / "tokenizer").glob("*")}
    if "tokenizer.json" not in files and not {"vocab.json", "merges.txt"} <= files:
        raise _Refused(f"{folder / 'tokenizer'} holds neither tokenizer.json nor vocab.json and merges.txt")
    for file in (folder / "tokenizer").glob("*.json"):
        _object_in(file)
    match index.get("scheduler"):
        case ["diffusers", str(kind)] if _is_scheduler(getattr(diffusers, kind, None)):
            _object_in(folder / "scheduler" / "scheduler_config.json")
        case other:
            raise _Refused(f"its scheduler is {_named(other)}, which diffusers {diffusers.__version__} does not have")


def _is_scheduler(candidate: object) -> bool:
    from diffusers import SchedulerMixin

    return isinstance(candidate, type) and issubclass(candidate, SchedulerMixin)


def _named(entry: object) -> str:
    """``["diffusers", "X"]`` -> ``diffusers.X``; what is not of that form as it stands."""
    return ".".join(map(str, entry)) if isinstance(entry, list) else str(entry)


def _object_in(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _Refused(f"there is no {file}; was it copied or downloaded whole?") from None
    except (OSError, ValueError) as error:
        raise _Refused(f"{file} cannot be read ({_first_line(error)}); copy or download it again") from error
    if not isinstance(content, dict):
        raise _Refused(f"{file} should hold a JSON object, not a {type(content).__name__}")
    return content


def _weights_of(folder: Path, part: str, variant: str) -> list[Path]:
    """The files with one part's weights: one, or its shards."""
    stem = PARTS[part][2] + (f".{variant}" if variant else "")
    there = sorted(file.name for file in (folder / part).glob("*"))
    names = [name for name in there if name == f"{stem}.safetensors"]
    names = names or [name for name in there if name.startswith(f"{stem}-") and name.endswith(".safetensors")]
    if names:
        return [folder / part / name for name in names]
    wanted = f"{folder / part} holds no {stem}.safetensors"
    if others := [name for name in there if name.endswith(".safetensors")]:
        raise _Refused(f"{wanted}, but {', '.join(others)}; see variant")
    if pickled := [name for name in there if name.endswith(PICKLED)]:
        raise _Refused(f"{wanted}, only pickled weights ({pickled[0]}), which can run code and are never loaded")
    raise _Refused(f"{wanted}; was it copied or downloaded whole?")


def _weights_in(file: Path) -> dict[str, int]:
    """How many numbers each tensor of the file has, from its header, which also tells whether the file is whole."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as weights:
            return {key: math.prod(weights.get_slice(key).get_shape()) for key in weights.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        with file.open("rb") as raw:
            is_pointer = raw.read(24) == b"version https://git-lfs."
        mend = "it is a pointer of Git LFS: run git lfs pull" if is_pointer else "copy or download it again"
        raise _Refused(f"{file} is damaged or no safetensors file ({_first_line(error)}); {mend}") from error


def _refuse_unfit(part: str, wrong: str, weights: Iterable[str]) -> None:
    names = sorted(weights)
    if names:
        more = f" and {len(names) - 1} more" if names[1:] else ""
        raise _Refused(f"the {part}'s weights do not fit its configuration ({wrong}: {names[0]}{more})")


def _check_that_parts_fit(pipeline: Any) -> None:
    """Parts of different models, each whole in itself: every job would fail, or draw nothing that was asked for."""
    unet, vae, tokenizer, text = pipeline.unet.config, pipeline.vae.config, pipeline.tokenizer, pipeline.text_encoder
    if unet.in_channels != vae.latent_channels:
        raise _Refused(
            f"its U-Net takes {unet.in_channels} channels and its VAE has {vae.latent_channels}: it is made for "
            "something else, like inpainting or enlarging"
        )
    if unet.cross_attention_dim != text.config.hidden_size:
        raise _Refused(
            f"its U-Net reads texts {unet.cross_attention_dim} wide, its text encoder writes {text.config.hidden_size}"
        )
    if max(tokenizer.get_vocab().values()) >= text.config.vocab_size:
        raise _Refused(f"its tokenizer has more words than its text encoder knows ({text.config.vocab_size})")
    if tokenizer.model_max_length > text.config.max_position_embeddings:
        raise _Refused(
            f"its tokenizer does not keep to the {text.config.max_position_embeddings} tokens of its text encoder; "
            "model_max_length is missing in tokenizer/tokenizer_config.json, or wrong"
        )


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


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
