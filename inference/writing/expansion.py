"""Makes fuller prompts of a short one, with any transformers language model that goes on with a text (GPT-2's kind);
one trained on prompts for pictures does it best."""

from __future__ import annotations

import threading

import torch

from inference.checkpoints.pretrained import check_complete, check_weights, load_pretrained, where
from inference.errors import CheckpointUnusable, GenerationFailed, first_line

SUGGESTIONS = 3
MAX_TOKENS = 60  # with the prompt before it, about what a CLIP text encoder reads
MAX_PROMPT_TOKENS = 256
TEMPERATURE = 0.9
TOP_K = 50
_SAMPLE = "a red apple on a table"


class CheckpointExpander:
    """``source``: a folder, or a hub id with ``revision``. ``sha256``: of its weights. Raises CheckpointUnusable."""

    def __init__(self, source: str, revision: str, sha256: str = "") -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        place = where(source, revision, "writing.expansion_revision")
        self._model, report, (self._tokenizer,) = load_pretrained(source, place, AutoModelForCausalLM, AutoTokenizer)
        self._lock = threading.Lock()
        check_complete(source, report)
        check_weights(source, self._model, sha256)
        room = getattr(self._model.config, "max_position_embeddings", None)
        self._prompt_tokens = MAX_PROMPT_TOKENS if room is None else min(MAX_PROMPT_TOKENS, room - MAX_TOKENS)
        if self._prompt_tokens < 1:
            raise CheckpointUnusable(source, f"it reads {room} tokens, too few to go on with a prompt")
        try:
            self(_SAMPLE, 0)
        except Exception as error:  # its tokenizer and its model do not belong together
            raise CheckpointUnusable(source, f"it cannot go on with a text ({first_line(error)})") from error

    def __call__(self, prompt: str, seed: int) -> list[str]:
        """Up to SUGGESTIONS different prompts, each longer than the one given and beginning with it; the same for the
        same seed. Blocking, for seconds. Raises GenerationFailed if the model cannot."""
        tokens = self._tokenizer(prompt, return_tensors="pt", truncation=True, max_length=self._prompt_tokens)
        ids = tokens["input_ids"]
        try:
            # Its sampling takes numbers from torch's one generator, which is left as it was.
            with self._lock, torch.random.fork_rng(devices=[]), torch.inference_mode():
                torch.manual_seed(seed)
                written = self._model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=MAX_TOKENS,
                    do_sample=True,
                    temperature=TEMPERATURE,
                    top_k=TOP_K,
                    num_return_sequences=SUGGESTIONS,
                    pad_token_id=self._tokenizer.eos_token_id,
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise GenerationFailed(f"the expander failed ({first_line(error)})") from error
        added = self._tokenizer.batch_decode(written[:, ids.shape[1] :], skip_special_tokens=True)
        fuller = [f"{prompt} {_first_line(text)}".strip() for text in added if _first_line(text)]
        return list(dict.fromkeys(fuller))


def _first_line(text: str) -> str:
    """What such models write on further lines is another prompt."""
    stripped = text.strip()
    return " ".join(stripped.splitlines()[0].split()) if stripped else ""
