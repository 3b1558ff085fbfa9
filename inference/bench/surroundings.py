"""On what it was measured: the device, the weights, the contenders on them, and a description for the report."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import torch

from config.settings import CheckpointSettings, EngineSettings
from inference.bench.baselines import LockAndExecutor, SideBySide, StaticWindow
from inference.bench.contenders import Contender
from inference.bench.ours import Ours
from inference.bench.scenarios import Shapes
from inference.bench.weights import MODELS, make_pipeline
from inference.checkpoints import quieten_libraries
from inference.runners.device import choose_device, choose_dtype, spare_cores

MOST_COMPILED_FORMS = 256


@dataclass(frozen=True, slots=True)
class Stage:
    """makers: of the contenders, to be called in the event loop."""

    device: str
    dtype: str
    cpu_threads: int
    is_compiled: bool
    shapes: Shapes
    makers: tuple[Callable[[], Contender], ...]


def prepare(model: str, settings: EngineSettings) -> Stage:
    """Make the weights and what is needed to draw with them. Blocking."""
    quieten_libraries()
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    threads = settings.cpu_threads or spare_cores()
    torch.set_num_threads(threads)
    pipeline = make_pipeline(model, device, dtype)
    shapes = MODELS[model].shapes
    checkpoint = CheckpointSettings(
        builtin="tiny",
        sizes=tuple(f"{width}x{height}" for width, height in shapes.all),
        max_pixels=max(64 * 64, *(width * height for width, height in shapes.all)),
    )
    engine = settings.model_copy(update={"cpu_threads": threads, "image_format": "png", "max_waiting": 10_000})
    makers: list[Callable[[], Contender]] = [
        partial(Ours, pipeline, engine, checkpoint),
        partial(LockAndExecutor, pipeline, cpu_threads=threads),
        partial(SideBySide, pipeline, cpu_threads=threads),
        partial(StaticWindow, pipeline, cpu_threads=threads, max_batch=settings.max_batch),
    ]
    if device.type == "cuda":
        # Every shape and number of rows is one more compiled form of the same U-Net, for ours and for B3 together.
        torch._dynamo.config.recompile_limit = MOST_COMPILED_FORMS
        makers.append(partial(LockAndExecutor, pipeline, cpu_threads=threads, compiled=True))
    is_compiled = settings.compile and device.type == "cuda"
    return Stage(str(device), str(dtype).removeprefix("torch."), threads, is_compiled, shapes, tuple(makers))


def describe(stage: Stage) -> dict[str, Any]:
    told: dict[str, Any] = {
        "device": stage.device,
        "device_name": _device_name(stage.device),
        "dtype": stage.dtype,
        "cpu_threads": stage.cpu_threads,
        "compiled": stage.is_compiled,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    return told | {name: version(name) for name in ("lienzo", "torch", "diffusers", "transformers")}


def _device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - one line of a file that has no end worth reading
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
