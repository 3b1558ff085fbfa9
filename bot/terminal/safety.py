"""`lienzo safety`: what the gate says to a text, and how good it is on files of prompts and folders of pictures."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.safety import Policy, PromptTexts, RulesUnusable, Verdict, judge, load_rules, presets
from bot.safety.evaluation import Evaluation, Rate, evaluate
from bot.safety.rules import Rules
from bot.safety.sets import SetUnusable
from bot.terminal.failures import CommandFailed
from config import Settings

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp"})


def check(
    settings: Settings, text: str, *, negative: str, policy: str, is_multilingual: bool, has_upload: bool, as_json: bool
) -> int:
    """The exit status is 1 if the gate stops it."""
    texts = PromptTexts(text, negative, has_upload=has_upload, is_multilingual=is_multilingual)
    verdict = judge(_rules(settings), texts, _policy(policy))
    if as_json:
        print(json.dumps(_row(verdict)))
    elif verdict.rule:
        print(f"{verdict.action}: {verdict.category} (rule {verdict.rule}, score {verdict.score:.2f})")
    else:
        print("allow: nothing found")
    return 1 if verdict.action.stops else 0


def check_lines(settings: Settings, lines: Iterable[str], *, policy: str, is_multilingual: bool) -> None:
    """One verdict for each line, in their order. A line that is no such object stops everything: nothing is skipped."""
    rules, chosen = _rules(settings), _policy(policy)
    for texts in _read(lines, is_multilingual=is_multilingual):
        sys.stdout.write(json.dumps(_row(judge(rules, texts, chosen))) + "\n")


def show_rates(settings: Settings, files: Sequence[Path], *, policy: str, held_out: bool, as_json: bool) -> None:
    try:
        found = evaluate(_rules(settings), _policy(policy), files, held_out_only=held_out)
    except SetUnusable as error:
        raise CommandFailed(str(error)) from error
    if not found.milliseconds:
        raise CommandFailed("there is no prompt in these files")
    if as_json:
        print(json.dumps(_summary(found)))
    else:
        _print_rates(found)


def show_picture_rates(settings: Settings, folder: Path, *, as_json: bool) -> None:
    """How often the configured image checker would withhold the pictures of a folder."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    from bot.safety.gate import MIN_CONTRAST, NSFW_THRESHOLD
    from inference.scorers import make_scorers
    from inference.scorers.contrast import contrast

    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES)
    if not files:
        raise CommandFailed(f"{folder} holds no pictures ({', '.join(sorted(PICTURES))})")
    scorers = make_scorers(settings.safety)
    withheld = {"nsfw": 0, "contrast": 0}
    scores: list[float] = []
    unreadable = 0
    for file in files:
        try:
            with Image.open(file, formats=("PNG", "JPEG", "WEBP")) as picture:
                pixels = np.asarray(picture.convert("RGB"))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
            unreadable += 1
            continue
        found = dict(contrast(pixels))
        for scorer in scorers:
            found |= scorer(pixels)
        withheld["contrast"] += found["contrast"] < MIN_CONTRAST
        if "nsfw" in found:
            scores.append(found["nsfw"])
            withheld["nsfw"] += found["nsfw"] >= NSFW_THRESHOLD
    read = len(files) - unreadable
    summary: dict[str, Any] = {
        "pictures": read,
        "unreadable": unreadable,
        "has_checker": bool(scorers),
        "withheld": withheld,
    }
    if scores:
        summary["score_percentiles"] = {
            str(share): round(float(np.percentile(scores, share)), 4) for share in (50, 90, 95, 99, 100)
        }
    if as_json:
        print(json.dumps(summary))
        return
    print(f"{read} pictures, {unreadable} unreadable")
    print(f"flat or black        {_percent(withheld['contrast'], read)}")
    if not scorers:
        print("no image checker is configured: set [safety] nsfw_checkpoint, safety_checker or nudenet")
        return
    print(f"withheld as sexual   {_percent(withheld['nsfw'], read)}")
    for share, score in summary.get("score_percentiles", {}).items():
        print(f"  {share:>3s} % score at most {score:.4f}")


def _rules(settings: Settings) -> Rules:
    try:
        return load_rules(settings.safety.rules_folder)
    except RulesUnusable as error:
        raise CommandFailed(f"the safety rules cannot be used: {error}") from error


def _policy(name: str) -> Policy:
    known = presets()
    if name not in known:
        raise CommandFailed(f"--policy {name}: use {', '.join(known)}")
    return known[name]


def _read(lines: Iterable[str], *, is_multilingual: bool) -> Iterator[PromptTexts]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, negative = row["text"], row.get("negative") or ""
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandFailed(f'line {number}: {{"text": ...}} is expected ({error})') from error
        if not isinstance(text, str) or not isinstance(negative, str):
            raise CommandFailed(f"line {number}: text and negative must be strings")
        yield PromptTexts(text, negative, has_upload=bool(row.get("upload")), is_multilingual=is_multilingual)


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": str(verdict.action),
        "category": verdict.category,
        "rule": verdict.rule,
        "score": round(verdict.score, 4),
    }


def _summary(found: Evaluation) -> dict[str, Any]:
    def of(rate: Rate) -> dict[str, Any]:
        return {
            "stopped": rate.stopped,
            "led_away": rate.led_away,
            "total": rate.total,
            "percent": round(rate.percent, 3),
            "rules": rate.rules,
        }

    return {
        "sets": {name: of(rate) for name, rate in sorted(found.sets.items())},
        "categories": {name: of(rate) for name, rate in sorted(found.categories.items())},
        "clean": of(found.clean),
        "benign": of(found.benign),
        "diluted": {name: of(rate) for name, rate in found.diluted.items()},
        "minor_rules": {name: of(rate) for name, rate in found.minor_rules.items()},
        "milliseconds": {name: round(found.percentile(share), 3) for name, share in _PERCENTILES.items()},
    }


_PERCENTILES = {"p50": 0.5, "p99": 0.99, "worst": 1.0}


def _print_rates(found: Evaluation) -> None:
    print("stopped, by set; in brackets: stopped, or led away because it is suspected")
    for name, rate in sorted(found.sets.items()):
        print(_line(name, rate))
    if found.clean.total:
        print(_line("(clean sets together)", found.clean))
    if found.categories:
        print("stopped, by category of the harmful prompts")
        for name, rate in sorted(found.categories.items()):
            print(_line(name, rate))
    if found.diluted:
        print("stopped, of the harmful prompts of a category")
        for name, rate in found.diluted.items():
            print(_line(name, rate))
    for name, rate in found.minor_rules.items():
        print(f"benign prompts that the {name} minor rule stops: {rate.percent:.3f} %  {rate.stopped} of {rate.total}")
    if found.benign.stopped:
        print("rules that stopped benign prompts")
        for name, count in sorted(found.benign.rules.items(), key=lambda item: -item[1]):
            print(f"  {name:28s} {100 * count / found.benign.total:6.3f} %  {count} of {found.benign.total}")
    times = ", ".join(f"{name} {found.percentile(share):.2f} ms" for name, share in _PERCENTILES.items())
    print(f"a prompt takes {times}")


def _line(name: str, rate: Rate) -> str:
    return f"  {name:28s} {rate.percent:6.2f} %  {rate.stopped} of {rate.total}  ({rate.percent_met:.2f} %)"


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:6.2f} %  {count} of {total}" if total else "-"
