"""ModelFamily: the code of one architecture, in four verbs.

    start    encode the prompts, draw the noise: a Slot
    predict  one forward for many slots, whatever their step numbers, samplers, guidance and seeds; changes nothing
    advance  move one slot by its own sampler; only this changes a slot
    decode   one slot's latents to pixels

The rule that makes the rest possible: state lives in the slot. A family holds weights and a cache of encoded prompts,
nothing else, so that a failed ``predict`` can simply be tried again with fewer slots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from inference.plan import DrawnPicture
from inference.request import ImageRequest
from inference.runners.slots import Slot


class ModelFamily(Protocol):
    def start(self, request: ImageRequest) -> Slot: ...

    def predict(self, slots: Sequence[Slot]) -> list[torch.Tensor]:
        """The guided noise prediction of each slot, shape of its latents. All slots share one batch key."""
        ...

    def advance(self, slot: Slot, prediction: torch.Tensor) -> None: ...

    def decode(self, slot: Slot) -> DrawnPicture:
        """Raises GenerationFailed if the picture is not made of numbers."""
        ...
