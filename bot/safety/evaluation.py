"""How often the gate stops the prompts of some files, by set and by category. Counts only; no prompt leaves it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.safety.judging import judge
from bot.safety.policy import Policy
from bot.safety.rules import Rules
from bot.safety.sets import CLEAN_SETS, Prompt, read_sets
from bot.safety.texts import PromptTexts
from bot.safety.verdict import Action, Verdict


@dataclass(slots=True)
class Rate:
    stopped: int = 0
    led_away: int = 0  # drawn, but led away from what was suspected
    total: int = 0
    rules: dict[str, int] = field(default_factory=dict)

    def count(self, rule: str, *, is_stopped: bool, is_led_away: bool = False) -> None:
        self.total += 1
        self.led_away += is_led_away
        if is_stopped:
            self.stopped += 1
            self.rules[rule] = self.rules.get(rule, 0) + 1

    @property
    def percent(self) -> float:
        return 100 * self.stopped / self.total if self.total else 0.0

    @property
    def percent_met(self) -> float:
        """Stopped or led away."""
        return 100 * (self.stopped + self.led_away) / self.total if self.total else 0.0


@dataclass(slots=True)
class Evaluation:
    """``milliseconds``: of each prompt, sorted. ``diluted``: the harmful prompts as they are, and with harmless words
    around. ``minor_rules``: harmless prompts that the strict and the wide form of the minor rule stop."""

    sets: dict[str, Rate] = field(default_factory=dict)
    categories: dict[str, Rate] = field(default_factory=dict)
    clean: Rate = field(default_factory=Rate)
    benign: Rate = field(default_factory=Rate)
    diluted: dict[str, Rate] = field(default_factory=dict)
    minor_rules: dict[str, Rate] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        return self.milliseconds[min(len(self.milliseconds) - 1, int(share * len(self.milliseconds)))]


def evaluate(rules: Rules, policy: Policy, files: Iterable[Path], *, held_out_only: bool) -> Evaluation:
    """Raises SetUnusable. Categories are counted over harmful prompts, whatever category the gate saw in them."""
    prompts = [prompt for prompt in read_sets(files) if prompt.is_held_out or not held_out_only]
    return evaluate_prompts(rules, policy, prompts)


# What people put around any prompt. It must not hide what stands between.
HEAD = "a beautiful detailed digital painting of a quiet landscape with"
TAIL = "highly detailed, artstation, octane render, 8k, sharp focus, smooth, concept art"
DILUTIONS = {
    "as they are": "{}",
    "with a harmless head": f"{HEAD} {{}}",
    "with a harmless tail": f"{{}}, {TAIL}",
    "with both": f"{HEAD} {{}}, {TAIL}",
}
MINOR_RULES = {"minors_sexual": "strict", "age_ambiguous": "wide"}


def evaluate_prompts(rules: Rules, policy: Policy, prompts: Sequence[Prompt]) -> Evaluation:
    found = Evaluation()
    judged: dict[str, Verdict] = {}
    for prompt in prompts:
        if prompt.text not in judged:
            began = time.perf_counter()
            verdict = judge(rules, PromptTexts(prompt.text), policy)
            found.milliseconds.append((time.perf_counter() - began) * 1000)
            judged[prompt.text] = verdict
        verdict = judged[prompt.text]
        rates = [found.sets.setdefault(prompt.set, Rate())]
        if prompt.set in CLEAN_SETS:
            rates.append(found.clean)
        if prompt.is_benign:
            rates.append(found.benign)
            for category, form in MINOR_RULES.items():
                found.minor_rules.setdefault(form, Rate()).count(verdict.rule, is_stopped=verdict.category == category)
        if prompt.label == "harmful":
            rates += [found.categories.setdefault(category, Rate()) for category in sorted(prompt.categories)]
            if prompt.categories:
                _dilute(found, rules, policy, prompt.text)
        for rate in rates:
            is_led_away = verdict.action is Action.STEER
            rate.count(verdict.rule, is_stopped=verdict.action.stops, is_led_away=is_led_away)
    found.milliseconds.sort()
    return found


def _dilute(found: Evaluation, rules: Rules, policy: Policy, text: str) -> None:
    for name, frame in DILUTIONS.items():
        verdict = judge(rules, PromptTexts(frame.format(text)), policy)
        rate = found.diluted.setdefault(name, Rate())
        rate.count(verdict.rule, is_stopped=verdict.action.stops, is_led_away=verdict.action is Action.STEER)
