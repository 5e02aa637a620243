"""Counts and latencies of requests by route and outcome, for Prometheus.

Several web processes: start them with PROMETHEUS_MULTIPROC_DIR naming a folder that is empty at start, and hand the
same folder in; then every process answers for all. Without it each process answers for itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from bot.domain.kinds import NoticeState

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. The last is the platform's patience."""

UNMATCHED = "unmatched"
"""Route of requests that no rule took: addresses that strangers make up must not become labels."""


class RequestMetrics:
    """The counters of one process. The children are kept, because looking them up costs more than counting."""

    def __init__(self, multiprocess_folder: str | None = None) -> None:
        self.registry = CollectorRegistry()
        self._folder = multiprocess_folder
        self._requests = Counter(
            "shuqian_http_requests", "Requests answered", ["route", "outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "shuqian_http_request_seconds",
            "Time to answer",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        # Each process tells its own share; a worker that was killed is left out (`_forget_dead`).
        self._streams = Gauge(
            "shuqian_live_streams", "Open live streams", registry=self.registry, multiprocess_mode="livesum"
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        counter = self._counters.get((route, status))
        if counter is None:
            counter = self._counters[route, status] = self._requests.labels(route, str(status))
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._seconds.labels(route)
        counter.inc()
        timer.observe(seconds)

    def count_streams(self, number: int) -> None:
        """Note how many live streams are open in this process."""
        self._streams.set(number)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        if self._folder is None:
            return generate_latest(self.registry)
        _forget_dead(self._folder)
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered, self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)


def _forget_dead(folder: str) -> None:
    """Leave out what a process that has been killed had open; what it has counted stays."""
    for file in Path(folder).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]


class NoticeGauge(Collector):
    """How many notices are in each state: counted when asked, since the database knows it for all processes."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One figure for each state, also for those that no notice is in."""
        gauge = GaugeMetricFamily("shuqian_notices", "Notices by state", labels=["state"])
        for state in NoticeState:
            gauge.add_metric([state], self._counts.get(state, 0))
        yield gauge


def notice_exposition(counts: Mapping[str, int]) -> bytes:
    """The notices in the text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(NoticeGauge(counts))
    return generate_latest(registry)


def measure_requests(app: Flask, metrics: RequestMetrics) -> None:
    """Observe every request of the application."""

    @app.before_request
    def _start() -> None:
        g.started_at = perf_counter()

    @app.after_request
    def _observe(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else UNMATCHED
        started_at = g.get("started_at")
        if started_at is not None:
            metrics.observe(route, response.status_code, perf_counter() - started_at)
        return response
