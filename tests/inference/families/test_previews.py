"""Previews: near what the VAE makes of the same latents, finite whatever happens, and cheap."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from config import CheckpointSettings
from inference.checkpoints import load_family
from inference.families.latents import LatentCodec
from inference.families.previews import SD_COLOURS, choose_preview, fit_colours
from inference.samplers import SAMPLERS
from inference.tiny_checkpoint import make_tiny_vae
from tests.inference.builders import a_request
from tests.inference.families.conftest import Load, load
from tests.inference.families.harness import draw

CPU = torch.device("cpu")


@torch.inference_mode()
def test_the_built_in_models_previews_look_like_its_pictures(tmp_path: Path) -> None:
    settings = CheckpointSettings(builtin="builtin", sizes=("128x128",), max_pixels=128 * 128)
    family: Any = load_family("builtin", settings, tmp_path, device=CPU, dtype=torch.float32)
    request = a_request(prompt="a red circle on a blue ground", width=128, height=128, steps=8)
    slot = draw(family, {0: request})[0]
    preview = family.preview(slot).pixels
    picture = family.decode(slot).pixels
    times = picture.shape[0] // preview.shape[0]
    small = picture.reshape(preview.shape[0], times, preview.shape[1], times, 3).mean(axis=(1, 3))
    assert np.abs(small - preview).mean() < 8


@pytest.mark.parametrize("sampler", SAMPLERS)
@torch.inference_mode()
def test_every_sampler_tells_what_it_expects_from_the_first_step_on(family: Load, sampler: str) -> None:
    it = family("sd")
    slot = it.start(a_request(sampler=sampler, steps=12))
    noise = slot.latents.clone()
    it.advance(slot, it.predict([slot])[0])
    assert slot.denoised is not None
    assert slot.denoised.shape == noise.shape
    assert not torch.equal(slot.denoised, slot.latents)
    assert it.preview(slot).pixels.dtype == np.uint8


@torch.inference_mode()
def test_the_published_maps_are_for_the_vaes_they_were_made_for() -> None:
    shape = {"block_out_channels": (128, 256, 512, 512), "norm_num_groups": 32, "layers_per_block": 1}
    with torch.device("meta"):
        sd, xl = make_tiny_vae(**shape), make_tiny_vae(**shape, scaling_factor=0.13025)
    previews: list[Any] = [choose_preview(LatentCodec(vae, CPU, torch.float32), None) for vae in (sd, xl)]
    assert torch.equal(previews[0].colours, torch.tensor(SD_COLOURS))
    assert not torch.equal(previews[0].colours, previews[1].colours)
    assert previews[0](torch.randn(1, 4, 8, 12)).pixels.shape == (8, 12, 3)


def test_any_other_large_vae_gets_a_map_of_its_own() -> None:
    """One whose latents are the colours, turned: its map turns them back."""
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(1)))[0]

    class Linear(LatentCodec):
        def __init__(self) -> None:
            pass

        def encode(self, pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
            small = torch.nn.functional.avg_pool2d(pixels, 8)
            colours = torch.cat([small, small.square().mean(dim=1, keepdim=True)], dim=1)
            return torch.einsum("nchw,cd->ndhw", colours, turn)

        def decode_pixels(self, latents: torch.Tensor) -> torch.Tensor:
            colours = torch.einsum("ndhw,cd->nchw", latents, turn)[:, :3]
            return torch.nn.functional.interpolate(colours, scale_factor=8) * 0.5 + 0.25

    colours, grey = fit_colours(Linear())
    assert torch.allclose(colours, turn.T[:, :3] * 0.5, atol=1e-5)
    assert torch.allclose(grey, torch.full((3,), 0.25), atol=1e-5)


@torch.inference_mode()
def test_a_preview_of_broken_latents_is_grey_and_not_an_error(family: Load) -> None:
    slot = family("sd").start(a_request())
    slot.latents = torch.full((1, 4, 8, 8), float("nan"))
    assert (family("sd").preview(slot).pixels == 128).all()


@torch.inference_mode()
def test_a_small_decoder_makes_full_sized_previews(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    from diffusers import AutoencoderTiny

    shape = {"encoder_block_out_channels": (8,) * 4, "decoder_block_out_channels": (8,) * 4}
    AutoencoderTiny(**shape, num_encoder_blocks=(1,) * 4, num_decoder_blocks=(1,) * 4).save_pretrained(
        tmp_path / "taesd"
    )
    it = load(folder_of("sd"), taesd=tmp_path / "taesd")
    slot = draw(it, {0: a_request()})[0]
    decoder = AutoencoderTiny.from_pretrained(tmp_path / "taesd")
    expected = ((decoder.decode(slot.denoised).sample[0] + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0)
    assert np.array_equal(it.preview(slot).pixels, expected.numpy())
