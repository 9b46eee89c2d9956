"""What is told to the outside, as rows: events and the deliveries that carry them."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from kasgate.sessions.session import EventType


@frozen
class Event:
    """One transition of a session, with the body it is told by. Append-only."""

    id: str
    """``evt_…``, sorts by time; also the delivery id of the webhook that carries it."""
    type: EventType
    merchant_id: str
    session_id: str
    created_at: int
    """Unix milliseconds."""
    payload: str
    """The webhook's body, frozen at the transition: compact JSON (contract.md §8)."""
    sequence: int = 1
    """Its number among the events of its session, from 1."""


class DeliveryState(StrEnum):
    """Where a webhook delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up: the schedule ran out, or the receiver answered 410."""


@frozen
class Delivery:
    """A row of the outbox, and later of the webhook log: one event on its way to one merchant."""

    id: str
    """``whl_…``, the id of the log row."""
    delivery_id: str
    """The event's id; the same through all attempts."""
    merchant_id: str
    session_id: str
    event: EventType
    payload: str
    created_at: int
    sequence: int = 1
    """The event's: of a session's deliveries the lowest goes first."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: int | None = None
    """Unix milliseconds; None once delivered or given up."""
    status_code: int | None = None
    """Of the last answer."""
    response: str | None = None
    """First 500 characters of the last answer's body, or the network error."""
    delivered_at: int | None = None
