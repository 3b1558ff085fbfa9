"""Before a scorer is believed: where its weights come from, that they are the pinned ones, and that it tells pictures
apart. Classifiers fail open: without weights, or fed with invalid numbers, they calmly say "safe"."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.checkpoints.refusal import first_line
from inference.errors import CheckpointUnusable, GenerationFailed

ROUNDING = 1e-6  # sums of the same chances may differ by so much

Scored = Callable[[NDArray[np.uint8]], Mapping[str, float]]


def where(source: str, revision: str, setting: str) -> dict[str, Any]:
    """Arguments for ``from_pretrained``: a folder that is here, or a hub id at its commit. Raises CheckpointUnusable.
    ``setting``: in which the commit is named."""
    if not Path(source).exists() and not revision:
        raise CheckpointUnusable(
            source, f"there is no such folder; a hub id needs safety.{setting}, the commit it is pinned to"
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
    mismatched = {key for key, *_ in report["mismatched_keys"]}
    unfit = sorted({*report["missing_keys"], *report["unexpected_keys"], *mismatched})
    if unfit:
        raise CheckpointUnusable(source, f"its weights do not fit it ({unfit[0]} and {len(unfit) - 1} more)")


def check_scoring(source: str, scorer: Scored) -> None:
    """Two pictures that have nothing in common must get different scores. Raises CheckpointUnusable."""
    flat = np.full((64, 64, 3), 127, dtype=np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    try:
        apart = abs(scorer(flat)["nsfw"] - scorer(noise)["nsfw"])
    except GenerationFailed as error:
        raise CheckpointUnusable(source, str(error)) from error
    except Exception as error:  # its processor and its model, or its model and its labels, do not belong together
        raise CheckpointUnusable(source, f"it cannot score a picture ({first_line(error)})") from error
    if apart < ROUNDING:
        raise CheckpointUnusable(source, "it gives every picture the same score, so it measures nothing")
