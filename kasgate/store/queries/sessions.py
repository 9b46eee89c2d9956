"""Sessions, their payments and their events."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from attrs import evolve

from kasgate.events import Delivery, Event
from kasgate.kaspa.utxo import Outpoint
from kasgate.payments import Payment
from kasgate.session import Session
from kasgate.store.protocol import Conflict, LateWatch, StaleSession, StoreError
from kasgate.store.queries import deliveries as outbox
from kasgate.store.queries import merchants
from kasgate.store.rows import (
    Value,
    event_of,
    payment_of,
    payment_values,
    session_of,
    state_values,
    terms_values,
)

EVENTS_READ: Final = 1_000
"""How many events of one session are read at most: the newest."""


def add(
    connection: sqlite3.Connection,
    session: Session,
    event: Event,
    deliveries: Sequence[Delivery],
) -> None:
    """Store a new session, move its key's index past its own, store its event and deliveries.

    Raises Conflict through the UNIQUE constraints, and StoreError for a key that is not this
    merchant's.
    """
    _require_own_key(connection, session)
    connection.execute(
        """
        INSERT INTO sessions (
            id, merchant_id, account_key, address, address_index, amount, required_confirmations,
            order_id, metadata, redirect_url, subscription_token, created_daa_score, created_at,
            expires_at, status, active, cancelled, tx_id, confirmations, paid_at, confirmed_at,
            closed_at, version
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (*terms_values(session), *state_values(session), session.version),
    )
    merchants.raise_next_index(
        connection, session.merchant_id, session.account_key, session.address_index
    )
    if session.payments:
        _store_payments(connection, session)
    _add_events(connection, (event,), session.version)
    outbox.add(connection, deliveries)


def save(
    connection: sqlite3.Connection,
    session: Session,
    events: Sequence[Event],
    deliveries: Sequence[Delivery],
) -> Session:
    """Store what changed in a session's life; its terms do not change. The session as stored.

    Raises StaleSession if its version is not the stored one, Conflict("outpoint") for a payment
    of another session, and StoreError if it lacks a payment that is stored.
    """
    saved = evolve(session, version=session.version + 1)
    values: tuple[Value, ...] = (*state_values(session), saved.version, session.id, session.version)
    updated = connection.execute(
        """
        UPDATE sessions
        SET status = ?, active = ?, cancelled = ?, tx_id = ?, confirmations = ?, paid_at = ?,
            confirmed_at = ?, closed_at = ?, version = ?
        WHERE id = ? AND version = ?
        """,
        values,
    )
    if updated.rowcount == 0:
        raise StaleSession(f"Session {session.id} is no longer at version {session.version}.")
    _store_payments(connection, session)
    _add_events(connection, events, saved.version)
    outbox.add(connection, deliveries)
    return saved


def by_id(connection: sqlite3.Connection, session_id: str) -> Session | None:
    row = connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else _with_payments(connection, row)


def by_address(connection: sqlite3.Connection, address: str) -> Session | None:
    row = connection.execute("SELECT * FROM sessions WHERE address = ?", (address,)).fetchone()
    return None if row is None else _with_payments(connection, row)


def known_outpoints(connection: sqlite3.Connection, outpoints: Sequence[Outpoint]) -> set[Outpoint]:
    """Those that are payments already. One look-up by key each, a few microseconds."""
    return {
        outpoint
        for outpoint in outpoints
        if connection.execute(
            "SELECT 1 FROM payments WHERE tx_id = ? AND output_index = ?",
            (outpoint.transaction_id, outpoint.index),
        ).fetchone()
    }


def active(connection: sqlite3.Connection, after: str, limit: int) -> list[Session]:
    """Sessions that need an actor, by id, after the id given."""
    rows = connection.execute(
        "SELECT * FROM sessions WHERE active = 1 AND id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    if not rows:
        return []
    payments = connection.execute(
        """
        SELECT payments.* FROM sessions
        JOIN payments ON payments.session_id = sessions.id
        WHERE sessions.active = 1 AND sessions.id > ? AND sessions.id <= ?
        ORDER BY sessions.id, payments.position
        """,
        (after, rows[-1]["id"]),
    ).fetchall()
    by_session = {
        session_id: [payment_of(row) for row in group]
        for session_id, group in groupby(payments, key=lambda row: row["session_id"])
    }
    return [session_of(row, by_session.get(row["id"], ())) for row in rows]


def late_watches(
    connection: sqlite3.Connection, closed_since: int, after: str, limit: int
) -> list[LateWatch]:
    """Closed sessions without an actor, closed at or after a time, by id, after the id given."""
    rows = connection.execute(
        """
        SELECT id, address, closed_at FROM sessions
        WHERE active = 0 AND closed_at >= ? AND id > ? ORDER BY id LIMIT ?
        """,
        (closed_since, after, limit),
    ).fetchall()
    return [LateWatch(row["id"], row["address"], row["closed_at"]) for row in rows]


def events(connection: sqlite3.Connection, session_id: str) -> list[Event]:
    """The newest EVENTS_READ events of a session, oldest first."""
    rows = connection.execute(
        """
        SELECT * FROM events WHERE session_id = ?
        ORDER BY session_version DESC, ordinal DESC LIMIT ?
        """,
        (session_id, EVENTS_READ),
    ).fetchall()
    return [event_of(row) for row in reversed(rows)]


def count_active(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM sessions WHERE active = 1").fetchone()[0]
    return number


def _require_own_key(connection: sqlite3.Connection, session: Session) -> None:
    owner = connection.execute(
        "SELECT 1 FROM account_keys WHERE fingerprint = ? AND merchant_id = ?",
        (session.account_key, session.merchant_id),
    ).fetchone()
    if owner is None:
        raise StoreError(f"Session {session.id} was derived from a key that is not its merchant's.")


def _with_payments(connection: sqlite3.Connection, row: sqlite3.Row) -> Session:
    stored = _stored_payments(connection, row["id"])
    return session_of(row, [payment for _, payment in stored.values()])


def _stored_payments(
    connection: sqlite3.Connection, session_id: str
) -> dict[Outpoint, tuple[int, Payment]]:
    """A session's payments and their positions, in order."""
    rows = connection.execute(
        "SELECT * FROM payments WHERE session_id = ? ORDER BY position", (session_id,)
    ).fetchall()
    payments = ((row["position"], payment_of(row)) for row in rows)
    return {payment.outpoint: (position, payment) for position, payment in payments}


def _store_payments(connection: sqlite3.Connection, session: Session) -> None:
    """Write the payments that are new, changed or moved. None is ever removed."""
    stored = _stored_payments(connection, session.id)
    if stored.keys() - {payment.outpoint for payment in session.payments}:
        raise StoreError(f"Session {session.id} lacks a payment that is stored.")
    for position, payment in enumerate(session.payments):
        if stored.get(payment.outpoint) != (position, payment):
            _store_payment(connection, session.id, position, payment)


def _store_payment(
    connection: sqlite3.Connection, session_id: str, position: int, payment: Payment
) -> None:
    stored = connection.execute(
        """
        INSERT INTO payments (
            tx_id, output_index, session_id, position, amount, block_daa_score, seen_at,
            accepted_at, state, late, credited, missing_since, spent_evidence
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (tx_id, output_index) DO UPDATE SET
            position = excluded.position,
            amount = excluded.amount,
            block_daa_score = excluded.block_daa_score,
            seen_at = excluded.seen_at,
            accepted_at = excluded.accepted_at,
            state = excluded.state,
            late = excluded.late,
            credited = excluded.credited,
            missing_since = excluded.missing_since,
            spent_evidence = excluded.spent_evidence
        WHERE payments.session_id = excluded.session_id
        """,
        payment_values(session_id, position, payment),
    )
    if stored.rowcount == 0:
        raise Conflict("outpoint")


def _add_events(
    connection: sqlite3.Connection, events: Sequence[Event], session_version: int
) -> None:
    for ordinal, event in enumerate(events):
        connection.execute(
            """
            INSERT INTO events (
                id, type, merchant_id, session_id, session_version, ordinal, created_at, payload
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                event.id,
                event.type.value,
                event.merchant_id,
                event.session_id,
                session_version,
                ordinal,
                event.created_at,
                event.payload,
            ),
        )
