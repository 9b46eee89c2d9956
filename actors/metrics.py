"""The gateway's health and metrics, as plain values from memory."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from actors.chain.node_pool import NodeHealth
from kasgate.logs.lines import LineCounts
from kasgate.sessions.session import EventType


@frozen
class Metrics:
    """Counters and gauges of the gateway, for the metrics."""

    events: Mapping[EventType, int]
    """Events committed since the start of the process."""
    webhooks_delivered: int
    webhooks_failed: int
    """Attempts that failed and will be retried."""
    webhooks_given_up: int
    webhooks_put_off: int
    """Attempts that were postponed because no slot was free."""
    webhooks_pending: int
    """Deliveries in memory that are due or scheduled."""
    webhooks_under_way: int
    webhook_lanes: int
    queued_writes: int
    commits: int
    watched_addresses: int
    followed_sessions: int
    """Sessions that have at least one WebSocket subscriber."""
    retrying_actors: int
    """Session actors that hold observations not committed yet."""
    part_failures: Mapping[str, int]
    """How often each part of the gateway failed and was restarted."""
    log: LineCounts
    """Counts of log lines by outcome."""
    clock_skew_s: float
    """Seconds by which the machine's clock is ahead of the chain; negative: behind. 0 while that is
    within the tolerance, or unknown."""
    loop_lag_s: float
    worst_loop_lag_s: float
    """Over the last minute."""


@frozen
class Health:
    """The state of the gateway, for operators and load balancers."""

    node_ok: bool
    node_detail: str
    node_url: str | None
    daa_score: int | None
    last_block_at: int | None
    database_ok: bool
    database_detail: str
    failed_actors: int
    """Sessions whose actor keeps failing and is set aside."""
    restarted_actors: int
    open_sessions: int
    """Sessions that have an actor."""
    nodes: tuple[NodeHealth, ...]
    """Every configured node, in the operator's order."""
    warnings: tuple[str, ...]
