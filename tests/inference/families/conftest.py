"""Each tiny checkpoint is made, saved and loaded once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import torch

from config import CheckpointSettings
from config.additions import Additions
from inference.checkpoints import load_family
from tests.inference.families.tiny import assemble

Load: TypeAlias = Callable[[str], Any]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("kinds")
    return cache(lambda kind: assemble(kind, root))


@pytest.fixture(scope="session")
def family(folder_of: Callable[[str], Path]) -> Load:
    """By kind, shared by all tests: they must leave it as it was."""
    return cache(lambda kind: load(folder_of(kind)))


def load(path: Path, dtype: torch.dtype = torch.float32, **arguments: Any) -> Any:
    kinds = ("loras", "embeddings", "controlnets", "ip_adapters")
    additions = Additions(**{kind: arguments.pop(kind) for kind in kinds if kind in arguments})
    settings = CheckpointSettings(sizes=("64x64",), max_pixels=256 * 256, path=path, **arguments)
    return load_family("mine", settings, path.parent, device=torch.device("cpu"), dtype=dtype, additions=additions)
