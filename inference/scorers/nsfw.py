"""Scores how likely a picture is adult, with any transformers image-classification checkpoint that has such a label."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.checkpoints.pretrained import check_loading, check_weights, load_pretrained, where
from inference.errors import CheckpointUnusable, GenerationFailed
from inference.scorers.trust import check_scoring

ADULT_LABELS = ("nsfw", "porn", "hentai", "sexual", "unsafe", "explicit")


class NsfwScorer:
    """``source``: a folder, or a hub id with ``revision``. ``sha256``: of its weights. Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str, sha256: str = "") -> None:
        from transformers import AutoImageProcessor, AutoModelForImageClassification

        place = where(source, revision, "safety.nsfw_revision")
        self._model, report, (self._processor,) = load_pretrained(
            source, place, AutoModelForImageClassification, AutoImageProcessor
        )
        self._lock = threading.Lock()
        labels: dict[int, str] = self._model.config.id2label
        self._adult = [index for index, label in labels.items() if label.lower() in ADULT_LABELS]
        if not self._adult:
            raise CheckpointUnusable(source, f"none of its labels ({', '.join(labels.values())}) means adult content")
        check_loading(source, report)
        check_weights(source, self._model, sha256)
        check_scoring(source, self)

    def __call__(self, pixels: NDArray[np.uint8]) -> Mapping[str, float]:
        """{"nsfw": probability}. Raises GenerationFailed if the model does not answer with a number."""
        inputs = self._processor(images=Image.fromarray(pixels), return_tensors="pt")
        with self._lock, torch.inference_mode():
            chances = self._model(**inputs).logits[0].float().softmax(dim=-1)
        score = float(chances[self._adult].sum())
        if not np.isfinite(score):
            raise GenerationFailed("the image check answered with an invalid number")
        return {"nsfw": min(1.0, score)}
