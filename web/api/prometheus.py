"""The gateway's metrics in the text format of Prometheus.

A separate module, because the library takes a megabyte. It is imported when metrics are read for
the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

import kasgate
from kasgate.sessions.session import EventType, SessionStatus
from web.contract.answers import Answer

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.store.protocol import Counts
    from web.connection.admission import Connections
    from web.http.edge import Edge
    from web.http.limits import RateLimiter
    from web.socket.plain import OpenSockets


@frozen
class WebCounts:
    """The parts of the web side that have counts."""

    sockets: OpenSockets
    limits: RateLimiter
    edge: Edge
    connections: Callable[[], Connections | None]
    """The server's connections; None before it starts."""


class GatewayCollector(Collector):
    def __init__(self, gateway: Gateway, web: WebCounts) -> None:
        self._gateway = gateway
        self._web = web
        self.counts: Counts | None = None
        """The last totals of the database; None while it is unavailable."""

    def collect(self) -> Iterator[Metric]:
        """All metrics with their current values."""
        yield from self._of_the_node()
        yield from self._of_sessions()
        yield from self._of_the_store()
        yield from self._of_webhooks()
        yield from self._of_the_web_side()
        yield from self._of_the_process()

    def _of_the_node(self) -> Iterator[Metric]:
        health, metrics = self._gateway.health(), self._gateway.metrics()
        yield _gauge("node_up", "Whether a node is connected and sends blocks.", health.node_ok)
        if health.daa_score is not None:
            yield _gauge("node_daa_score", "Virtual DAA score last seen.", health.daa_score)
        if health.last_block_at is not None:
            age = max(0, self._gateway.clock() - health.last_block_at) / 1000
            yield _gauge("node_last_block_age_seconds", "Age of the last block.", age)
        yield _gauge("watched_addresses", "Addresses watched.", metrics.watched_addresses)

    def _of_sessions(self) -> Iterator[Metric]:
        health, metrics = self._gateway.health(), self._gateway.metrics()
        yield _gauge("session_actors", "Sessions with an actor.", health.open_sessions)
        yield _counter(
            "session_actor_restarts",
            "Session actors restarted after a failure.",
            health.restarted_actors,
        )
        yield _gauge(
            "session_actors_set_aside", "Session actors that keep failing.", health.failed_actors
        )
        yield _gauge(
            "session_actors_retrying",
            "Session actors waiting for a commit.",
            metrics.retrying_actors,
        )
        events = {kind.value: metrics.events.get(kind, 0) for kind in EventType}
        yield _counters("events", "Events committed since the start.", "type", events)
        if self.counts is not None:
            sessions = {status.value: 0 for status in SessionStatus} | dict(self.counts.sessions)
            yield _gauges("sessions", "Sessions in the database.", "status", sessions)
            yield _gauge("payments_received", "Payments counted as received.", self.counts.payments)
            yield _gauge("merchants", "Merchants in the database.", self.counts.merchants)

    def _of_the_store(self) -> Iterator[Metric]:
        health, metrics = self._gateway.health(), self._gateway.metrics()
        yield _gauge("database_up", "Whether the last write was committed.", health.database_ok)
        yield _gauge("writer_queue", "Writes waiting for a commit.", metrics.queued_writes)
        yield _counter("writer_commits", "Transactions committed.", metrics.commits)

        backup = self._gateway.backups.state
        if backup is None:
            return
        outcomes = {"made": backup.made, "failed": backup.failed}
        yield _counters("backups", "Scheduled backups by outcome.", "outcome", outcomes)
        if backup.last_success_at is not None:
            at = backup.last_success_at / 1000
            yield _gauge("backup_last_success_timestamp_seconds", "Time of the newest backup.", at)
        if backup.size is not None:
            yield _gauge("backup_bytes", "Size of the newest backup.", backup.size)

    def _of_webhooks(self) -> Iterator[Metric]:
        metrics = self._gateway.metrics()
        outcomes = {
            "delivered": metrics.webhooks_delivered,
            "failed": metrics.webhooks_failed,
            "given_up": metrics.webhooks_given_up,
            "put_off": metrics.webhooks_put_off,
        }
        yield _counters("webhook_attempts", "Attempts by outcome.", "outcome", outcomes)
        yield _gauge("webhooks_held", "Deliveries in memory.", metrics.webhooks_pending)
        yield _gauge("webhooks_under_way", "Attempts in progress.", metrics.webhooks_under_way)
        yield _gauge("webhook_lanes", "Merchants with deliveries in memory.", metrics.webhook_lanes)
        if self.counts is not None:
            pending = self.counts.pending_deliveries
            yield _gauge("webhooks_pending", "Deliveries in the outbox.", pending)

    def _of_the_web_side(self) -> Iterator[Metric]:
        yield _gauge("websockets", "WebSockets open.", len(self._web.sockets))
        dropped = self._web.sockets.dropped
        yield _counters(
            "websockets_dropped",
            "WebSockets of the express lane that a limit ended.",
            "why",
            dropped,
        )
        followed = self._gateway.metrics().followed_sessions
        yield _gauge("sessions_followed", "Sessions followed on WebSockets.", followed)
        connections = self._web.connections()
        if connections is not None:
            yield _gauge("connections", "Connections open.", len(connections))
            ended = {
                "refused": connections.refused,
                "evicted": connections.evicted,
                "dropped": connections.dropped,
                "failed": connections.failed,
            }
            yield _counters(
                "connections_ended",
                "Connections that the gateway ended: refused, evicted, dropped or failed.",
                "why",
                ended,
            )
        refused = self._web.limits.refused
        yield _counters("rate_limited", "Calls refused with 429, by limit.", "limit", refused)
        answered = {str(status): count for status, count in self._web.edge.answered.items()}
        yield _counters("http_answers", "Answers by status.", "status", answered)

    def _of_the_process(self) -> Iterator[Metric]:
        metrics = self._gateway.metrics()
        yield _gauge("loop_lag_seconds", "Event loop lag.", metrics.loop_lag_s)
        yield _gauge(
            "loop_lag_worst_seconds",
            "Worst event loop lag within a minute.",
            metrics.worst_loop_lag_s,
        )
        warnings = self._gateway.health().warnings
        yield _gauge("warnings_open", "Warnings on the health page.", len(warnings))
        yield _gauge(
            "clock_skew_seconds",
            "How far the clock is ahead of the chain, beyond the tolerance.",
            metrics.clock_skew_s,
        )
        yield _counter(
            "log_lines_dropped",
            "Log lines lost because they could not be written.",
            metrics.log.dropped,
        )
        yield _gauge("log_lines_waiting", "Log lines waiting to be written.", metrics.log.waiting)
        yield _counters(
            "part_restarts",
            "Parts restarted after a failure.",
            "part",
            metrics.part_failures,
        )
        version = {"version": kasgate.__version__, "network": self._gateway.settings.network.value}
        build = GaugeMetricFamily("kasgate_build", "Version and network.", labels=list(version))
        build.add_metric(list(version.values()), 1)
        yield build


class Exposition:
    """All metrics as an answer: those of the gateway, the process and the garbage collector."""

    def __init__(self, gateway: Gateway, web: WebCounts) -> None:
        self._collector = GatewayCollector(gateway, web)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self._collector)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def answer(self, counts: Counts | None) -> Answer:
        """The current metrics. ``counts`` are the totals of the database; None while it is
        unavailable."""
        self._collector.counts = counts
        body: bytes = generate_latest(self._registry)
        return Answer(200, body, CONTENT_TYPE_LATEST)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"kasgate_{name}", meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"kasgate_{name}", meaning, value=value)


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(GaugeMetricFamily(f"kasgate_{name}", meaning, labels=[label]), values.items())


def _counters(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"kasgate_{name}", meaning, labels=[label])
    return _labelled(family, values.items())


def _labelled(
    family: GaugeMetricFamily | CounterMetricFamily, values: Iterable[tuple[str, float]]
) -> Metric:
    for label, value in values:
        family.add_metric([label], value)
    return family
