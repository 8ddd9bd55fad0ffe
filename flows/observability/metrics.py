"""Metrics of builds for Prometheus; off unless INSTRUCTORY_METRICS says where to.

INSTRUCTORY_METRICS=9464            served at http://127.0.0.1:9464/metrics while the process lives
INSTRUCTORY_METRICS=0.0.0.0:9464    served at that address; there is no password, so mind who can reach it
INSTRUCTORY_METRICS=builds.prom     written there after every stage, for node_exporter's textfile collector
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Final

from flows.observability.artifacts import Listeners
from tasks.core.errors import BadInput
from tasks.pipeline.build import Build, Listener, StageDone
from tasks.store.manifest import GateVerdict
from tasks.store.store import Store

VARIABLE: Final = "INSTRUCTORY_METRICS"
OUTCOMES: Final = {"in": "rows_in", "made": "created", "kept": "kept", "rejected": "rejected", "failed": "failed"}
"""The name of an outcome in metrics, and in the ledger."""


@contextmanager
def export_metrics(build: Build) -> Iterator[None]:
    """Count what a build does, if the environment asks for it; other listeners stay."""
    if target := os.environ.get(VARIABLE, ""):
        metrics = _metrics()
        if (problem := metrics.serve(target)) is not None:
            build.listener.warned(f"no metrics from this build: {problem}")
        build.listener = Listeners(build.listener, MetricsListener(build, metrics, target))
    yield


class MetricsListener(Listener):
    """A listener that updates the metrics."""

    def __init__(self, build: Build, metrics: "Metrics", target: str) -> None:
        self.build, self.metrics, self.target = build, metrics, target

    def ended(self, done: StageDone) -> None:
        """Count a stage: its rows as they are, its spending and time only if it ran."""
        self.metrics.stage(self.build.dataset, done)
        self.metrics.write(self.target)

    def judged(self, verdict: GateVerdict) -> None:
        """Count a gate that passed or failed."""
        self.metrics.gates.labels(self.build.dataset, verdict.stage, "yes" if verdict.passed else "no").inc()
        self.metrics.write(self.target)


class Metrics:
    """The metrics of this process."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge

        self.registry = CollectorRegistry()
        self._served: set[str] = set()
        at = ["dataset", "stage"]

        def counter(name: str, description: str, labels: list[str] = at) -> Any:
            return Counter(f"instructory_{name}", description, labels, registry=self.registry)

        self.rows = Gauge(
            "instructory_stage_rows", "Rows of the latest build.", [*at, "outcome"], registry=self.registry
        )
        self.reasons = Gauge(
            "instructory_rejected_rows", "Rejected rows of the latest build.", [*at, "reason"], registry=self.registry
        )
        self.requests = counter("requests_total", "Requests sent to models.")
        self.replayed = counter("replayed_total", "Answers taken from the journal.")
        self.tokens = counter("tokens_total", "Tokens read and written by models.")
        self.usd = counter("usd_total", "Dollars spent on models; what has no known price is not in it.")
        self.seconds = counter("stage_seconds_total", "Seconds that stages ran.")
        self.stages = counter("stages_total", "Stages ended.", [*at, "cached"])
        self.gates = counter("gates_total", "Gates passed or not.", [*at, "passed"])

    def stage(self, dataset: str, done: StageDone) -> None:
        """Count a stage that ended."""
        manifest = done.manifest
        at = (dataset, manifest.stage)
        for outcome, name in OUTCOMES.items():
            self.rows.labels(*at, outcome).set(getattr(manifest.ledger, name))
        for reason, rows in manifest.reasons.items():
            self.reasons.labels(*at, reason).set(rows)
        self.stages.labels(*at, "yes" if done.cached else "no").inc()
        spent, before = manifest.spending, done.carried
        for counter, amount in (
            (self.seconds, done.seconds),
            (self.requests, spent.requests - before.requests),
            (self.replayed, spent.replayed - before.replayed),
            (self.tokens, spent.tokens - before.tokens),
            (self.usd, (spent.cost_usd or 0.0) - (before.cost_usd or 0.0)),
        ):
            counter.labels(*at).inc(0 if done.cached else amount)

    def serve(self, target: str) -> str | None:
        """Serve the metrics, if `target` is an address; returns the problem, or None."""
        if target.endswith(".prom") or target in self._served:
            return None
        from prometheus_client import start_http_server

        host, _, port = target.rpartition(":")
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise BadInput(f"{VARIABLE}={target}: give PORT, HOST:PORT or a file that ends in .prom")
        try:
            start_http_server(int(port), host or "127.0.0.1", self.registry)
        except OSError as error:
            return f"{VARIABLE}={target}: {error.strerror}"
        self._served.add(target)
        return None

    def write(self, target: str) -> None:
        """Write the metrics, if `target` is a file; a reader sees the old file or the new one, never a mixture."""
        if target.endswith(".prom"):
            from prometheus_client import write_to_textfile

            write_to_textfile(target, self.registry)


def of_releases(store: Store) -> bytes:
    """Metrics of the latest release of every dataset, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, description: str, *labels: str) -> Any:
        return Gauge(f"instructory_release_{name}", description, ["dataset", *labels], registry=registry)

    version, rows = gauge("version", "Latest version."), gauge("rows", "Rows of the latest release.")
    published = gauge("published_timestamp_seconds", "When the latest release was published.")
    usd = gauge("usd", "Dollars spent on the latest release; absent where a price is not known.")
    stages = gauge("stage_rows", "Rows of each stage of the latest release.", "stage", "outcome")
    reasons = gauge("rejected_rows", "Rejected rows of the latest release.", "stage", "reason")
    for dataset in store.datasets():
        release = store.release(dataset)
        manifests = [store.required(stage, key) for stage, key in release.stages]
        version.labels(dataset).set(release.version)
        rows.labels(dataset).set(release.rows)
        published.labels(dataset).set(datetime.fromisoformat(release.published_at).timestamp())
        costs = [manifest.spending.cost_usd for manifest in manifests]
        if None not in costs:
            usd.labels(dataset).set(sum(cost or 0.0 for cost in costs))
        for manifest in manifests:
            for outcome, name in OUTCOMES.items():
                stages.labels(dataset, manifest.stage, outcome).set(getattr(manifest.ledger, name))
            for reason, number in manifest.reasons.items():
                reasons.labels(dataset, manifest.stage, reason).set(number)
    return generate_latest(registry)


@cache
def _metrics() -> Metrics:
    """The metrics of this process: those of builds that run in it one after another are added up."""
    return Metrics()
