"""Models that give words: a captioner says what a picture shows, an expander makes fuller prompts of a short one.

Both are transformers checkpoints that an operator names, run on the processor, where they do not take the card's memory
from what draws, and are called from one thread at a time. They judge nothing: the gate reads what they write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from config.settings import WritingSettings
from inference.sources import SourceImage

Captioner: TypeAlias = Callable[[SourceImage], str]
# From a prompt and a seed to other prompts.
Expander: TypeAlias = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Writers:
    caption: Captioner | None = None
    expand: Expander | None = None


def make_writers(settings: WritingSettings) -> Writers:
    """What the settings name, with its weights loaded and tested. Raises CheckpointUnusable."""
    caption: Captioner | None = None
    expand: Expander | None = None
    if settings.caption_checkpoint:
        from inference.writing.caption import CheckpointCaptioner

        caption = CheckpointCaptioner(settings.caption_checkpoint, settings.caption_revision, settings.caption_sha256)
    if settings.expansion_checkpoint:
        from inference.writing.expansion import CheckpointExpander

        expand = CheckpointExpander(
            settings.expansion_checkpoint, settings.expansion_revision, settings.expansion_sha256
        )
    return Writers(caption, expand)
