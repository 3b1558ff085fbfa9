"""Second stage: the autoencoder, whose latents the diffusion model will live in.

Loss = L1 + L2 + 0.5 * L1 of the picture's gradients (edges) + up to 0.05 * latents' distance from a standard normal.

Three choices differ from Rombach et al. 2022, each for a reason:

- No perceptual or adversarial term: the pictures are flat, an L1 with edges draws them sharply.
- The posterior's variance is fixed instead of learned, and large while training: noise of sigma 0 to 0.35 on latents
  of variance 1. A diffusion model never hits a latent exactly, and a decoder that has not met noise turns a small
  miss into a lost shape. Measured: true latents plus noise .2 decoded to 44 % recognisable shapes without, 94 % with
  this training.
- The KL term asks that latents are standard normal over the data, channel by channel and uncorrelated (moments), not
  that every single picture's are. It stops the encoder from escaping the noise by making latents large.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.builtin import data, networks, sitting
from inference.builtin.muon import Pair

log = logging.getLogger("inference.builtin")

CHECKPOINT: Final = "vae.pt"
NOISE: Final = 0.35
POSTERIOR: Final = 0.02
"""Standard deviation of the shipped posterior, in units of the latents' own: img2img samples from it."""


@dataclass(frozen=True)
class Settings:
    work: Path
    shards: dict[str, float]
    minutes: float = 10.0
    rate: float = 3e-3
    batch: int = 8
    crop: int | None = 64
    cooldown: bool = False
    decoder_only: bool = False
    seed: int = 1


class Pictures:
    """Batches (B, 3, h, w) in [-1, 1] from several shards by weight; h and w are the crop's, or the shard's own."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.shards = {name: data.load_pictures(settings.work, name) for name in settings.shards}
        self.names = list(settings.shards)
        self.weights = np.array([settings.shards[name] for name in self.names], dtype=np.float64)
        self.weights /= self.weights.sum()
        self.crop = settings.crop
        self.lot = np.random.default_rng(seed)

    def batch(self, size: int) -> Tensor:
        if self.crop is None:
            picks = [self._picture() for _ in range(3 * size)]
            chosen = np.stack([picture for picture in picks if picture.shape == picks[0].shape][:size])
        else:
            chosen = np.stack([self._cropped(self.crop) for _ in range(size)])
        return torch.from_numpy(chosen).permute(0, 3, 1, 2).float() / 127.5 - 1

    def _picture(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        shard = self.shards[self.names[self.lot.choice(len(self.names), p=self.weights)]]
        picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = shard[self.lot.integers(len(shard))]
        return picture

    def _cropped(self, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        picture = self._picture()
        top = self.lot.integers(picture.shape[0] - side + 1)
        left = self.lot.integers(picture.shape[1] - side + 1)
        return picture[top : top + side, left : left + side]


def encode(vae: Any, pictures: Tensor) -> Tensor:
    """Mean latents (B, 4, h, w), as the encoder gives them, before any scaling factor."""
    mean: Tensor = vae.quant_conv(vae.encoder(pictures))[:, :4]
    return mean


def decode(vae: Any, latents: Tensor) -> Tensor:
    pictures: Tensor = vae.decoder(vae.post_quant_conv(latents))
    return pictures


def edges(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the right and lower neighbours."""
    return pictures[..., :, 1:] - pictures[..., :, :-1], pictures[..., 1:, :] - pictures[..., :-1, :]


def distance(drawn: Tensor, wanted: Tensor) -> Tensor:
    """How far a picture is from the truth, edges included."""
    loss = functional.l1_loss(drawn, wanted) + functional.mse_loss(drawn, wanted)
    for mine, theirs in zip(edges(drawn), edges(wanted), strict=True):
        loss = loss + 0.25 * functional.l1_loss(mine, theirs)
    return loss


def moments(latents: Tensor) -> Tensor:
    """Distance of the batch's latents from mean 0 and covariance 1, over batch and place."""
    values = latents.transpose(0, 1).flatten(1).float()
    mean = values.mean(1, keepdim=True)
    covariance = (values - mean) @ (values - mean).T / values.shape[1]
    return (covariance - torch.eye(4)).square().sum() + mean.square().sum()


def train(rank: int, settings: Settings) -> None:
    """One sitting of one process."""
    path = settings.work / CHECKPOINT
    torch.manual_seed(settings.seed)
    vae = networks.autoencoder()
    state = sitting.load(path)
    if settings.decoder_only:
        vae.encoder.requires_grad_(False)
        vae.quant_conv.requires_grad_(False)
    optimizer = Pair([vae], settings.rate, weight_decay=0.0)
    average = sitting.Average([vae], decay=0.998)
    step = 0
    if state is not None:
        average.load_state_dict(state["average"])
        step = state["step"]
        if state["decoder_only"] == settings.decoder_only:
            vae.load_state_dict(state["vae"])
            optimizer.load_state_dict(state["optimizer"])
        else:  # the latents in use are the averaged encoder's: go on from the average, and leave that encoder alone
            vae.load_state_dict(average.networks_with_average()[0].state_dict())
    params = [param for param in vae.parameters() if param.requires_grad]
    pictures = Pictures(settings, seed=settings.seed * 7919 + step * 2 + rank)
    torch.manual_seed(settings.seed * 104729 + step * 2 + rank)
    weight = 0.05 * settings.batch / 8  # moments of few pictures are noisy
    clock = sitting.Clock(settings.minutes)
    first, recent = step, 0.0
    while not sitting.agree(clock.share >= 1):
        rate = settings.rate * min(1.0, (step - first + 1) / 100)
        if settings.cooldown:
            rate *= max(0.03, 1 - clock.share)
        batch = pictures.batch(settings.batch)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.set_grad_enabled(not settings.decoder_only):
                latents = encode(vae, batch)
            sigma = torch.rand(len(batch), 1, 1, 1) * NOISE
            drawn = decode(vae, latents + sigma * torch.randn_like(latents))
        loss = distance(drawn.float(), batch) + weight * moments(latents)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        sitting.average_gradients(params)
        sitting.clip(params, 1.0)
        optimizer.step(rate)
        average.update()
        step += 1
        recent = loss.item() if recent == 0 else 0.98 * recent + 0.02 * loss.item()
        if rank == 0 and step % 50 == 0:
            error = functional.l1_loss(drawn.float(), batch).item()
            log.info(
                "vae step %d loss %.4f l1 %.4f moments %.3f rate %.1e",
                step,
                recent,
                error,
                moments(latents).item(),
                rate,
            )
        if rank == 0 and (clock.should_save() or clock.share >= 1):
            _save(path, vae, optimizer, average, step, settings)
    if rank == 0:
        _save(path, vae, optimizer, average, step, settings)


def _save(path: Path, vae: nn.Module, optimizer: Pair, average: sitting.Average, step: int, settings: Settings) -> None:
    state = {"vae": vae.state_dict(), "optimizer": optimizer.state_dict(), "average": average.state_dict()}
    sitting.save(path, {**state, "step": step, "decoder_only": settings.decoder_only})
    log.info("vae saved at step %d", step)


def load(work: Path) -> Any:
    """The averaged autoencoder of the checkpoint, in evaluation mode."""
    state = sitting.load(work / CHECKPOINT)
    if state is None:
        raise SystemExit(f"no autoencoder in {work} yet: train the stage `vae` first")
    vae = networks.autoencoder()
    average = sitting.Average([vae], decay=0.0)
    average.load_state_dict(state["average"])
    return average.networks_with_average()[0].eval()
