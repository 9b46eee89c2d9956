"""The goals, with the figures of the brief and of the former gateway.

The figures of the former gateway were measured on the machine of the goals (2 virtual cores). The
figures of the brief are its limits.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from bench.definition import Point


@frozen
class Goal:
    """A line of the table: a quantity of a bench at one of its points."""

    title: str
    bench: str
    quantity: str
    at: Point
    """The goal is about the points with these parameters."""
    goal: float
    brief: str = "-"
    before: str = "-"

    def is_about(self, bench: str, quantity: str, point: Point) -> bool:
        """Whether this goal applies to a figure of this bench, quantity and point."""
        return (
            self.bench == bench
            and self.quantity == quantity
            and all(point.get(name) == value for name, value in self.at.items())
        )


_LAST: Final = {"sessions": 1_000_000}

GOALS: Final = (
    Goal("active sessions held, KB each", "sessions_held", "kb_each", _LAST, 3.5,
         "about 10,000 sessions", "2,000 at 100 KB"),
    Goal("the same, idle CPU at 10 blocks/s, %", "sessions_held", "idle_cpu", _LAST, 2),
    Goal("sessions created/s over HTTP, committed and watched", "session_creation", "per_second",
         {"connections": 64, "sessions": 0}, 5_000, before="116"),
    Goal("GET session/s", "session_reads", "per_second",
         {"call": "session", "connections": 64, "sessions": 1_000}, 25_000, before="143"),
    Goal("GET session status/s", "session_reads", "per_second",
         {"call": "status", "connections": 64, "sessions": 1_000}, 25_000, before="3,400"),
    Goal("WebSocket subscribers held, KB each", "sockets_held", "kb_each", {"sockets": 19_500}, 7,
         "about 5,000 subscribers", "5,000 at 14 KB"),
    Goal("WebSocket messages/s, each its own session", "socket_messages", "per_second",
         {"sockets": 19_500}, 100_000, before="60,000, one session's"),
    Goal("WebSocket connects and subscribes/s", "socket_connects", "per_second",
         {"sockets": 19_500}, 6_000, before="2,200-3,000"),
    Goal("webhooks/s, 200 merchants, each attempt logged", "webhooks", "per_second",
         {"merchants": 200, "receivers": "plain"}, 4_000, "about 100", "320"),
    Goal("the same over TLS", "webhooks", "per_second",
         {"merchants": 200, "receivers": "tls"}, 2_500),
    Goal("the same, plain, one receiver that never answers", "webhooks", "per_second",
         {"merchants": 200, "receivers": "one slow"}, 4_000, before="9.7"),
    Goal("durable writes/s", "store_writes", "per_second",
         {"callers": 256, "write": "attempt"}, 50_000, "about 1,000", "5,600"),
    Goal("the same, p99 ms", "store_writes", "p99_ms",
         {"callers": 256, "write": "attempt"}, 15),
    Goal("notification to frame, 500/s, 10,000 sessions, p50 ms", "notification_to_websocket",
         "p50_ms", {"sessions": 10_000, "rate": 500, "pattern": "spread"}, 1, before="1-3 s"),
    Goal("the same, p99 ms", "notification_to_websocket", "p99_ms",
         {"sessions": 10_000, "rate": 500, "pattern": "spread"}, 4),
    Goal("notification to frame, 1,000/s, 100,000 sessions, p50 ms", "notification_to_websocket",
         "p50_ms", {"sessions": 100_000, "rate": 1_000, "pattern": "spread"}, 1),
    Goal("the same, p99 ms", "notification_to_websocket", "p99_ms",
         {"sessions": 100_000, "rate": 1_000, "pattern": "spread"}, 6),
    Goal("start with 100,000 active sessions, all watched again, s", "start", "watched_s",
         {"sessions": 100_000}, 2, before="loses them"),
    Goal("the same, longest stall of the loop, ms", "start", "stall_ms",
         {"sessions": 100_000}, 30),
    Goal("resident memory, idle, MB", "idle", "rss_mb", {}, 60, before="98"),
    Goal("list, first page, p99 ms", "reports", "list_p99_ms", _LAST, 50,
         before="wrong above 10,000"),
    Goal("search, p99 ms", "reports", "search_p99_ms", _LAST, 50),
    Goal("statistics, p99 ms", "reports", "statistics_p99_ms", _LAST, 50,
         before="wrong above 10,000"),
)  # fmt: skip


def is_a_goal(bench: str, point: Point) -> bool:
    """Whether a goal applies to this point of a bench."""
    return any(goal.is_about(bench, goal.quantity, point) for goal in GOALS)
