"""Says what a picture shows, with any transformers checkpoint that captions without being asked: BLIP, GIT, or a vision
encoder with a text decoder."""

from __future__ import annotations

import threading

import numpy as np
import torch
from PIL import Image

from inference.checkpoints.pretrained import check_complete, check_weights, load_pretrained, where
from inference.errors import CheckpointUnusable, GenerationFailed, first_line
from inference.sources import SourceImage

MAX_TOKENS = 48  # captions of what these models were trained on have ten to twenty words
BEAMS = 3


class CheckpointCaptioner:
    """``source``: a folder, or a hub id with ``revision``. ``sha256``: of its weights. Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str, sha256: str = "") -> None:
        from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

        place = where(source, revision, "writing.caption_revision")
        self._model, report, (self._processor, self._tokenizer) = load_pretrained(
            source, place, AutoModelForImageTextToText, AutoImageProcessor, AutoTokenizer
        )
        self._lock = threading.Lock()
        check_complete(source, report)
        check_weights(source, self._model, sha256)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        try:
            self(SourceImage.of(Image.fromarray(noise)))
        except Exception as error:  # its processor, its tokenizer and its model do not belong together
            raise CheckpointUnusable(source, f"it cannot caption a picture ({first_line(error)})") from error

    def __call__(self, image: SourceImage) -> str:
        """One line, may be empty. Blocking, for seconds. Raises GenerationFailed if the model cannot."""
        inputs = self._processor(images=image.open().convert("RGB"), return_tensors="pt")
        try:
            with self._lock, torch.inference_mode():
                written = self._model.generate(
                    pixel_values=inputs["pixel_values"], max_new_tokens=MAX_TOKENS, num_beams=BEAMS, do_sample=False
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise GenerationFailed(f"the captioner failed ({first_line(error)})") from error
        return " ".join(self._tokenizer.decode(written[0], skip_special_tokens=True).split())
