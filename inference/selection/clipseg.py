"""Finds what words name, with CLIPSeg (T. Lüddecke and A. Ecker, "Image Segmentation Using Text and Image Prompts",
2022)."""

from __future__ import annotations

import threading

import numpy as np
import torch
from PIL import Image

from inference.checkpoints.pretrained import check_complete, check_weights, load_pretrained, where
from inference.errors import CheckpointUnusable, GenerationFailed, first_line
from inference.sources import SourceImage


class CheckpointSelector:
    """``source``: a folder, or a hub id with ``revision``. ``sha256``: of its weights. Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str, sha256: str = "") -> None:
        from transformers import AutoImageProcessor, AutoTokenizer, CLIPSegForImageSegmentation

        place = where(source, revision, "selection.revision")
        self._model, report, (self._processor, self._tokenizer) = load_pretrained(
            source, place, CLIPSegForImageSegmentation, AutoImageProcessor, AutoTokenizer
        )
        self._lock = threading.Lock()
        check_complete(source, report)
        check_weights(source, self._model, sha256)
        noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
        try:
            self(SourceImage.of(Image.fromarray(noise)), "a cat")
        except Exception as error:  # its processor, its tokenizer and its model do not belong together
            raise CheckpointUnusable(source, f"it cannot find anything in a picture ({first_line(error)})") from error

    def __call__(self, image: SourceImage, words: str) -> SourceImage:
        """See Selector. It reads about 70 tokens of the words. Blocking, for seconds. Raises GenerationFailed if the
        model cannot."""
        seen = self._processor(images=image.open().convert("RGB"), return_tensors="pt")
        most_tokens = self._model.config.text_config.max_position_embeddings
        read = self._tokenizer(words, return_tensors="pt", truncation=True, max_length=most_tokens)
        try:
            with self._lock, torch.inference_mode():
                found = self._model(
                    input_ids=read["input_ids"],
                    attention_mask=read["attention_mask"],
                    pixel_values=seen["pixel_values"],
                ).logits
                # The processor squeezes any picture into its square; this undoes it.
                logits = torch.nn.functional.interpolate(
                    found.reshape(1, 1, *found.shape[-2:]), size=(image.height, image.width), mode="bilinear"
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise GenerationFailed(f"the selector failed ({first_line(error)})") from error
        if not bool(logits.isfinite().all()):
            raise GenerationFailed("the selector gave no numbers")
        shades = (torch.sigmoid(logits[0, 0]) * 255).round().to(torch.uint8).numpy()
        return SourceImage.of(Image.fromarray(shades))
