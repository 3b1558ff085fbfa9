"""Which checkpoints stay whole on which card, and that streaming layers changes no picture."""

from pathlib import Path

import pytest
import torch

from inference.placement import Mode, Needs, Placement, choose, free_bytes, part_bytes, place
from inference.tiny_checkpoint import make_tiny_pipeline

GIB = 2**30
# Weights in fp16, from the public configurations.
SD15 = Needs.of({"unet": 1_720_000_000, "text_encoder": 246_000_000, "vae": 167_000_000}, pixels=512**2, bytes_each=2)
SD21 = Needs.of({"unet": 1_732_000_000, "text_encoder": 681_000_000, "vae": 167_000_000}, pixels=768**2, bytes_each=2)
SDXL = Needs.of(
    {"unet": 5_134_000_000, "text_encoder": 246_000_000, "text_encoder_2": 1_390_000_000, "vae": 167_000_000},
    pixels=1024**2,
    bytes_each=2,
)


@pytest.mark.parametrize(
    ("needs", "card_gib", "expected"),
    [
        (SD15, 8, Placement(Mode.RESIDENT, tiles=False)),
        (SD15, 4, Placement(Mode.RESIDENT, tiles=False)),
        (SD15, 2, Placement(Mode.GROUP, tiles=False)),
        (SD21, 8, Placement(Mode.RESIDENT, tiles=False)),
        (SDXL, 24, Placement(Mode.RESIDENT, tiles=False)),
        (SDXL, 12, Placement(Mode.RESIDENT, tiles=False)),
        (SDXL, 8, Placement(Mode.MODEL, tiles=False)),
        (SDXL, 6, Placement(Mode.GROUP, tiles=False)),
        (SDXL, 2, Placement(Mode.GROUP, tiles=True)),
    ],
    ids=lambda value: value if isinstance(value, int) else None,
)
def test_what_fits_stays(needs: Needs, card_gib: int, expected: Placement) -> None:
    # A desktop and the CUDA context take some of a card before anybody asks.
    assert choose(needs, int((card_gib - 0.4) * GIB)) == expected


def test_a_wish_is_honoured() -> None:
    assert choose(SD15, 100 * GIB, Mode.GROUP).mode is Mode.GROUP


def test_a_computer_without_a_card_has_no_choice() -> None:
    assert free_bytes(torch.device("cpu")) is None


def test_streaming_layers_changes_no_picture() -> None:
    """On a CPU the hooks carry the layers from memory to memory: they must still be called without the pipeline."""
    plain, streamed = make_tiny_pipeline(), make_tiny_pipeline()
    assert part_bytes(plain)["unet"] == sum(4 * weight.numel() for weight in plain.unet.parameters())
    place(streamed, torch.device("cpu"), Placement(Mode.GROUP, tiles=False))
    latents, text = torch.randn(2, 4, 8, 8), torch.randn(2, 77, 32)
    with torch.inference_mode():
        first, second = (pipe.unet(latents, torch.tensor([9.0, 3.0]), text).sample for pipe in (plain, streamed))
        assert torch.equal(first, second)
        first, second = (pipe.vae.decode(latents[:1]).sample for pipe in (plain, streamed))
    assert torch.equal(first, second)


def test_tiles_give_nearly_the_same_picture(tmp_path: Path) -> None:
    plain, tiled = make_tiny_pipeline().vae, make_tiny_pipeline()
    place(tiled, torch.device("cpu"), Placement(Mode.RESIDENT, tiles=True))
    tiled.vae.tile_latent_min_size = 8
    tiled.vae.tile_sample_min_size = 64
    latents = torch.randn(1, 4, 16, 16)
    with torch.inference_mode():
        first, second = plain.decode(latents).sample, tiled.vae.decode(latents).sample
    assert first.shape == second.shape
    assert (first - second).abs().mean() < 0.2
