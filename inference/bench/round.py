"""One scenario on one contender: who asks when, and what each asker saw."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from inference.bench.contenders import Contender, GaveUp, Ticket
from inference.bench.measure import Heartbeat, jain_index, percentile
from inference.bench.scenarios import Arrival, Scenario


@dataclass(frozen=True, slots=True)
class Round:
    """figures: by name with the unit in it. files: finished pictures, by the number of the arrival."""

    figures: dict[str, float]
    files: dict[int, bytes] = field(repr=False)


async def play(scenario: Scenario, contender: Contender, *, unit_seconds: float, device: str) -> Round:
    """Every asker comes at its time whether or not those before it are served: a slow contender cannot slow the
    traffic down. Raises whatever a job ends with, but for its own cancel.
    """
    gc.collect()
    contender.begin()
    async with Heartbeat(device) as heartbeat:
        started = time.perf_counter()
        if scenario.one_by_one:
            tickets = [await _ask(arrival, contender, time.perf_counter()) for arrival in scenario.arrivals]
        else:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(_ask(arrival, contender, started + arrival.at * unit_seconds))
                    for arrival in scenario.arrivals
                ]
            tickets = [task.result() for task in tasks]
    figures = _figures(tickets, started, lanes_matter=scenario.lanes_matter) | {
        "loop_lag_p99_ms": percentile(heartbeat.lags_seconds, 99) * 1000,
        "loop_lag_max_ms": max(heartbeat.lags_seconds, default=0.0) * 1000,
        "peak_memory_bytes": heartbeat.peak_bytes,
    }
    figures |= contender.counted()
    return Round(figures, {nth: ticket.file for nth, ticket in enumerate(tickets) if ticket.file is not None})


async def seconds_alone(requests: Sequence[Arrival], contender: Contender) -> float:
    """Mean seconds of a job of these, one after the other."""
    started = time.perf_counter()
    for arrival in requests:
        await _ask(arrival, contender, time.perf_counter())
    return (time.perf_counter() - started) / len(requests)


async def _ask(arrival: Arrival, contender: Contender, at: float) -> Ticket:
    await asyncio.sleep(max(0.0, at - time.perf_counter()))
    # Waiting counts from when it was meant to come: a late event loop is part of what is measured.
    ticket = Ticket(arrival, at)
    with suppress(GaveUp):
        ticket.file = await contender.draw(ticket)
    ticket.ended_at = time.perf_counter()
    return ticket


def _figures(tickets: Sequence[Ticket], started: float, *, lanes_matter: bool) -> dict[str, float]:
    drawn = [ticket for ticket in tickets if ticket.has_picture]
    latencies = [ticket.latency_seconds for ticket in drawn]
    looks = [ticket.first_look_seconds for ticket in drawn]
    figures = {
        "throughput_per_second": len(drawn) / (max(ticket.ended_at for ticket in tickets) - started),
        "p50_seconds": percentile(latencies, 50),
        "p95_seconds": percentile(latencies, 95),
        "first_preview_p50_seconds": percentile(looks, 50),
        "first_preview_p95_seconds": percentile(looks, 95),
        "previews_per_job": sum(ticket.previews for ticket in drawn) / max(1, len(drawn)),
    }
    if lanes_matter:
        figures["fairness_index"] = jain_index(_steps_per_second_by_lane(drawn))
    cancels = [ticket.cancel_seconds for ticket in tickets if ticket.is_cancelled]
    if cancels:
        figures |= {"cancel_p50_seconds": percentile(cancels, 50), "cancel_max_seconds": max(cancels)}
    return figures


def _steps_per_second_by_lane(tickets: Sequence[Ticket]) -> list[float]:
    """How fast each lane's jobs went, waiting included, on average: asked steps per second of latency."""
    lanes: dict[str, list[float]] = {}
    for ticket in tickets:
        lanes.setdefault(ticket.lane, []).append(ticket.request.steps / ticket.latency_seconds)
    return [sum(speeds) / len(speeds) for speeds in lanes.values()]
