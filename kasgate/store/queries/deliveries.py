"""The outbox of webhooks, which afterwards is their log."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kasgate.events import Delivery
from kasgate.store.protocol import StoreError
from kasgate.store.rows import delivery_of


def add(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        connection.execute(
            """
            INSERT INTO webhook_logs (
                id, delivery_id, merchant_id, session_id, event, payload, created_at, state,
                attempts, next_retry_at, status_code, response, delivered_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                delivery.id,
                delivery.delivery_id,
                delivery.merchant_id,
                delivery.session_id,
                delivery.event.value,
                delivery.payload,
                delivery.created_at,
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
    row = connection.execute("SELECT * FROM webhook_logs WHERE id = ?", (log_id,)).fetchone()
    return None if row is None else delivery_of(row)


def pending(connection: sqlite3.Connection, after: str, limit: int) -> list[Delivery]:
    """Deliveries neither done nor given up, by log id, after the id given."""
    rows = connection.execute(
        "SELECT * FROM webhook_logs WHERE state = 'pending' AND id > ? ORDER BY id LIMIT ?",
        (after, limit),
    ).fetchall()
    return [delivery_of(row) for row in rows]


def count_pending(connection: sqlite3.Connection) -> int:
    number: int = connection.execute(
        "SELECT count(*) FROM webhook_logs WHERE state = 'pending'"
    ).fetchone()[0]
    return number
