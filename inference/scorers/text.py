"""Scores a text with any transformers text-classification checkpoint: how likely each of its labels is.

Like an image classifier it fails open when it is broken, so it must load without missing or surplus weights, from
safetensors, and is tested before it is believed. Long texts are read in overlapping pieces and the highest chance of a
label counts: what is cut off would be a place to hide.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from inference.checkpoints.pretrained import check_loading, load_pretrained, where
from inference.errors import CheckpointUnusable, GenerationFailed, first_line

PIECE_TOKENS = 128
OVERLAP_TOKENS = 32
MAX_PIECES = 32
_SAMPLES = ("a red apple on a table", "two ships at sea during a storm, oil painting")


class TextScorer:
    """``source``: a folder, or a hub id with ``revision``. ``labels``: those that will be asked for. Raises
    CheckpointUnusable."""

    def __init__(self, source: str, revision: str, labels: Sequence[str]) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        place = where(source, revision, "safety.text_revision")
        self._model, report, (self._tokenizer,) = load_pretrained(
            source, place, AutoModelForSequenceClassification, AutoTokenizer
        )
        self._lock = threading.Lock()
        self._labels: dict[int, str] = self._model.config.id2label
        self._is_multi_label = self._model.config.problem_type == "multi_label_classification"
        unknown = sorted(set(labels) - set(self._labels.values()))
        if unknown:
            raise CheckpointUnusable(source, f"it has no label {unknown[0]!r}, only {', '.join(self._labels.values())}")
        check_loading(source, report)
        longest = min(self._tokenizer.model_max_length, getattr(self._model.config, "max_position_embeddings", 512) - 2)
        self._piece_tokens = max(8, min(PIECE_TOKENS, longest))
        self._test(source)

    def __call__(self, texts: Sequence[str]) -> Mapping[str, float]:
        """The highest chance of each label over all texts, 0 to 1. Blocking. Raises GenerationFailed."""
        pieces = self._tokenizer(
            list(texts),
            truncation=True,
            max_length=self._piece_tokens,
            stride=min(OVERLAP_TOKENS, self._piece_tokens // 4),
            return_overflowing_tokens=True,
            padding=True,
            return_tensors="pt",
        )
        pieces.pop("overflow_to_sample_mapping", None)
        if len(pieces["input_ids"]) > MAX_PIECES:
            raise GenerationFailed(f"a text of {len(pieces['input_ids'])} pieces is too long for the text check")
        with self._lock, torch.inference_mode():
            logits = self._model(**pieces).logits.float()
        chances = logits.sigmoid() if self._is_multi_label or logits.shape[-1] == 1 else logits.softmax(dim=-1)
        best = chances.amax(dim=0).numpy()
        if not np.isfinite(best).all():
            raise GenerationFailed("the text check answered with an invalid number")
        return {self._labels[index]: min(1.0, float(score)) for index, score in enumerate(best)}

    def _test(self, source: str) -> None:
        try:
            first, second = (self([sample]) for sample in _SAMPLES)
        except GenerationFailed as error:
            raise CheckpointUnusable(source, str(error)) from error
        except Exception as error:  # its tokenizer and its model do not belong together
            raise CheckpointUnusable(source, f"it cannot score a text ({first_line(error)})") from error
        if first == second:
            raise CheckpointUnusable(source, "it gives every text the same scores, so it measures nothing")
