"""Trains the network that makes 512 pixels of 128 (inference/families/enlarger.py).

It is trained on what the autoencoder makes of noisy latents, so that it also meets the small mistakes of the diffusion
model; what it should have made is drawn anew, four times larger.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.builtin import data, latents, sitting, vae
from inference.builtin.muon import Pair
from inference.builtin.pictures import drawing
from inference.families.enlarger import FILE, TIMES, Enlarger

log = logging.getLogger("inference.builtin")

CHECKPOINT: Final = "enlarger.pt"


@dataclass(frozen=True)
class Settings:
    work: Path
    minutes: float = 6.0
    rate: float = 2e-3
    batch: int = 4
    crop: int = 48
    noise: float = 0.25
    seed: int = 1


class Pairs:
    """Crops of (picture as the autoencoder gives it from noisy latents, the same drawn four times larger)."""

    KINDS: Final = {"one": 5, "two": 4, "landscape": 4, "count": 2, "pattern": 2, "style": 2, "one-more": 3}

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.autoencoder = vae.load(settings.work)
        _, self.deviation = latents.load_statistics(settings.work)
        self.lot = random.Random(seed)

    def batch(self) -> tuple[Tensor, Tensor]:
        settings, lot = self.settings, self.lot
        kinds = lot.choices(list(self.KINDS), list(self.KINDS.values()), k=settings.batch)
        scenes = [data.sample(data.SHARDS[kind], lot) for kind in kinds]
        small = _tensor([drawing.draw(scene) for scene in scenes])
        large = _tensor([drawing.draw(scene, TIMES) for scene in scenes])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            coded = vae.encode(self.autoencoder, small).float()
            sigma = torch.rand(len(coded), 1, 1, 1) * settings.noise * self.deviation
            painted = vae.decode(self.autoencoder, coded + sigma * torch.randn_like(coded)).float()
        side, rows, columns = settings.crop, [], []
        for picture, wanted in zip(painted, large, strict=True):
            for _ in range(4):
                y, x = lot.randrange(picture.shape[1] - side + 1), lot.randrange(picture.shape[2] - side + 1)
                rows.append(picture[:, y : y + side, x : x + side])
                columns.append(wanted[:, TIMES * y : TIMES * (y + side), TIMES * x : TIMES * (x + side)])
        return torch.stack(rows).clone(), torch.stack(columns)


def _tensor(pictures: list[npt.NDArray[np.uint8]]) -> Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1


def train(rank: int, settings: Settings) -> None:
    """One sitting of one process: L1 with edges, the rate falling to zero; starts from the last sitting's weights."""
    torch.manual_seed(settings.seed)
    network = Enlarger()
    path = settings.work / CHECKPOINT
    state = sitting.load(path)
    if state is not None:
        network.load_state_dict(state["network"])
    optimizer = Pair([network], settings.rate, weight_decay=0.0)
    params: list[nn.Parameter] = list(network.parameters())
    step = 0 if state is None else int(state["step"])
    pairs = Pairs(settings, seed=settings.seed * 7919 + step * 2 + rank)
    clock = sitting.Clock(settings.minutes)
    recent = 0.0
    while not sitting.agree(clock.share >= 1):
        painted, wanted = pairs.batch()
        with torch.autocast("cpu", torch.bfloat16):
            found = network(painted)
        loss = vae.distance(found.float(), wanted)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        sitting.average_gradients(params)
        sitting.clip(params, 1.0)
        optimizer.step(settings.rate * max(0.02, 1 - clock.share))
        step += 1
        recent = loss.item() if recent == 0 else 0.95 * recent + 0.05 * loss.item()
        if rank == 0 and step % 50 == 0:
            log.info("enlarger step %d loss %.4f", step, recent)
    if rank == 0:
        sitting.save(path, {"network": network.state_dict(), "step": step})


def write(work: Path, weights: Path) -> None:
    """Half precision, beside the shipped networks."""
    state: dict[str, Any] | None = sitting.load(work / CHECKPOINT)
    if state is None:
        return
    (weights / FILE).parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half() for name, value in state["network"].items()}, weights / FILE)
