"""Good defaults; override what the test is about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import CheckpointSettings, EngineSettings, load_settings
from inference import ImageRequest, LocalEngine
from inference.runners.base import Runner

TINY = CheckpointSettings(builtin="tiny", sizes=("64x64",), max_pixels=128 * 128, default_steps=8)


def a_request(**fields: Any) -> ImageRequest:
    defaults: dict[str, Any] = {
        "prompt": "a red circle",
        "seed": 7,
        "width": 64,
        "height": 64,
        "steps": 4,
        "guidance": 5.0,
        "sampler": "dpm++2m",
        "checkpoint": "tiny",
    }
    return ImageRequest(**(defaults | fields))


def engine_settings(**fields: Any) -> EngineSettings:
    return load_settings(env_file=Path("/nonexistent")).engine.model_copy(
        update={"cpu_threads": 1, "calibration_seconds": 0.0, **fields}
    )


def an_engine(
    runner: Runner | None = None,
    *,
    folder: Path = Path("unused"),
    checkpoints: Mapping[str, CheckpointSettings] = {"tiny": TINY},
    **settings: Any,
) -> LocalEngine:
    return LocalEngine(
        engine_settings(**settings),
        checkpoints,
        default_checkpoint="tiny",
        checkpoints_folder=folder,
        runner_factory=None if runner is None else lambda: runner,
    )
