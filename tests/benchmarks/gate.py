"""How fast the gate is, on one core and without a file of prompts: its own harmless and hidden texts.

    python -m tests.benchmarks.gate

Prints the milliseconds of a prompt (median, 99th percentile, worst), of the worst inputs of 2,000 characters, and how
many prompts a second `lienzo safety check --jsonl` answers, its start included and without.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable

from bot.safety import PromptTexts, judge, load_rules, presets
from bot.safety.rules import Rules
from bot.safety.training.scenes import ALTERNATIVES, scene_texts
from tests.bot.safety.transforms import TRANSFORMS

PROMPTS = 3000
LONGEST = 2000  # characters
SURROUNDINGS = (
    "a {} in a harbour at dawn, highly detailed, artstation, octane render, sharp focus, by greg rutkowski",
    "portrait of an old sailor with a {}, oil painting, dramatic lighting, intricate, elegant, trending on artstation",
    "{}",
)


def prompts(chance: random.Random) -> list[str]:
    """Most of them harmless, as people write them; one in ten hides a word."""
    scenes = scene_texts()["harmless"]
    found = []
    for number in range(PROMPTS):
        text = ALTERNATIVES.sub(lambda match: chance.choice(match[1].split("|")), chance.choice(scenes))
        if number % 10 == 0:
            text = f"{text} {chance.choice(list(TRANSFORMS.values()))('zorbexil')}"
        found.append(chance.choice(SURROUNDINGS).format(text))
    return found


def worst_inputs(chance: random.Random) -> dict[str, str]:
    """What costs a reader of hidden words most: every word unknown, long, marked up or hidden."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(5, 11))) for _ in range(400)]
    found = {
        "unknown words": " ".join(words),
        "one long word": "".join(words),
        "unknown words glued": " ".join("".join(words[at : at + 4]) for at in range(0, 400, 4)),
        "spaced letters": " ".join("".join(words)),
        "leet": " ".join(word.translate(str.maketrans("aeiost", "431057")) for word in words),
        "marks in words": " ".join("@".join(word) for word in words),
        "stars": " ".join(word[0] + "*" * 3 + word[4:] for word in words),
        "alternatives": "{" + "|".join(words) + "}",
        "brackets": "(" * 900 + "a" + ")" * 900,
        "weights": "".join(f"({word}:1.2)" for word in words),
        "look-alikes": " ".join(word.translate(str.maketrans("aceopxyi", "асеорхуі")) for word in words),
        "emoji": "\U0001f525 \U0001f351" * 700,
        "base64": " ".join("aGVsbG8gd29ybGQgaGVsbG8=" for _ in range(80)),
        "percents": "%61" * 700,
        "one letter": "a" * LONGEST,
        "reversed": " ".join(words)[::-1],
    }
    return {name: (text * 2)[:LONGEST] for name, text in found.items()}


def milliseconds(rules: Rules, texts: Iterable[str]) -> list[float]:
    policy = presets()["family"]
    found = []
    for text in texts:
        began = time.perf_counter()
        judge(rules, PromptTexts(text), policy)
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def answered_a_second(texts: list[str]) -> tuple[float, float]:
    """With the command's start, and without it."""
    seconds = []
    for some in (texts[:1], texts):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in some)
        began = time.perf_counter()
        command = [sys.executable, "-m", "bot", "safety", "check", "--jsonl"]
        subprocess.run(command, input=lines, text=True, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    return len(texts) / seconds[1], (len(texts) - 1) / max(seconds[1] - seconds[0], 1e-9)


def main() -> None:
    if hasattr(os, "sched_setaffinity") and len(cores := os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {max(cores)})  # for what starts from now on: numpy has counted the cores by now
        os.execv(sys.executable, [sys.executable, "-m", "tests.benchmarks.gate"])
    chance = random.Random(1)
    rules = load_rules()
    texts = prompts(chance)
    milliseconds(rules, texts[:20])
    took = milliseconds(rules, texts)
    print(f"{len(texts)} prompts: median {statistics.median(took):.2f} ms, 99 of 100 within", end=" ")
    print(f"{took[int(0.99 * len(took))]:.2f} ms, worst {took[-1]:.2f} ms")
    for name, text in worst_inputs(chance).items():
        once = milliseconds(load_rules(), [text])[0]  # nothing remembered from the last one
        print(f"  {LONGEST} characters, {name:20s} {once:7.2f} ms")
    with_start, without = answered_a_second(texts)
    print(f"--jsonl: {with_start:.0f} prompts a second with its start, {without:.0f} without")


if __name__ == "__main__":
    main()
