"""The parts of a loaded checkpoint that bit-equality to diffusers rests on, beside its samplers (families/test_kinds.py)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference import GenerationFailed
from inference.checkpoints import load_family
from tests.inference.builders import TINY, a_request
from tests.inference.families.harness import by_pipe, draw


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Any:
    torch.set_num_threads(1)
    return load(tmp_path_factory.mktemp("checkpoints"))


def load(folder: Path) -> Any:
    return load_family("tiny", TINY, folder, device=torch.device("cpu"), dtype=torch.float32)


@torch.inference_mode()
def test_the_picture_is_the_pipelines_picture(family: Any) -> None:
    request = a_request(steps=3)
    pixels = family.decode(draw(family, {0: request})[0]).pixels
    pipe = family._pipeline
    image = pipe.vae.decode(by_pipe(family, request) / pipe.vae.config.scaling_factor).sample
    expected = pipe.image_processor.postprocess(image, output_type="pil")[0]
    assert np.array_equal(pixels, np.asarray(expected))


@torch.inference_mode()
def test_invalid_numbers_are_reported_as_such(family: Any) -> None:
    slot = family.start(a_request())
    slot.latents = torch.full((1, 4, 8, 8), float("nan"))
    with pytest.raises(GenerationFailed, match="invalid numbers"):
        family.decode(slot)


@torch.inference_mode()
def test_a_prediction_changes_nothing_so_that_it_can_be_tried_again(family: Any) -> None:
    slots = [family.start(a_request(seed=seed, sampler="euler-a")) for seed in range(3)]
    before = [slot.latents.clone() for slot in slots]
    first, again = family.predict(slots), family.predict(slots)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert all(torch.equal(slot.latents, latents) for slot, latents in zip(slots, before, strict=True))
    assert [slot.calls_done for slot in slots] == [0, 0, 0]


def test_the_prompt_cache_forgets_nothing_it_should_know(family: Any) -> None:
    """A prompt that was encoded for another job gives the same picture as one encoded anew."""
    first, again = (draw(family, {0: a_request()})[0].latents for _ in range(2))
    assert torch.equal(first, again)


def test_loading_twice_gives_the_same_weights(tmp_path: Path) -> None:
    first, second = (load(tmp_path / name)._unet.state_dict() for name in ("a", "b"))
    assert all(torch.equal(first[key], second[key]) for key in first)
