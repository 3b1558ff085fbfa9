"""A picture four times larger each way, with edges as if it had been drawn that size.

A small model paints 128 pixels, a chat shows 512. Ordinary enlargement keeps the blur of the small picture's edges and
rings beside them; this network of 42 thousand numbers has seen what such pictures look like at 512 pixels. A checkpoint
may bring one along (``enlarger/model.safetensors`` in its folder): the built-in one does, and
inference/builtin/enlarge.py trained it. A residual on top of bilinear enlargement, with sub-pixel convolution (Shi et
al., arXiv:1609.05158).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from inference.plan import DrawnPicture

TIMES: Final = 4
FILE: Final = Path("enlarger") / "model.safetensors"
WIDTH: Final = 32


class Enlarger(nn.Module):
    """(B, 3, h, w) -> (B, 3, 4h, 4w), both in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, WIDTH, 3, padding=1)
        self.body = nn.ModuleList(nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(3))
        self.conv_out = nn.Conv2d(WIDTH, 3 * TIMES * TIMES, 3, padding=1)
        with torch.no_grad():  # starts as plain bilinear enlargement
            for param in self.conv_out.parameters():
                param.zero_()

    def forward(self, pictures: Tensor) -> Tensor:
        hidden = functional.silu(self.conv_in(pictures))
        for layer in self.body:
            hidden = hidden + functional.silu(layer(hidden))
        plain = functional.interpolate(pictures, scale_factor=TIMES, mode="bilinear", align_corners=False)
        return plain + functional.pixel_shuffle(self.conv_out(hidden), TIMES)

    def enlarge(self, picture: DrawnPicture) -> DrawnPicture:
        """(h, w, 3) -> (4h, 4w, 3)."""
        device = self.conv_in.weight.device
        batch = torch.from_numpy(picture.pixels.copy()).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.inference_mode():
            larger = self(batch)[0].clamp(-1, 1)
        return DrawnPicture(((larger + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy())


def find_enlarger(checkpoint: Path, device: torch.device) -> Enlarger | None:
    """The one in the checkpoint's folder, in single precision, or None."""
    file = checkpoint / FILE
    if not file.is_file():
        return None
    network = Enlarger()
    network.load_state_dict({name: value.float() for name, value in load_file(file).items()})
    # Pictures come as rows of pixels, which is this order already; convolutions on a CPU are faster in it, too.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().to(device)
