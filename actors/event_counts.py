"""Counts of events since the process began, for the metrics."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

from kasgate.sessions.session import EventType


@define(eq=False)
class EventCounts:
    """Counters that only rise."""

    events: Counter[EventType] = field(factory=Counter)
    """Events that were committed, by type."""
