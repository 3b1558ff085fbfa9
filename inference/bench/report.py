"""The figures for people: a table for the terminal, Markdown for docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

# metric -> its heading
RATIO_COLUMNS: Mapping[str, str] = {
    "throughput": "jobs/s",
    "p50": "p50",
    "p95": "p95",
    "first_preview_p95": "first look p95",
    "loop_lag_p99": "loop lag p99",
    "peak_memory": "memory",
    "fairness": "fairness",
    "cancel_max": "cancel",
}
SPREAD_COLUMNS = ("throughput", "p50", "p95", "first_preview_p95")
# figure -> its heading, and how it is written
OWN_COLUMNS: Mapping[str, tuple[str, str]] = {
    "throughput_per_second": ("jobs/s", "{:.2f}"),
    "p50_seconds": ("p50 s", "{:.2f}"),
    "p95_seconds": ("p95 s", "{:.2f}"),
    "first_preview_p95_seconds": ("first look p95 s", "{:.2f}"),
    "jobs_per_tick": ("jobs/tick", "{:.1f}"),
    "loop_lag_p99_ms": ("loop lag p99 ms", "{:.1f}"),
    "peak_memory_bytes": ("memory MB", "{:.0f}"),
    "fairness_index": ("fairness", "{:.2f}"),
    "cancel_max_seconds": ("cancel s", "{:.3f}"),
    "cancel_ticks_max": ("cancel ticks", "{:.0f}"),
    "wrong_pictures": ("wrong", "{:.0f}"),
    "difference_max": ("uint8 max", "{:.0f}"),
}


def print_tables(result: Mapping[str, Any], console: Console) -> None:
    """The ratios, and the engine's own figures below."""
    ratios = Table("scenario", "vs", *RATIO_COLUMNS.values(), title="Above 1 the engine is better", box=None)
    for name, scenario in result["scenarios"].items():
        for baseline, values in scenario["vs"].items():
            cells = (f"{values[metric]:.2f}" if metric in values else "-" for metric in RATIO_COLUMNS)
            ratios.add_row(name, baseline, *cells)
    figures = Table("scenario", *(heading for heading, _ in OWN_COLUMNS.values()), title="The engine", box=None)
    for name, scenario in result["scenarios"].items():
        figures.add_row(name, *_figures(scenario["ours"]))
    for table in (ratios, figures):
        table.columns[0].no_wrap = True
        console.print(table)
    console.print(surroundings_line(result), style="dim")


def markdown(result: Mapping[str, Any]) -> str:
    """Where it was measured, the ratios with their spread, and the figures of everybody."""
    ratios = _pipe_table(
        ("scenario", "against", *(RATIO_COLUMNS[metric] for metric in SPREAD_COLUMNS)), _ratio_rows(result)
    )
    figures = _pipe_table(("scenario", "who", *(heading for heading, _ in OWN_COLUMNS.values())), _figure_rows(result))
    return "\n\n".join([f"### {result['model']}", surroundings_line(result), ratios, figures]) + "\n"


def write_markdown(result: Mapping[str, Any], file: Path) -> None:
    file.write_text(markdown(result), encoding="utf-8")


def write_json(result: Mapping[str, Any], file: Path) -> None:
    file.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def surroundings_line(result: Mapping[str, Any]) -> str:
    where = result["surroundings"]
    loads = [load for scenario in result["scenarios"].values() for load in scenario["load_average"]]
    return (
        f"{where['device_name']}, {where['cores']} cores, device {where['device']}, {where['dtype']}, "
        f"{where['cpu_threads']} torch threads, "
        f"engine {'compiled' if where['compiled'] else 'eager'}; Python {where['python']}, torch {where['torch']}, "
        f"diffusers {where['diffusers']}, transformers {where['transformers']}, Lienzo {where['lienzo']}; "
        f"{result['rounds']} rounds{', quick' if result['quick'] else ''}, seed {result['seed']}, "
        f"load average {min(loads):.1f} to {max(loads):.1f}"
    )


def _ratio_rows(result: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, scenario in result["scenarios"].items():
        for baseline, ratios in scenario["vs"].items():
            yield [name, baseline, *(_with_spread(ratios, metric) for metric in SPREAD_COLUMNS)]


def _figure_rows(result: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, scenario in result["scenarios"].items():
        for who, figures in {"ours": scenario["ours"], **scenario["contenders"]}.items():
            yield [name, who, *_figures(figures)]


def _with_spread(ratios: Mapping[str, Any], metric: str) -> str:
    if metric not in ratios:
        return "-"
    lowest, highest = ratios["spread"][metric]
    spread = f" ({lowest:.2f} to {highest:.2f})" if lowest < highest else ""  # one round has none
    return f"{ratios[metric]:.2f}{spread}"


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, (_, form) in OWN_COLUMNS.items():
        yield form.format(figures[name] / (10**6 if name.endswith("_bytes") else 1)) if name in figures else "-"


def _pipe_table(headings: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines)
