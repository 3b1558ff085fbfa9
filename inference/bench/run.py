"""The whole comparison: warm-up, interleaved rounds, ratios, and how far they spread."""

from __future__ import annotations

import asyncio
import math
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from config.settings import EngineSettings
from inference.bench.contenders import Contender
from inference.bench.pictures import compare, over_all
from inference.bench.round import Round, play, seconds_alone
from inference.bench.scenarios import FULL, QUICK, SCENARIOS, Scenario, Shapes, Size, make_scenario

UNIT_JOBS = 8  # how many jobs of a scenario are drawn alone to learn its unit ...
FEW_UNIT_JOBS = 2  # ... where no arrival depends on it, or nobody has the time
SETTLED = 1.05  # the engine has learnt its capacity when another warm-up is not faster by more than this
MOST_WARM_UPS = 4
WARM_UP_JOBS = 16
WARM_UP_JOBS_OF_A_BASELINE = 2  # they learn nothing; only the first calls of a process are slower

Figures: TypeAlias = Mapping[str, float]

# metric -> the figure it compares, and whether more is better
RATIOS: Mapping[str, tuple[str, bool]] = {
    "throughput": ("throughput_per_second", True),
    "p50": ("p50_seconds", False),
    "p95": ("p95_seconds", False),
    "first_preview_p95": ("first_preview_p95_seconds", False),
    "loop_lag_p99": ("loop_lag_p99_ms", False),
    "peak_memory": ("peak_memory_bytes", False),
    "fairness": ("fairness_index", True),
    "cancel_max": ("cancel_max_seconds", False),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """What to measure. model: tiny8, tiny16, sd15, sd21 or sdxl."""

    model: str = "tiny8"
    scenarios: tuple[str, ...] = SCENARIOS
    rounds: int = 5
    quick: bool = False
    seed: int = 1

    @property
    def size(self) -> Size:
        return QUICK if self.quick else FULL


async def measure(bench: Bench, settings: EngineSettings, *, tell: Callable[[str], None]) -> dict[str, Any]:
    """Everything, as it goes into the JSON file. ``tell`` hears what is being done."""
    from inference.bench.surroundings import describe, prepare

    tell(f"making the weights of {bench.model}")
    stage = await asyncio.to_thread(prepare, bench.model, settings)
    async with AsyncExitStack() as exits:
        contenders = [await exits.enter_async_context(make()) for make in stage.makers]
        scenarios: dict[str, Any] = {}
        for name in bench.scenarios:
            scenarios[name] = await _scenario(name, bench, stage.shapes, contenders, stage.device, tell)
    return {
        "model": bench.model,
        "quick": bench.quick,
        "rounds": bench.rounds,
        "seed": bench.seed,
        "surroundings": describe(stage),
        "scenarios": scenarios,
    }


async def _scenario(
    name: str,
    bench: Bench,
    shapes: Shapes,
    contenders: Sequence[Contender],
    device: str,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    def scenario(part: str) -> Scenario:
        return make_scenario(name, shapes, bench.size, seed=bench.seed, part=part)

    baseline = next(contender for contender in contenders if contender.name == "B0")
    for contender in contenders:
        if bench.quick and contender.name != "ours" and name != bench.scenarios[0]:
            continue
        tell(f"{name}: {contender.name} warms up")
        await _warm_up(scenario("warm-up"), contender, once=bench.quick, device=device)
    rounds: list[dict[str, Figures]] = []
    pictures, units, loads = [], [], []
    rounds_asked = bench.rounds * scenario("warm-up").more_rounds
    for nth in range(rounds_asked):
        asked = scenario(f"round {nth}")
        jobs = UNIT_JOBS if any(arrival.at for arrival in asked.arrivals) and not bench.quick else FEW_UNIT_JOBS
        units.append(await seconds_alone(asked.arrivals[:jobs], baseline))
        loads.append(os.getloadavg()[0])
        played: dict[str, Round] = {}
        for contender in contenders if nth % 2 else reversed(contenders):
            tell(f"{name}: round {nth + 1} of {rounds_asked}, {contender.name}")
            played[contender.name] = await play(asked, contender, unit_seconds=units[-1], device=device)
        rounds.append({who: round_.figures for who, round_ in played.items()})
        pictures.append(compare(played["ours"].files, played["B0"].files))
    summary = _summary(asked.title, rounds)
    summary["ours"] |= over_all(pictures)
    return summary | {"unit_seconds": units, "load_average": loads}


async def _warm_up(scenario: Scenario, contender: Contender, *, once: bool, device: str) -> None:
    """Many at once, several times: the engine measures how many jobs of each shape are worth a tick while it runs."""
    # A compiled U-Net is compiled anew for each shape, so it has to see them all, too.
    jobs = WARM_UP_JOBS if contender.name in ("ours", "B3") else WARM_UP_JOBS_OF_A_BASELINE
    scenario = replace(scenario, arrivals=scenario.arrivals[:jobs])
    fastest = 0.0
    for _ in range(MOST_WARM_UPS if contender.name == "ours" and not once else 1):
        result = await play(scenario, contender, unit_seconds=0.0, device=device)
        throughput = result.figures["throughput_per_second"]
        if throughput < fastest * SETTLED:
            return
        fastest = throughput


def _summary(title: str, rounds: Sequence[Mapping[str, Figures]]) -> dict[str, Any]:
    """Medians over the rounds, and [smallest, largest] of each under ``spread``. Ratios are taken within a round."""
    names = rounds[0].keys()
    figures = {name: [played[name] for played in rounds] for name in names}
    versus = {name: [_ratios(played["ours"], played[name]) for played in rounds] for name in names if name != "ours"}
    return {
        "title": title,
        "ours": _medians(figures["ours"]),
        "contenders": {name: _medians(figures[name]) for name in sorted(versus)},
        "vs": {name: _medians(versus[name]) for name in sorted(versus)},
    }


def _ratios(ours: Figures, theirs: Figures) -> dict[str, float]:
    """Above 1 ours is better. Without what neither of the two has shown, or what took no time."""
    return {
        metric: ours[figure] / theirs[figure] if more_is_better else theirs[figure] / ours[figure]
        for metric, (figure, more_is_better) in RATIOS.items()
        if ours.get(figure, 0) > 0 and theirs.get(figure, 0) > 0
    }


def _medians(rounds: Sequence[Figures]) -> dict[str, Any]:
    seen = {
        name: [one[name] for one in rounds if name in one and not math.isnan(one[name])]
        for name in dict.fromkeys(key for one in rounds for key in one)
    }
    result: dict[str, Any] = {name: statistics.median(values) for name, values in seen.items() if values}
    result["spread"] = {name: [min(values), max(values)] for name, values in seen.items() if values}
    return result
