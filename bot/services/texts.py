"""What the gate reads of a request, whoever asks it and whenever."""

from __future__ import annotations

from bot.safety import PromptTexts
from db.parameters import Parameters
from inference import ImageRequest


def texts_of(asked: Parameters | ImageRequest) -> PromptTexts:
    return PromptTexts(
        asked.prompt, asked.negative_prompt, has_upload=asked.image is not None, is_guided=asked.guidance > 1
    )
