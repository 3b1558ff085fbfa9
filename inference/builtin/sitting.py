"""What every long training run here needs: several processes, a moving average, a clock, a checkpoint.

Two single-thread processes that add up their gradients are faster and far steadier than one process with two threads:
on a shared machine each operation of the latter waits for whichever thread was descheduled.
"""

from __future__ import annotations

import copy
import logging
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

log = logging.getLogger("inference.builtin")


def run(job: Callable[..., None], processes: int, *arguments: Any) -> None:
    """Calls job(rank, *arguments) in so many single-thread processes that can talk to each other; one runs here."""
    if processes == 1:
        job(0, *arguments)
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = (processes, port, job, arguments)
    torch.multiprocessing.spawn(_enter, together, nprocs=processes)  # type: ignore[attr-defined, no-untyped-call]


def _enter(rank: int, processes: int, port: int, job: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes)
    try:
        job(rank, *arguments)
    finally:
        dist.destroy_process_group()


def average_gradients(params: list[nn.Parameter]) -> None:
    """Means over all processes, sent as one flat vector."""
    if not dist.is_initialized():
        return
    grads = [param.grad for param in params if param.grad is not None]
    flat = torch.cat([grad.flatten() for grad in grads])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for grad, mean in zip(grads, torch.split(flat, [grad.numel() for grad in grads]), strict=True):
        grad.copy_(mean.view_as(grad))


def agree(value: bool) -> bool:
    """The first process decides for all: whether to stop, for instance."""
    if not dist.is_initialized():
        return value
    flag = torch.tensor([int(value)])
    dist.broadcast(flag, 0)
    return bool(flag.item())


class Average:
    """Exponential moving average of weights (Polyak & Juditsky 1992), the ones that are shipped.

    `decay` grows to its final value as (1 + n) / (10 + n), so that the first steps are forgotten quickly.
    """

    def __init__(self, networks: Iterable[nn.Module], decay: float) -> None:
        self.networks = list(networks)
        self.decay = decay
        self.steps = 0
        self.weights = [[p.detach().clone() for p in network.parameters()] for network in self.networks]

    @torch.no_grad()
    def update(self) -> None:
        self.steps += 1
        share = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        for network, weights in zip(self.networks, self.weights, strict=True):
            torch._foreach_lerp_(weights, list(network.parameters()), share)

    @torch.no_grad()
    def networks_with_average(self) -> list[nn.Module]:
        """Copies of the networks that carry the averaged weights."""
        copies = copy.deepcopy(self.networks)
        for network, weights in zip(copies, self.weights, strict=True):
            for param, weight in zip(network.parameters(), weights, strict=True):
                param.copy_(weight)
        return copies

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps, "weights": self.weights}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.steps = state["steps"]
        for mine, theirs in zip(self.weights, state["weights"], strict=True):
            for weight, saved in zip(mine, theirs, strict=True):
                weight.copy_(saved)


class Clock:
    """Time left in this sitting, and when to save and to report."""

    def __init__(self, minutes: float, save_every: float = 180.0) -> None:
        self.started = self.saved = time.monotonic()
        self.seconds = minutes * 60
        self.save_every = save_every

    @property
    def share(self) -> float:
        """How much of the sitting is over, 0 to 1."""
        return min(1.0, (time.monotonic() - self.started) / self.seconds)

    def should_save(self) -> bool:
        if time.monotonic() - self.saved < self.save_every:
            return False
        self.saved = time.monotonic()
        return True


def save(path: Path, state: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    torch.save(state, fresh)
    fresh.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """A checkpoint of ours, tensors and plain values only; None where there is none yet."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def clip(params: list[nn.Parameter], limit: float) -> Tensor:
    return nn.utils.clip_grad_norm_(params, limit)
