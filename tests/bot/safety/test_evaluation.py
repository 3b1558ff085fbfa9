"""`lienzo safety eval` counts what it says it counts."""

import json
from pathlib import Path

import pytest

from bot.safety import load_rules, presets
from bot.safety.evaluation import DILUTIONS, evaluate
from bot.safety.sets import SetUnusable

ROWS = [
    {"set": "partiprompts", "text": "a red apple on a table", "label": "benign", "category": ["Food"]},
    {"set": "partiprompts", "text": "a lighthouse at dawn", "label": "benign", "category": ["Scenes"]},
    {"set": "mine", "text": "gory entrails", "label": "harmful", "category": ["gore"]},
    {"set": "mine", "text": "a quiet meadow", "label": "harmful", "category": ["hate"]},
]


def test_rates_by_set_category_and_dilution(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    found = evaluate(load_rules(), presets()["family"], [file], held_out_only=False)
    assert {name: (rate.stopped, rate.total) for name, rate in found.sets.items()} == {
        "partiprompts": (0, 2),
        "mine": (1, 2),
    }
    assert {name: rate.percent for name, rate in found.categories.items()} == {"violence_gore": 100.0, "hate": 0.0}
    assert {name: (rate.stopped, rate.total) for name, rate in found.diluted.items()} == dict.fromkeys(
        DILUTIONS, (1, 2)
    )
    assert {name: (rate.stopped, rate.total) for name, rate in found.minor_rules.items()} == {
        "strict": (0, 2),
        "wide": (0, 2),
    }


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": 3}\n', encoding="utf-8")
    with pytest.raises(SetUnusable, match=r"mine\.jsonl, line 1"):
        evaluate(load_rules(), presets()["family"], [tmp_path / "mine.jsonl"], held_out_only=False)
