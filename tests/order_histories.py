"""The possible webhooks of an order: one to three sessions, each from beginning to end, and the
order's final state."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

# By a session's state: the possible next events, and the state after each.
_NEXT = {
    "new": [("pending", "open")],
    "open": [
        ("partial", "open"),
        ("confirming", "covered"),
        ("expired", "closed"),
        ("failed", "failed"),
    ],
    "covered": [
        ("confirmed", "confirmed"),
        ("overpaid", "covered"),
        ("reverted", "open"),
        ("failed", "failed"),
    ],
    "closed": [
        ("late", "closed"),
        ("reverted", "closed"),
        ("confirming", "covered"),
        ("confirmed", "confirmed"),
        ("failed", "failed"),
    ],
    "failed": [("late", "failed")],
    "confirmed": [("overpaid", "confirmed")],
}
_STATES = {"confirmed": "paid", "closed": "closed", "failed": "closed"}


@frozen
class History:
    """Events in the order in which they happened, and the order's final state."""

    told: tuple[dict[str, Any], ...]
    state: str
    """``open``, ``closed`` or ``paid``."""


def a_history(random: Random) -> History:
    """A random history."""
    told: list[dict[str, Any]] = []
    ends = []
    for number in range(random.randint(1, 3)):
        stands = "new"
        for sequence in range(1, random.randint(1, 7) + 1):
            name, stands = random.choice(_NEXT[stands])
            told.append(
                {
                    "event": f"payment.{name}",
                    "sessionId": f"session-{number}",
                    "sequence": sequence,
                    "deliveryId": f"evt_{number}{sequence}",
                    "orderId": "A-1",
                }
            )
        ends.append(_STATES.get(stands, "open"))
    if "paid" in ends:
        return History(tuple(told), "paid")
    return History(tuple(told), "open" if "open" in ends else "closed")


def histories() -> st.SearchStrategy[History]:
    """A strategy of all histories."""
    return st.integers(0, 2**32).map(lambda seed: a_history(Random(seed)))


def shuffled(told: Sequence[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """All events in a random order, some of them repeated."""
    again = [*told, *random.choices(told, k=random.randint(0, len(told)))]
    random.shuffle(again)
    return again
