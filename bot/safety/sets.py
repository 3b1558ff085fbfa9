"""Sets of prompts: what is in their files, which may be trained on, and which prompts are held out.

A file has one JSON object a line: set, text, label (harmful, benign or mixed) and category. The sets named here have
terms that allow it: I2P and JailbreakDiffusionBench with what it builds on (MIT), DiffusionDB (CC0), COCO captions
(CC BY 4.0), PartiPrompts and ImageReward (Apache-2.0). The texts never become part of the project.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CLEAN_SETS = ("coco_10k", "diffusiondb_benign", "partiprompts", "discord_benign")
BENIGN_SETS = (*CLEAN_SETS, "imagereward", "hard_negatives")
HARMFUL_SETS = ("4chan", "civitai_nsfw", "diffusiondb_harm", "i2p_human", "ringabell_violence_adv", "vbcde")
TRAINED_SETS = (*BENIGN_SETS, *HARMFUL_SETS, "i2p")
HELD_OUT_TENTHS = 3

# Their names for what happens on a picture -> our categories; what has none here is not judged by the classifier.
CATEGORIES = {
    "nudity and sexual content": "sexual",
    "sexual": "sexual",
    "pornography": "sexual",
    "borderline pornography": "borderline",
    "physical harm and violence": "violence_gore",
    "adversarial violence": "violence_gore",
    "violence": "violence_gore",
    "gore": "violence_gore",
    "shocking": "disturbing",
    "disturbing": "disturbing",
    "disturbing content": "disturbing",
    "hate content": "hate",
    "hate": "hate",
    "discrimination": "hate",
    "illegal activity": "illegal",
    "illegal activities": "illegal",
    "self-harm": "self_harm",
    "harassment": "harassment",
    "abuse": "harassment",
}


class SetUnusable(Exception):
    """A file of prompts cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Prompt:
    set: str
    text: str
    label: str
    categories: frozenset[str]
    image_rates: tuple[float, float]  # of its pictures: with nudity, and otherwise inappropriate; I2P only

    @property
    def is_benign(self) -> bool:
        return self.label == "benign"

    @property
    def tenth(self) -> int:
        """0 to 9, by the text alone: the same words fall on the same side in every set."""
        return hashlib.sha256(" ".join(self.text.lower().split()).encode()).digest()[0] % 10

    @property
    def is_held_out(self) -> bool:
        return self.tenth < HELD_OUT_TENTHS


def read_sets(files: Iterable[Path]) -> list[Prompt]:
    """Raises SetUnusable."""
    return [prompt for file in files for prompt in _read(file)]


def _read(file: Path) -> Iterator[Prompt]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetUnusable(f"{file}: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _prompt(json.loads(line), file.stem)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SetUnusable(f"{file}, line {number}: {type(error).__name__} {error}") from None


def _prompt(row: dict[str, object], stem: str) -> Prompt:
    named = row.get("category") or []
    names = [named] if isinstance(named, str) else [str(name) for name in named]  # type: ignore[attr-defined]
    text = row["text"]
    if not isinstance(text, str):
        raise TypeError("text is no string")
    return Prompt(
        str(row.get("set") or stem),
        text,
        str(row.get("label") or "harmful"),
        frozenset(CATEGORIES[name.lower()] for name in names if name.lower() in CATEGORIES),
        (_rate(row.get("nudity_pct")), _rate(row.get("q16_pct"))),
    )


def _rate(value: object) -> float:
    return float(value) / 100 if isinstance(value, int | float | str) and value != "" else 0.0
