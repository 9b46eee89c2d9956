"""Events on their way out."""

from __future__ import annotations

from collections.abc import Sequence

from kasgate.events import Delivery, Event
from kasgate.ids import time_sortable


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
