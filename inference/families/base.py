"""ModelFamily: the code of one architecture, in six verbs.

    prepare  encode prompts of several requests in one forward, so that ``start`` finds them
    start    encode what is missing, draw the noise: a Slot
    predict  one forward for many slots, whatever their step numbers, samplers, guidance and seeds; changes nothing
    advance  move one slot by its own sampler; only this and ``begin_next_pass`` change a slot
    preview  what the model expects a slot to become, roughly and cheaply
    decode   one slot's latents to pixels, or those of several at once

The rule that makes the rest possible: state lives in the slot. A family holds weights and a cache of encoded prompts,
nothing else, so that a failed ``predict`` can simply be tried again with fewer slots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from inference.errors import GenerationFailed
from inference.placement import Placement
from inference.plan import DrawnPicture
from inference.request import ImageRequest
from inference.runners.slots import Slot


class ModelFamily(Protocol):
    """``batches``: whether slots can share a forward; if not, ``predict`` is called with one slot at a time.

    size_bytes: of the weights in memory.
    """

    batches: bool
    placement: Placement

    @property
    def size_bytes(self) -> int: ...

    def check(self, request: ImageRequest) -> None:
        """Raises RequestInvalid for what this checkpoint cannot do: a mask for a depth model, for example."""
        ...

    def prepare(self, requests: Sequence[ImageRequest]) -> None:
        """May raise; ``start`` then meets the cause in the one request that has it."""
        ...

    def start(self, request: ImageRequest) -> Slot:
        """Raises RequestInvalid, GenerationFailed."""
        ...

    def begin_next_pass(self, slot: Slot) -> None:
        """Enlarge the latents of a hires job whose first pass is done, and noise them for the second."""
        ...

    def predict(self, slots: Sequence[Slot]) -> list[torch.Tensor]:
        """The guided prediction of each slot, shape of its latents. All slots share batch key and token length."""
        ...

    def advance(self, slot: Slot, prediction: torch.Tensor) -> None: ...

    def preview(self, slot: Slot) -> DrawnPicture | None:
        """At the size of the latents or more, after at least one step; None if this family has no look inside."""
        ...

    def decode(self, slot: Slot) -> DrawnPicture:
        """Raises GenerationFailed if the picture is not made of numbers."""
        ...

    def decode_together(self, slots: Sequence[Slot]) -> list[DrawnPicture | GenerationFailed]:
        """The same for slots of one latent shape, in one forward."""
        ...

    def close(self, slot: Slot) -> None:
        """The slot is not needed any more, finished or not."""
        ...
