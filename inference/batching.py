"""Which jobs can share a forward: only what cannot be a tensor of its own in each row is in the key.

Prompt, seed, steps, sampler and guidance differ from row to row; they must never come in here.
"""

from __future__ import annotations

from typing import NamedTuple

from inference.request import ImageRequest


class BatchKey(NamedTuple):
    checkpoint: str
    width: int
    height: int


def batch_key(request: ImageRequest) -> BatchKey:
    return BatchKey(request.checkpoint, request.width, request.height)
