"""Numbers for Prometheus. No label names a member, a server or a prompt; their values come from short, fixed lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from inference import EngineHealth

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 900, 3600)


class Metrics:
    """One set for each bot; nothing is global, so that tests and several bots in one process do not add up."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._queue = Gauge("lienzo_generations", "Generations not ended yet", ["state"], registry=self._registry)
        self._ended = Counter("lienzo_ended", "Generations that ended", ["state"], registry=self._registry)
        self._refused = Counter(
            "lienzo_refusals",
            "Requests and pictures that the gate stopped",
            ["stage", "category"],
            registry=self._registry,
        )
        self._alerted = Counter(
            "lienzo_alerts", "Faults of the safety gate and its gravest finds", registry=self._registry
        )
        self._quota_refused = Counter(
            "lienzo_quota_refusals", "Requests refused for want of credits or places", registry=self._registry
        )
        self._waited = self._seconds("lienzo_wait_seconds", "From accepted to the first step")
        self._ran = self._seconds("lienzo_run_seconds", "From the first step to the finished file")
        self._delivered = self._seconds("lienzo_delivery_seconds", "From the finished file to the posted message")
        self._lag = Gauge("lienzo_loop_lag_seconds", "How late the event loop is", registry=self._registry)

    def watch_engine(self, health: Callable[[], EngineHealth]) -> None:
        self._registry.register(_EngineCollector(health))

    def queued(self, by_state: Mapping[str, int]) -> None:
        for state in ("queued", "running", "posting"):
            self._queue.labels(state).set(by_state.get(state, 0))

    def ended(self, state: str) -> None:
        self._ended.labels(state).inc()

    def refused(self, stage: str, category: str) -> None:
        self._refused.labels(stage, category).inc()

    def alerted(self) -> None:
        self._alerted.inc()

    def quota_refused(self) -> None:
        self._quota_refused.inc()

    def waited(self, seconds: float) -> None:
        self._waited.observe(max(0.0, seconds))

    def ran(self, seconds: float) -> None:
        self._ran.observe(max(0.0, seconds))

    def delivered(self, seconds: float) -> None:
        self._delivered.observe(max(0.0, seconds))

    def lagged(self, seconds: float) -> None:
        self._lag.set(seconds)

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)

    def _seconds(self, name: str, what: str) -> Histogram:
        return Histogram(name, what, buckets=SECONDS, registry=self._registry)


class _EngineCollector(Collector):
    """Reads the engine when it is asked, so that a tick never waits for a metric."""

    def __init__(self, health: Callable[[], EngineHealth]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        health = self._health()
        yield GaugeMetricFamily("lienzo_engine_jobs", "Jobs in the engine", value=health.jobs)
        yield GaugeMetricFamily("lienzo_engine_can_draw", "1 while the engine takes jobs", value=int(health.can_draw))
        yield GaugeMetricFamily(
            "lienzo_engine_tick_seconds", "Age of the tick under way, 0 between ticks", value=health.tick_seconds
        )
        ticks = HistogramMetricFamily("lienzo_engine_batch_jobs", "Jobs that shared a step")
        total, buckets = 0, []
        for jobs, count in enumerate(health.ticks_by_jobs):
            total += count
            buckets.append((str(float(jobs)), total))
        work = sum(jobs * count for jobs, count in enumerate(health.ticks_by_jobs))
        ticks.add_metric([], buckets=[*buckets, ("+Inf", total)], sum_value=work)
        yield ticks
