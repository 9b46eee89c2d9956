"""Sessions, their payments and their events."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from attrs import evolve

from kasgate.audit import AuditEntry
from kasgate.events import Delivery, Event
from kasgate.kaspa.utxo import Outpoint
from kasgate.payments import Payment
from kasgate.session import Session
from kasgate.store.columns import assignments, from_excluded, insert_into, values
from kasgate.store.protocol import Conflict, LateWatch, StaleSession, StoreError
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries import deliveries as outbox
from kasgate.store.queries import events as event_log
from kasgate.store.queries import merchants, session_search
from kasgate.store.rows import (
    PAYMENT_COLUMNS,
    PAYMENT_KEY,
    SELECT_SESSION,
    SESSION_STATE,
    SESSION_TERMS,
    audit_entry_of,
    payment_of,
    session_of,
)

_INSERT: Final = insert_into("sessions", (*SESSION_TERMS, *SESSION_STATE))
_UPDATE: Final = f"""
    UPDATE sessions SET {assignments(SESSION_STATE)} WHERE id = ? AND version = ?
    """  # noqa: S608 - our own names
# An outpoint pays one session, once: a conflict with another session's changes no row.
_STORE_PAYMENT: Final = f"""
    {insert_into("payments", (*PAYMENT_COLUMNS, "session_id", "position"))}
    ON CONFLICT ({", ".join(PAYMENT_KEY)}) DO UPDATE
    SET {from_excluded((*PAYMENT_COLUMNS, "position"), but=PAYMENT_KEY)}
    WHERE payments.session_id = excluded.session_id
    """  # noqa: S608 - our own names

AUDIT_READ: Final = 1_000


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
    is_own_key = merchants.raise_next_index(
        connection, session.merchant_id, session.account_key, session.address_index
    )
    if not is_own_key:
        raise StoreError(f"Session {session.id} was derived from a key that is not its merchant's.")
    connection.execute(_INSERT, (*values(SESSION_TERMS, session), *values(SESSION_STATE, session)))
    session_search.add_words(connection, session)
    if session.payments:
        _store_payments(connection, session)
    event_log.add(connection, (event,), session.version)
    outbox.add(connection, deliveries)


def has_any(connection: sqlite3.Connection) -> bool:
    """Whether any was ever made here."""
    return connection.execute("SELECT 1 FROM sessions LIMIT 1").fetchone() is not None


def save(
    connection: sqlite3.Connection,
    session: Session,
    events: Sequence[Event],
    deliveries: Sequence[Delivery],
    audit: Sequence[AuditEntry] = (),
) -> Session:
    """Store what changed in a session's life; its terms do not change. The session as stored.

    Raises StaleSession if its version is not the stored one, Conflict("outpoint") for a payment
    of another session, and StoreError if it lacks a payment that is stored.
    """
    saved = evolve(session, version=session.version + 1)
    updated = connection.execute(
        _UPDATE, (*values(SESSION_STATE, saved), session.id, session.version)
    )
    if updated.rowcount == 0:
        raise StaleSession(f"Session {session.id} is no longer at version {session.version}.")
    _store_payments(connection, session)
    event_log.add(connection, events, saved.version)
    outbox.add(connection, deliveries)
    audit_log.add(connection, audit)
    return saved


def by_id(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """A session with its payments, by its id."""
    row = connection.execute(f"{SELECT_SESSION} WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else _with_payments(connection, row)


def by_address(connection: sqlite3.Connection, address: str) -> Session | None:
    """A session with its payments, by its address."""
    row = connection.execute(f"{SELECT_SESSION} WHERE address = ?", (address,)).fetchone()
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
        f"{SELECT_SESSION} WHERE active = 1 AND id > ? ORDER BY id LIMIT ?", (after, limit)
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


def audit(connection: sqlite3.Connection, session_id: str) -> list[AuditEntry]:
    """The newest AUDIT_READ lines of the audit log about a session, oldest first."""
    rows = connection.execute(
        "SELECT * FROM audit_log WHERE session_id = ? ORDER BY id DESC LIMIT ?",
        (session_id, AUDIT_READ),
    ).fetchall()
    return [audit_entry_of(row) for row in reversed(rows)]


def count_active(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM sessions WHERE active = 1").fetchone()[0]
    return number


def count_by_status(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT status, sum(sessions) FROM session_days GROUP BY status")
    return dict(rows.fetchall())


def count_payments(connection: sqlite3.Connection) -> int:
    """Those that count as received."""
    number: int | None = connection.execute("SELECT sum(payments) FROM receipt_days").fetchone()[0]
    return number or 0


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
        _STORE_PAYMENT, (*values(PAYMENT_COLUMNS, payment), session_id, position)
    )
    if stored.rowcount == 0:
        raise Conflict("outpoint")
