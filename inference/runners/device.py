"""What torch runs on: which device and dtype, how many threads, how much memory, and what it is called."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import torch

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(name: str) -> torch.device:
    if name != "auto":
        return torch.device("cuda:0" if name == "cuda" else name)
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    if name != "auto":
        return _DTYPES[name]
    return torch.float16 if device.type == "cuda" else torch.float32


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spare_cores() -> int:
    """One core stays with the bot itself: torch's threads wait for each other, and one that has to wait for its core
    makes all of them slow."""
    return max(1, cores() - 1)


def memory_bytes(device: torch.device) -> int:
    """All of the device's memory; of the computer's where the device has none of its own."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def weights_budget_bytes(device: torch.device) -> int:
    """For the weights of all checkpoints: a card is there for that, a computer's memory is not ours alone."""
    return int(memory_bytes(device) * (0.8 if device.type == "cuda" else 0.5))


def fingerprint(device: torch.device) -> str:
    """Hardware and versions, as far as they decide how long a forward takes."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"{device.type} {platform.machine()} x{torch.get_num_threads()}"
    return f"{name}, torch {torch.__version__}, diffusers {version('diffusers')}"
