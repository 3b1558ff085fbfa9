"""The real shapes have the published numbers of parameters."""

import pytest
import torch

from inference.bench.weights import make_pipeline


@pytest.mark.parametrize(
    ("size", "unet", "text"),
    [
        ("sd15", 859_520_964, 123_060_480),
        ("sd21", 865_910_724, 340_387_840),
        ("sdxl", 2_567_463_684, 123_060_480),
    ],
)
def test_the_real_shapes_are_real(size: str, unet: int, text: int) -> None:
    pipeline = make_pipeline(size, torch.device("meta"), torch.float16)
    assert sum(weight.numel() for weight in pipeline.unet.parameters()) == unet
    assert sum(weight.numel() for weight in pipeline.text_encoder.parameters()) == text
    assert sum(weight.numel() for weight in pipeline.vae.parameters()) == 83_653_863
    assert pipeline.unet.dtype == torch.float16
