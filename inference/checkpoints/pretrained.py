"""transformers checkpoints: from where they are loaded, and that what was loaded is whole and the pinned one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.errors import CheckpointUnusable


def where(source: str, revision: str, setting: str) -> dict[str, Any]:
    """Arguments for ``from_pretrained``: a folder that is here, or a hub id at its commit. Raises CheckpointUnusable.
    ``setting``: that names the commit."""
    if not Path(source).exists() and not revision:
        raise CheckpointUnusable(
            source, f"there is no such folder; a hub id needs {setting}, the commit it is pinned to"
        )
    found: dict[str, Any] = {"trust_remote_code": False, "use_safetensors": True}
    return found | ({"revision": revision} if revision else {"local_files_only": True})


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
