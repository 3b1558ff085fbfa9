"""Scores how likely a picture is adult, with any transformers image-classification checkpoint that has such a label.

Classifiers fail open: without weights, or fed with invalid numbers, they calmly say "safe". So the checkpoint must load
without missing or surplus weights, from safetensors, and is tested before it is believed: two different pictures must
get different scores, and every score must be a number.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.checkpoints import quieten_libraries
from inference.errors import CheckpointUnusable, GenerationFailed

ADULT_LABELS = ("nsfw", "porn", "hentai", "sexual", "unsafe", "explicit")


class NsfwScorer:
    """``source``: a folder, or a hub id with ``revision``. Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str) -> None:
        from transformers import AutoImageProcessor, AutoModelForImageClassification

        if not Path(source).exists() and not revision:
            raise CheckpointUnusable(
                source, "there is no such folder; a hub id needs safety.nsfw_revision, the commit it is pinned to"
            )
        quieten_libraries()
        where: dict[str, Any] = {"trust_remote_code": False}
        where |= {"revision": revision} if revision else {"local_files_only": True}
        try:
            self._processor = AutoImageProcessor.from_pretrained(source, **where)
            self._model, report = AutoModelForImageClassification.from_pretrained(
                source,
                use_safetensors=True,
                # Not what the file has: pictures come in as float32, and half precision would not meet them.
                dtype=torch.float32,
                # Not ignored: with it they are reported, by name and like the rest, instead of raised half-told.
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                **where,
            )
        except Exception as error:  # whatever a broken or missing checkpoint makes the library raise
            raise CheckpointUnusable(source, f"it cannot be loaded ({_first_line(error)})") from error
        self._model.eval()
        self._lock = threading.Lock()
        labels: dict[int, str] = self._model.config.id2label
        self._adult = [index for index, label in labels.items() if label.lower() in ADULT_LABELS]
        if not self._adult:
            raise CheckpointUnusable(source, f"none of its labels ({', '.join(labels.values())}) means adult content")
        mismatched = {key for key, *_ in report["mismatched_keys"]}
        unfit = sorted({*report["missing_keys"], *report["unexpected_keys"], *mismatched})
        if unfit:
            raise CheckpointUnusable(source, f"its weights do not fit it ({unfit[0]} and {len(unfit) - 1} more)")
        self._test(source)

    def __call__(self, pixels: NDArray[np.uint8]) -> Mapping[str, float]:
        """{"nsfw": probability}. Raises GenerationFailed if the model does not answer with a number."""
        inputs = self._processor(images=Image.fromarray(pixels), return_tensors="pt")
        with self._lock, torch.inference_mode():
            chances = self._model(**inputs).logits[0].float().softmax(dim=-1)
        score = float(chances[self._adult].sum())
        if not np.isfinite(score):
            raise GenerationFailed("the image check answered with an invalid number")
        return {"nsfw": min(1.0, score)}

    def _test(self, source: str) -> None:
        flat = np.full((64, 64, 3), 127, dtype=np.uint8)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        try:
            scores = {self(flat)["nsfw"], self(noise)["nsfw"]}
        except GenerationFailed as error:
            raise CheckpointUnusable(source, str(error)) from error
        except Exception as error:  # its processor and its model, or its model and its labels, do not belong together
            raise CheckpointUnusable(source, f"it cannot score a picture ({_first_line(error)})") from error
        if len(scores) < 2:
            raise CheckpointUnusable(source, "it gives every picture the same score, so it measures nothing")


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
