"""Events and the deliveries that carry them, as rows of the database."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from kasgate.sessions.session import EventType


@frozen
class Event:
    """One transition of a session, with the body that reports it. Append-only."""

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
    """Its number among the events of its session, counted from 1."""


class DeliveryState(StrEnum):
    """Where a webhook delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """No further attempt is made: the schedule ran out, or the receiver answered 410."""


@frozen
class Delivery:
    """A row of the outbox, and later of the webhook log: the delivery of one event to one
    merchant."""

    id: str
    """``whl_…``, the id of the log entry."""
    delivery_id: str
    """The event's id; it stays the same through all attempts."""
    merchant_id: str
    session_id: str
    event: EventType
    payload: str
    created_at: int
    sequence: int = 1
    """The event's number: of a session's deliveries the lowest number is sent first."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: int | None = None
    """Unix milliseconds; None once delivered or given up."""
    status_code: int | None = None
    """Status of the last answer."""
    response: str | None = None
    """The first 500 characters of the last answer's body, or the network error."""
    delivered_at: int | None = None
