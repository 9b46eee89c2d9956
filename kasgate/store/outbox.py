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


NO_NEWS = News()


def news_of(events: Sequence[Event], deliver: bool) -> News:
    """The news of new events, to be delivered by webhook or not."""
    return News(events, deliveries_of(events) if deliver else ())


def deliveries_of(events: Sequence[Event]) -> tuple[Delivery, ...]:
    """One fresh delivery per event, due at once. Their ids sort as the events stand."""
    return tuple(
        Delivery(
            id=time_sortable("whl", event.created_at),
            delivery_id=event.id,
            merchant_id=event.merchant_id,
            session_id=event.session_id,
            event=event.type,
            payload=event.payload,
            created_at=event.created_at,
            next_attempt_at=event.created_at,
        )
        for event in events
    )
