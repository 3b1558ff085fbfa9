"""Fixtures that many tests share. Real parts: a real SQLite file, real settings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config import Settings, load_settings
from db import Database


def _has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()


# What only a CUDA device can show is no part of the suite elsewhere.
collect_ignore = [] if _has_cuda() else ["gpu"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The defaults, with everything stored under tmp_path."""
    monkeypatch.chdir(tmp_path)
    return load_settings(overrides={"storage": {"folder": str(tmp_path / "data")}})


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(tmp_path / "data" / "lienzo.sqlite3") as database:
        yield database
