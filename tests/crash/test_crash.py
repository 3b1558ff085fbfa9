"""Ten kills, as a part of the suite. `make crash` makes it a hundred."""

from pathlib import Path

import pytest

from bot.rehearsal import hub
from tests.crash.storm import storm


@pytest.mark.timeout(300)
async def test_ten_kills_lose_nothing_double_nothing_and_charge_rightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "NONCE_MEMORY_SECONDS", hub.NONCE_MEMORY_SECONDS)  # the storm shortens it
    verdict = await storm(10, 20, tmp_path)
    assert verdict.problems == [], (tmp_path / "wrong.txt").read_text()[:20_000]
    assert verdict.done > 0
