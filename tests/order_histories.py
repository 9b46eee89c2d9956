"""What may happen to an order, as webhooks tell of it: one to three sessions, each from beginning
to end, and how the order then stands."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from attrs import frozen
from hypothesis import strategies as st

# By how a session stands, what may be told next and how it stands then.
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
    """Events in the order in which they happened, and how the order stands at the end."""

    told: tuple[dict[str, Any], ...]
    state: str
    """``open``, ``closed`` or ``paid``."""


def a_history(random: Random) -> History:
    """One at random."""
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
    """Any of them."""
    return st.integers(0, 2**32).map(lambda seed: a_history(Random(seed)))


def shuffled(told: Sequence[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """All of them in any order, some of them again."""
    again = [*told, *random.choices(told, k=random.randint(0, len(told)))]
    random.shuffle(again)
    return again
