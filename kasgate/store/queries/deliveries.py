"""The outbox of webhooks, which afterwards is their log."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.events import Delivery, DeliveryState
from kasgate.reports import COUNT_LIMIT, DeliveryPage, DeliveryQuery
from kasgate.session import EventType
from kasgate.store.protocol import StoreError
from kasgate.store.rows import delivery_of

OF_ONE_SESSION: Final = 1_000
"""How many deliveries of one session are read at most."""


def add(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Put deliveries in the outbox. Raises Conflict("delivery") through the UNIQUE constraint."""
    for delivery in deliveries:
        connection.execute(
            """
            INSERT INTO webhook_logs (
                id, delivery_id, merchant_id, session_id, event, payload, created_at, sequence,
                state, attempts, next_retry_at, status_code, response, delivered_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                delivery.id,
                delivery.delivery_id,
                delivery.merchant_id,
                delivery.session_id,
                delivery.event.value,
                delivery.payload,
                delivery.created_at,
                delivery.sequence,
                delivery.state.value,
                delivery.attempts,
                delivery.next_attempt_at,
                delivery.status_code,
                delivery.response,
                delivery.delivered_at,
            ),
        )


def save(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Store what an attempt came to; what is sent never changes. Raises StoreError for an unknown
    delivery."""
    updated = connection.execute(
        """
        UPDATE webhook_logs
        SET state = ?, attempts = ?, next_retry_at = ?, status_code = ?, response = ?,
            delivered_at = ?
        WHERE id = ?
        """,
        (
            delivery.state.value,
            delivery.attempts,
            delivery.next_attempt_at,
            delivery.status_code,
            delivery.response,
            delivery.delivered_at,
            delivery.id,
        ),
    )
    if updated.rowcount == 0:
        raise StoreError(f"There is no delivery {delivery.id}.")


def by_id(connection: sqlite3.Connection, log_id: str) -> Delivery | None:
    """A delivery by the id of its row in the log."""
    row = connection.execute("SELECT * FROM webhook_logs WHERE id = ?", (log_id,)).fetchone()
    return None if row is None else delivery_of(row)


def by_event(connection: sqlite3.Connection, event_id: str) -> Delivery | None:
    """The delivery of an event."""
    row = connection.execute(
        "SELECT * FROM webhook_logs WHERE delivery_id = ?", (event_id,)
    ).fetchone()
    return None if row is None else delivery_of(row)


def page(connection: sqlite3.Connection, merchant_id: str, wanted: DeliveryQuery) -> DeliveryPage:
    """A part of a merchant's log, newest first, from the index of logs by event and state: one arm
    for each pair that is asked for, which the database merges."""
    if wanted.session_id is not None:
        return _page_of_session(connection, merchant_id, wanted)
    arms, values = _arms(merchant_id, wanted)
    rows = connection.execute(
        f"""
        SELECT webhook_logs.* FROM ({arms} ORDER BY id DESC LIMIT ? OFFSET ?) AS page
        CROSS JOIN webhook_logs WHERE webhook_logs.id = page.id
        """,  # noqa: S608 (the arms are below)
        (*values, wanted.limit, wanted.offset),
    )
    counted: int = connection.execute(
        f"SELECT count(*) FROM ({arms} LIMIT ?) AS counted",  # noqa: S608
        (*values, COUNT_LIMIT + 1),
    ).fetchone()[0]
    return DeliveryPage(
        # A join promises no order.
        tuple(sorted(map(delivery_of, rows), key=lambda one: one.id, reverse=True)),
        min(counted, COUNT_LIMIT),
        counted <= COUNT_LIMIT,
    )


def _arms(merchant_id: str, wanted: DeliveryQuery) -> tuple[str, list[str]]:
    arms: list[str] = []
    values: list[str] = []
    for event in EventType if wanted.event is None else (wanted.event,):
        for state in DeliveryState if wanted.state is None else (wanted.state,):
            arms.append(
                "SELECT id FROM webhook_logs WHERE merchant_id = ? AND event = ? AND state = ?"
            )
            values += [merchant_id, event.value, state.value]
    return " UNION ALL ".join(arms), values


def _page_of_session(
    connection: sqlite3.Connection, merchant_id: str, wanted: DeliveryQuery
) -> DeliveryPage:
    """By way of the session's events, each of which has a delivery or none; the newest
    OF_ONE_SESSION."""
    rows = connection.execute(
        """
        SELECT webhook_logs.* FROM events
        JOIN webhook_logs ON webhook_logs.delivery_id = events.id
        WHERE events.session_id = ?
        ORDER BY webhook_logs.id DESC LIMIT ?
        """,
        (wanted.session_id, OF_ONE_SESSION),
    )
    found = [
        delivery
        for delivery in map(delivery_of, rows)
        if delivery.merchant_id == merchant_id
        and wanted.event in (None, delivery.event)
        and wanted.state in (None, delivery.state)
    ]
    shown = found[wanted.offset :][: wanted.limit]
    return DeliveryPage(tuple(shown), len(found), total_is_exact=True)


def pending(connection: sqlite3.Connection, after: str, limit: int) -> list[Delivery]:
    """Deliveries neither done nor given up, by log id, after the id given."""
    rows = connection.execute(
        "SELECT * FROM webhook_logs WHERE state = 'pending' AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    ).fetchall()
    return [delivery_of(row) for row in rows]


def failed_since(
    connection: sqlite3.Connection, merchant_id: str, since: int, limit: int
) -> list[Delivery]:
    """Deliveries of a merchant that were given up, of events at or after a time, oldest first."""
    arms, values = _arms(merchant_id, DeliveryQuery(limit=limit, state=DeliveryState.FAILED))
    rows = connection.execute(
        f"""
        SELECT webhook_logs.* FROM ({arms}) AS failed
        CROSS JOIN webhook_logs
        WHERE webhook_logs.id = failed.id AND webhook_logs.created_at >= ?
        ORDER BY webhook_logs.id LIMIT ?
        """,  # noqa: S608 (the arms are above)
        (*values, since, limit),
    )
    return [delivery_of(row) for row in rows]


def count_pending(connection: sqlite3.Connection) -> int:
    number: int = connection.execute(
        "SELECT count(*) FROM webhook_logs WHERE state = 'pending'"
    ).fetchone()[0]
    return number
