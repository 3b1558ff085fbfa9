"""Third stage: the U-Net learns to denoise latents while the text encoder learns what captions mean.

What is trained: v-prediction (Salimans & Ho 2022) with classifier-free guidance by dropping a tenth of the captions
(Ho & Salimans 2022), on Stable Diffusion's noise schedule rescaled to zero terminal SNR (Lin et al. 2024). With the
plain schedule the mean of a 16x16 latent still shows at the last timestep, and the model would read the background's
colour from the "noise" instead of from the prompt.

Timesteps: 70 % logit-normal (Esser et al. 2024), which spends the effort where the picture is decided, 30 % uniform.
Each batch covers its distribution evenly (stratified), which makes the loss less noisy.

The rate is constant, so that a run may be stopped and resumed at any time; a `--cooldown` sitting lowers it to zero
and is saved apart, as what to ship (warm-up, stable, decay: Hu et al. 2024).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import DDIMScheduler
from torch import Tensor, nn
from torch.nn import functional

from inference.builtin import latents, networks, sitting
from inference.builtin.muon import Pair

log = logging.getLogger("inference.builtin")

CHECKPOINT: Final = "diffusion.pt"
COOLED: Final = "diffusion-cooled.pt"
STEPS: Final = 1000


@dataclass(frozen=True)
class Settings:
    work: Path
    shards: dict[str, float]
    minutes: float = 30.0
    rate: float = 2e-3
    batch: int = 32
    dropout: float = 0.1
    decay: float = 0.999
    cooldown: bool = False
    seed: int = 1


def noise_schedule() -> Any:
    """The scheduler that ships, and that training takes its noise levels from."""
    return DDIMScheduler(
        num_train_timesteps=STEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,
    )


def timesteps(size: int) -> Tensor:
    """(B,) timesteps, stratified."""
    uniform = (torch.randperm(size) + torch.rand(size)) / size
    normal = torch.sigmoid(
        torch.special.ndtri((torch.randperm(size) + torch.rand(size)).clamp(1e-4, size - 1e-4) / size)
    )
    share = torch.where(torch.rand(size) < 0.7, normal, uniform)
    return (share * STEPS).long().clamp(0, STEPS - 1)


def velocity_loss(unet: nn.Module, text: nn.Module, alphas: Tensor, clean: Tensor, ids: Tensor) -> Tensor:
    """Mean squared error of v = sqrt(a) * noise - sqrt(1 - a) * clean, the U-Net seeing sqrt(a) * clean + sqrt(1 - a)
    * noise."""
    t = timesteps(len(clean))
    a = alphas[t].view(-1, 1, 1, 1)
    noise = torch.randn_like(clean)
    noisy = a.sqrt() * clean + (1 - a).sqrt() * noise
    wanted = a.sqrt() * noise - (1 - a).sqrt() * clean
    with torch.autocast("cpu", torch.bfloat16):
        told = text(ids).last_hidden_state
        found = unet(noisy, t, told).sample
    return functional.mse_loss(found.float(), wanted)


def train(rank: int, settings: Settings) -> None:
    """One sitting of one process."""
    vocabulary = len(latents.tokenizer(settings.work))
    torch.manual_seed(settings.seed)
    unet, text = networks.unet(), networks.text_encoder(vocabulary)
    optimizer = Pair([unet, text], settings.rate, weight_decay=0.02)
    average = sitting.Average([unet, text], settings.decay)
    state = sitting.load(settings.work / CHECKPOINT)
    step = 0
    if state is not None:
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
        optimizer.load_state_dict(state["optimizer"])
        average.load_state_dict(state["average"])
        step = state["step"]
    path = settings.work / (COOLED if settings.cooldown else CHECKPOINT)
    params = [*unet.parameters(), *text.parameters()]
    batches = latents.Latents(
        settings.work, settings.shards, settings.dropout, seed=settings.seed * 7919 + step * 2 + rank
    )
    torch.manual_seed(settings.seed * 104729 + step * 2 + rank)
    alphas = noise_schedule().alphas_cumprod
    clock = sitting.Clock(settings.minutes)
    recent, since, first = 0.0, time.monotonic(), step
    while not sitting.agree(clock.share >= 1):
        rate = settings.rate * min(1.0, (step + 1) / 200, (step - first + 1) / 20)
        if settings.cooldown:
            rate *= max(0.02, 1 - clock.share)
        clean, ids = batches.batch(settings.batch)
        loss = velocity_loss(unet, text, alphas, clean, ids)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        sitting.average_gradients(params)
        sitting.clip(params, 5.0)
        optimizer.step(rate)
        average.update()
        step += 1
        recent = loss.item() if recent == 0 else 0.98 * recent + 0.02 * loss.item()
        if rank == 0 and step % 100 == 0:
            log.info("step %d loss %.4f rate %.1e, %.2f s/step", step, recent, rate, (time.monotonic() - since) / 100)
            since = time.monotonic()
        if rank == 0 and clock.should_save():
            _save(path, unet, text, optimizer, average, step)
    if rank == 0:
        _save(path, unet, text, optimizer, average, step)


def _save(path: Path, unet: nn.Module, text: nn.Module, optimizer: Pair, average: sitting.Average, step: int) -> None:
    state = {"unet": unet.state_dict(), "text": text.state_dict(), "optimizer": optimizer.state_dict()}
    sitting.save(path, {**state, "average": average.state_dict(), "step": step})
    log.info("saved %s at step %d", path.name, step)


def load(work: Path, cooled: bool = False) -> tuple[Any, Any, int]:
    """The averaged (U-Net, text encoder) of a checkpoint, in evaluation mode, and its step."""
    path = work / (COOLED if cooled else CHECKPOINT)
    state = sitting.load(path)
    if state is None:
        raise SystemExit(f"no {path} yet: train the stage `diffusion` first")
    pair = [networks.unet(), networks.text_encoder(len(latents.tokenizer(work)))]
    average = sitting.Average(pair, decay=0.0)
    average.load_state_dict(state["average"])
    unet, text = average.networks_with_average()
    return unet.eval(), text.eval(), state["step"]
