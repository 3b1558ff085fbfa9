"""Stable Diffusion's own safety checker as a scorer: how near a picture comes to its hidden concepts.

diffusers' class decides by itself, blackens the picture, and fails open: built from a configuration alone it flags
nothing, and a comparison with an invalid number is never true. Here its numbers are taken and the gate decides. The
arithmetic is that of diffusers' ``StableDiffusionSafetyChecker.forward``: cosine similarity less each concept's own
threshold, all of them 0.01 stricter when one of the three special concepts (minors) is near.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.checkpoints import quieten_libraries
from inference.checkpoints.pretrained import check_loading, check_weights, where
from inference.errors import CheckpointUnusable, GenerationFailed, first_line
from inference.scorers.trust import check_scoring

SPECIAL_CARE = 0.01
# A margin of 0 is where diffusers flags, and becomes the gate's threshold of 0.5; ten times as steep, so that 0.05 more
# is certain and 0.05 less is nothing. Similarities of this checker seldom differ by more.
SLOPE = 10.0


class SafetyCheckerScorer:
    """``source``: a folder with a StableDiffusionSafetyChecker and its image processor, or a hub id with ``revision``.
    Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str, sha256: str = "") -> None:
        from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
        from transformers import CLIPImageProcessor

        place = where(source, revision, "safety.safety_checker_revision")
        quieten_libraries()
        try:
            plain = {name: value for name, value in place.items() if name in ("revision", "local_files_only")}
            self._processor = CLIPImageProcessor.from_pretrained(source, **plain)
            self._model, report = StableDiffusionSafetyChecker.from_pretrained(
                source, dtype=torch.float32, ignore_mismatched_sizes=True, output_loading_info=True, **place
            )
        except Exception as error:  # whatever a broken or missing checkpoint makes the libraries raise
            raise CheckpointUnusable(source, f"it cannot be loaded ({first_line(error)})") from error
        self._model.eval()
        self._lock = threading.Lock()
        check_loading(source, report)
        check_weights(source, self._model, sha256)
        if bool((self._model.concept_embeds_weights == 1).all()):
            raise CheckpointUnusable(source, "its thresholds are those of a checker without weights")
        check_scoring(source, self)

    def __call__(self, pixels: NDArray[np.uint8]) -> Mapping[str, float]:
        """{"nsfw": 0.5 where diffusers would flag}. Raises GenerationFailed if it does not answer with numbers."""
        inputs = self._processor(images=Image.fromarray(pixels), return_tensors="pt")
        model = self._model
        with self._lock, torch.inference_mode():
            embedding = model.visual_projection(model.vision_model(inputs["pixel_values"])[1]).float()
            embedding = torch.nn.functional.normalize(embedding)
            special = _margins(embedding, model.special_care_embeds, model.special_care_embeds_weights)
            concepts = _margins(embedding, model.concept_embeds, model.concept_embeds_weights)
            stricter = SPECIAL_CARE if bool((special > 0).any()) else 0.0
            margin = float(concepts.max()) + stricter
        if not np.isfinite(margin):
            raise GenerationFailed("the image check answered with an invalid number")
        return {"nsfw": min(1.0, max(0.0, 0.5 + SLOPE * margin))}


def _margins(embedding: torch.Tensor, concepts: torch.Tensor, thresholds: torch.Tensor) -> torch.Tensor:
    similarity = embedding @ torch.nn.functional.normalize(concepts.float()).T
    return similarity[0] - thresholds.float()
