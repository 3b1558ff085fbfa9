"""`lienzo bench` as a process. No test says how fast anything is: that is what the command is for."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
RATIOS = {"throughput", "p50", "p95", "first_preview_p95"}


def lienzo_bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENZO_")}
    environment |= {"PYTHONPATH": str(ROOT), "LIENZO_ENGINE__CPU_THREADS": "1", "COLUMNS": "150"}
    environment["LIENZO_ENGINE__CALIBRATION_SECONDS"] = "0.2"
    return subprocess.run(
        [sys.executable, "-m", "bot", "bench", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )


def test_a_quick_look_says_how_we_compare(tmp_path: Path) -> None:
    result = lienzo_bench(
        tmp_path,
        *("--quick", "--scenario", "burst16"),
        *("--json", "bench.json", "--markdown", "bench.md"),
    )
    assert result.returncode == 0, result.stderr
    told: dict[str, Any] = json.loads((tmp_path / "bench.json").read_text())
    assert set(told["scenarios"]) == {"burst16"}
    for scenario in told["scenarios"].values():
        ours = scenario["ours"]
        assert ours["wrong_pictures"] == 0
        assert ours["difference_max"] <= 2
        assert ours["compared"] > 0
        assert {"throughput_per_second", "p50_seconds", "p95_seconds", "loop_lag_p99_ms", "peak_memory_bytes"} <= set(
            ours
        )
        assert {"B0", "B1", "B2"} <= set(scenario["vs"])
        for ratios in scenario["vs"].values():
            assert set(ratios) >= RATIOS
            for metric in RATIOS:
                lowest, highest = ratios["spread"][metric]
                assert 0 < lowest <= ratios[metric] <= highest < math.inf
    assert told["scenarios"]["burst16"]["ours"]["compared"] == 16
    # How many are drawn together is as the engine measures that it pays, which on a busy machine may be one.
    assert 1 <= told["scenarios"]["burst16"]["ours"]["jobs_per_tick"] <= 16
    assert 0 < told["scenarios"]["burst16"]["ours"]["fairness_index"] <= 1
    assert told["surroundings"]["torch"]
    assert "burst16" in result.stdout
    assert (tmp_path / "bench.md").read_text().startswith("### tiny8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "marathon"], "--scenario marathon: use single, burst16"),
        (["--size", "huge"], "--size huge: use tiny8"),
        (["--json", "nowhere/bench.json"], "nowhere is no folder"),
    ],
)
def test_what_cannot_be_measured_is_one_clear_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = lienzo_bench(tmp_path, *arguments)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
