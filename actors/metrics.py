"""The gateway's health and metrics, as plain values read from memory."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from actors.chain.node_pool import NodeHealth
from kasgate.logs.lines import LineCounts
from kasgate.sessions.session import EventType


@frozen
class Metrics:
    """What the gateway counts in memory, for the metrics."""

    events: Mapping[EventType, int]
    """Committed since the start of the process."""
    webhooks_delivered: int
    webhooks_failed: int
    """Attempts after which there is another one."""
    webhooks_given_up: int
    webhooks_put_off: int
    """Attempts that could not be made for want of a free slot."""
    webhooks_pending: int
    """Deliveries in memory that are due or wait for their time."""
    webhooks_under_way: int
    webhook_lanes: int
    queued_writes: int
    commits: int
    watched_addresses: int
    followed_sessions: int
    """Sessions that somebody follows on a WebSocket."""
    retrying_actors: int
    """Session actors that hold something which could not be committed yet."""
    part_failures: Mapping[str, int]
    """How often a part of the gateway failed and was started again."""
    log: LineCounts
    """What became of the lines of the log."""
    clock_skew_s: float
    """By how much the machine's clock is ahead of the chain; negative: behind. 0 while that is
    within the tolerance, or not known."""
    loop_lag_s: float
    worst_loop_lag_s: float
    """In the last minute."""


@frozen
class Health:
    """How the gateway is, for operators and load balancers."""

    node_ok: bool
    node_detail: str
    node_url: str | None
    daa_score: int | None
    last_block_at: int | None
    database_ok: bool
    database_detail: str
    failed_actors: int
    """Sessions whose actor keeps failing, set aside."""
    restarted_actors: int
    open_sessions: int
    """Sessions that have an actor."""
    nodes: tuple[NodeHealth, ...]
    """Every configured node, in the operator's order."""
    warnings: tuple[str, ...]
