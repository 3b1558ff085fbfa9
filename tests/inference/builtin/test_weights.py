"""The weights that ship draw what is asked: a short form of `make check-builtin`."""

import importlib.util
from collections.abc import Iterator

import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors import safe_open

from inference.builtin import WEIGHTS, check, package
from inference.builtin.pictures import shapes

pytestmark = pytest.mark.skipif(
    not (WEIGHTS / "model_index.json").exists(), reason="no weights of the built-in model are shipped yet"
)

# A sample of thirty is noisy: these catch broken weights, `make check-builtin` measures good ones.
SHORT_FLOORS = {"background colour": 0.9, "object colour": 0.8, "exact shape": 0.7, "landscape: sky": 0.8}


@pytest.fixture(scope="module")
def painter() -> Iterator[check.Painter]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one waits for whatever else the machine does
    yield check.Painter(WEIGHTS)
    torch.set_num_threads(threads)


def test_the_folder_is_small_complete_and_half_precision() -> None:
    files = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= package.LIMIT
    assert {"vocab.json", "merges.txt"} <= {path.name for path in files}
    assert not [path for path in files if path.suffix in (".bin", ".ckpt", ".pt")]
    with safe_open(WEIGHTS / "text_encoder" / "model.safetensors", framework="pt") as encoder:
        assert all(key.startswith("text_model.") for key in encoder.keys())  # noqa: SIM118 (not a dict)
        assert encoder.get_tensor(next(iter(encoder.keys()))).dtype == torch.float16


def test_it_loads_without_torchvision() -> None:
    if importlib.util.find_spec("torchvision") is not None:
        pytest.skip("torchvision is installed here")
    check.Painter(WEIGHTS)


def test_diffusers_loads_and_draws_it_without_being_told_anything() -> None:
    pipe = StableDiffusionPipeline.from_pretrained(WEIGHTS, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    [image] = pipe("a red circle", num_inference_steps=1, width=128, height=128).images
    assert image.size == (128, 128)


def test_it_draws_what_is_asked(painter: check.Painter) -> None:
    found = check.obedience(painter, shapes.NAMES, share=0.08)
    short = {name: (value, floor) for name, (value, _, _) in found.items() if (floor := SHORT_FLOORS.get(name))}
    assert all(value >= floor for value, floor in short.values()), short


def test_the_seed_decides(painter: check.Painter) -> None:
    assert check.seeds(painter) == (True, True)
