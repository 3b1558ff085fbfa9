"""transformers checkpoints: from where they are loaded, and that what was loaded is whole and the pinned one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from inference.errors import CheckpointUnusable, first_line
from inference.loading import ONE_AT_A_TIME


def where(source: str, revision: str, setting: str) -> dict[str, Any]:
    """Arguments for ``from_pretrained``: a folder that is here, or a hub id at its commit. Raises CheckpointUnusable.
    ``setting``: that names the commit."""
    if not Path(source).exists() and not revision:
        raise CheckpointUnusable(
            source, f"there is no such folder; a hub id needs {setting}, the commit it is pinned to"
        )
    found: dict[str, Any] = {"trust_remote_code": False, "use_safetensors": True}
    return found | ({"revision": revision} if revision else {"local_files_only": True})


def load_pretrained(
    source: str, place: Mapping[str, Any], kind: Any, *companions: Any
) -> tuple[Any, Mapping[str, Any], list[Any]]:
    """A model of the class ``kind``, ready to answer; transformers' loading info; and what goes with the model, of the
    classes ``companions``: its tokenizer, its image processor. ``place``: see where. Raises CheckpointUnusable."""
    from inference.checkpoints import quieten_libraries

    quieten_libraries()
    try:
        with ONE_AT_A_TIME:
            beside = [companion.from_pretrained(source, **processor_place(place)) for companion in companions]
            model, report = kind.from_pretrained(
                source,
                # Not what the file has: pictures come in as float32, and half precision would not meet them.
                dtype=torch.float32,
                # Not ignored: with it they are reported, by name and like the rest, instead of raised half-told.
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                **place,
            )
    except Exception as error:  # whatever a broken or missing checkpoint makes the library raise
        raise CheckpointUnusable(source, f"it cannot be loaded ({first_line(error)})") from error
    return model.eval(), report, beside


def processor_place(place: Mapping[str, Any]) -> dict[str, Any]:
    """The same place for what has no weights: a tokenizer, an image processor."""
    return {name: value for name, value in place.items() if name != "use_safetensors"}


def check_weights(source: str, model: Any, pinned: str) -> None:
    """``pinned``: SHA-256 of the loaded numbers, as ``weights_hash`` gives it; empty: not pinned."""
    if pinned and (found := weights_hash(model)) != pinned:
        raise CheckpointUnusable(source, f"its weights are not the pinned ones (they hash to {found})")


def weights_hash(model: Any) -> str:
    """SHA-256 over the names and numbers of a loaded model, whatever file they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def check_loading(source: str, report: Mapping[str, Any]) -> None:
    """``report``: transformers' loading info. Raises CheckpointUnusable for missing, surplus or misshapen weights."""
    _refuse(source, {*report["missing_keys"], *report["unexpected_keys"], *_misshapen(report)})


def check_complete(source: str, report: Mapping[str, Any]) -> None:
    """The same for what need only work: surplus weights are none of its business."""
    _refuse(source, {*report["missing_keys"], *_misshapen(report)})


def _misshapen(report: Mapping[str, Any]) -> set[str]:
    return {key for key, *_ in report["mismatched_keys"]}


def _refuse(source: str, unfit: set[str]) -> None:
    if unfit:
        raise CheckpointUnusable(source, f"its weights do not fit it ({min(unfit)} and {len(unfit) - 1} more)")
