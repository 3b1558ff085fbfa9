"""Which jobs can share a forward: only what cannot be a tensor of its own in each row is in the key.

Prompt, seed, steps, sampler, guidance, strength, picture and mask differ from row to row; they must never come in here.
What a U-Net is given beside the latents follows from its checkpoint. The length of the encoded prompt is known only
once a job has a slot; the scheduler looks at it among the running jobs of one key.
"""

from __future__ import annotations

from typing import NamedTuple

from inference.request import ImageRequest, Lora


class BatchKey(NamedTuple):
    """width, height: pixels of what is drawn in this pass. control: the ControlNet's name, or nothing.
    image_prompt: name and scale of the IP-adapter, and its pictures' number. exact: jobs that want to be alone in their
    forwards."""

    checkpoint: str
    width: int
    height: int
    loras: tuple[Lora, ...] = ()
    control: str = ""
    image_prompt: tuple[str, float, int] | None = None
    exact: bool = False


def batch_key(request: ImageRequest, pass_number: int = 0) -> BatchKey:
    width, height = request.final_size if pass_number else (request.width, request.height)
    control = "" if request.control is None else request.control.name
    pictures = request.image_prompt
    image_prompt = None if pictures is None else (pictures.name, pictures.scale, len(pictures.images))
    loras = tuple(sorted(request.loras))
    return BatchKey(request.checkpoint, width, height, loras, control, image_prompt, request.exact)
