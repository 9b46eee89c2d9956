"""The news of a write: new deliveries, events and addresses, published after its commit."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from kasgate.events import Delivery, Event
from kasgate.ids import time_sortable


@frozen
class News:
    """Published on the event loop after the commit, never before."""

    events: Sequence[Event] = ()
    deliveries: Sequence[Delivery] = ()
    address: tuple[str, int] | None = None
    """Account key and index of a new session."""


NO_NEWS = News()


def news_of(events: Sequence[Event], deliver: bool) -> News:
    """The news of new events; with ``deliver`` each gets a delivery by webhook."""
    return News(events, deliveries_of(events) if deliver else ())


def deliveries_of(events: Sequence[Event], at: int | None = None) -> tuple[Delivery, ...]:
    """A new delivery for each event, due at once. ``at`` is its unix time in milliseconds, by
    default that of its event. Their ids sort in the order of the events."""
    return tuple(
        Delivery(
            id=time_sortable("whl", made_at),
            delivery_id=event.id,
            merchant_id=event.merchant_id,
            session_id=event.session_id,
            event=event.type,
            payload=event.payload,
            created_at=made_at,
            sequence=event.sequence,
            next_attempt_at=made_at,
        )
        for event in events
        for made_at in (event.created_at if at is None else at,)
    )
