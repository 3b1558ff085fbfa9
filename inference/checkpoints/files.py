"""What a checkpoint's files say before anything is loaded from them: JSON objects and headers of safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inference.checkpoints.refusal import Refused
from inference.errors import first_line

INDEX = "model_index.json"
PICKLED = (".bin", ".ckpt", ".pt", ".pth")
# What a library calls the weights that it saves.
STEMS = {"diffusers": "diffusion_pytorch_model", "transformers": "model"}


def read_object(file: Path) -> dict[str, Any]:
    """Raises Refused."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(f"there is no {file}; was it copied or downloaded whole?") from None
    except (OSError, ValueError) as error:
        raise Refused(f"{file} cannot be read ({first_line(error)}); copy or download it again") from error
    if not isinstance(content, dict):
        raise Refused(f"{file} should hold a JSON object, not a {type(content).__name__}")
    return content


def read_index(folder: Path) -> dict[str, Any]:
    """What a folder in diffusers' form holds. Raises Refused."""
    if not (folder / INDEX).is_file():
        raise Refused(f"{folder} has no {INDEX}, so it is no checkpoint in diffusers' form")
    return read_object(folder / INDEX)


def weight_files(folder: Path, part: str, library: str, variant: str) -> list[Path]:
    """The files with one part's weights: one, or its shards. Raises Refused."""
    stem = STEMS[library] + (f".{variant}" if variant else "")
    there = sorted(file.name for file in (folder / part).glob("*"))
    names = [name for name in there if name == f"{stem}.safetensors"]
    names = names or [name for name in there if name.startswith(f"{stem}-") and name.endswith(".safetensors")]
    if names:
        return [folder / part / name for name in names]
    wanted = f"{folder / part} holds no {stem}.safetensors"
    if others := [name for name in there if name.endswith(".safetensors")]:
        raise Refused(f"{wanted}, but {', '.join(others)}; see variant")
    if pickled := [name for name in there if name.endswith(PICKLED)]:
        raise Refused(f"{wanted}, only pickled weights ({pickled[0]}), which can run code and are never loaded")
    raise Refused(f"{wanted}; was it copied or downloaded whole?")


def read_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor in the file, from its header, which also tells whether it is whole. Raises Refused."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as weights:
            return {key: tuple(weights.get_slice(key).get_shape()) for key in weights.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        with file.open("rb") as raw:
            is_pointer = raw.read(24) == b"version https://git-lfs."
        mend = "it is a pointer of Git LFS: run git lfs pull" if is_pointer else "copy or download it again"
        raise Refused(f"{file} is damaged or no safetensors file ({first_line(error)}); {mend}") from error


def refuse_unless_safetensors(path: Path, setting: str) -> None:
    """Of a single file, before it is opened. Raises Refused."""
    if not path.exists():
        raise Refused(f"there is nothing at {path}; check {setting}")
    if path.is_file() and path.suffix != ".safetensors":
        raise Refused(f"{path.name} is not a .safetensors file; pickled weights can run code and are never loaded")
