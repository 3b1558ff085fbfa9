"""What the gate reads of a request, whoever asks it and whenever."""

from __future__ import annotations

from collections.abc import Container

from bot.safety import PromptTexts
from db.parameters import Parameters
from inference import ImageRequest


def texts_of(asked: Parameters | ImageRequest, multilingual: Container[str] = ()) -> PromptTexts:
    """``multilingual``: checkpoints whose text encoders read more than English. It decides nothing about the texts'
    fingerprint."""
    return PromptTexts(
        asked.prompt,
        asked.negative_prompt,
        has_upload=bool(asked.handed_in),
        is_guided=asked.guidance > 1,
        is_multilingual=asked.checkpoint in multilingual,
    )
