"""What executes plans on a device. Importing this loads no torch; building a TorchRunner does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.additions import Additions
from config.settings import CheckpointSettings, EngineSettings
from inference.runners.base import Runner


def make_runner(
    settings: EngineSettings,
    checkpoints: Mapping[str, CheckpointSettings],
    *,
    checkpoints_folder: Path,
    additions: Additions,
) -> Runner:
    """The runner that the settings name."""
    if settings.runner == "fake":
        from inference.runners.fake_runner import FakeRunner

        return FakeRunner(settings.fake_step_seconds)
    from inference.runners.torch_runner import TorchRunner

    return TorchRunner(settings, checkpoints, checkpoints_folder, additions)
