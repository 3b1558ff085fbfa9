"""The bot with an engine for each of two devices."""

from typing import Any

from db import GenerationState
from tests.e2e.conftest import Stage

TWO: dict[str, Any] = {
    "engine": {"runner": "torch", "device": "cpu", "more_devices": ["cpu"]},
    "checkpoints": {"tiny": {"builtin": "tiny", "sizes": ["64x64"], "max_pixels": 64 * 64, "default_steps": 3}},
    "imagine": {"checkpoint": "tiny"},
    "quota": {"max_waiting": 10},
}


async def test_what_is_asked_is_drawn_by_both_and_nothing_is_lost(stage: Stage) -> None:
    async with stage.bot(**TWO):
        records = [await stage.imagine(seed=seed) for seed in range(6)]
        rows = [await stage.wait_for_row(record, lambda row: row.state is GenerationState.DONE) for record in records]
        assert len({row.image_sha256 for row in rows}) == 6
    assert (stage.folder / "capacity.json").exists() == (stage.folder / "capacity-1.json").exists()
