"""Events on their way out: what a write has to tell once it is committed."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from kasgate.events import Delivery, Event
from kasgate.ids import time_sortable


@frozen
class News:
    """Told on the event loop after the commit, and never before."""

    events: Sequence[Event] = ()
    deliveries: Sequence[Delivery] = ()
    address: tuple[str, int] | None = None
    """Account key and index that a new session has."""


NO_NEWS = News()


def news_of(events: Sequence[Event], deliver: bool) -> News:
    """The news of new events, to be delivered by webhook or not."""
    return News(events, deliveries_of(events) if deliver else ())


def deliveries_of(events: Sequence[Event], at: int | None = None) -> tuple[Delivery, ...]:
    """One fresh delivery per event, due at once, made at a unix time in milliseconds or when its
    event was. Their ids sort as the events stand."""
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
