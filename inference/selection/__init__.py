"""A model that finds in a picture what a few words name, so that it can be cut out or repainted.

A transformers checkpoint that an operator names, run on the processor, where it does not take the card's memory from
what draws. It judges nothing: the gate reads the words, and the scorers look at the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from config.settings import SelectionSettings
from inference.sources import SourceImage

# From a picture and words to a mask, mode L, of the picture's own size: 255 where it shows what they name, 0 where not,
# and shades where that is not sure.
Selector: TypeAlias = Callable[[SourceImage, str], SourceImage]


def make_selector(settings: SelectionSettings) -> Selector | None:
    """What the settings name, with its weights loaded and tested. Raises CheckpointUnusable."""
    if not settings.checkpoint:
        return None
    from inference.selection.clipseg import CheckpointSelector

    return CheckpointSelector(settings.checkpoint, settings.revision, settings.sha256)
