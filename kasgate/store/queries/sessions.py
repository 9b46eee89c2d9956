"""Sessions, their payments and their events."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import accumulate, groupby
from typing import Final

from kasgate.audit import AuditEntry
from kasgate.events import Delivery, Event
from kasgate.evolving import evolve
from kasgate.kaspa.utxo import Outpoint
from kasgate.reports import PaymentPage
from kasgate.sessions import ledger as ledgers
from kasgate.sessions.ledger import Ledger
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session
from kasgate.store.protocol import Conflict, LateWatch, StaleSession, StoreError
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries import deliveries as outbox
from kasgate.store.queries import events as event_log
from kasgate.store.queries import merchants, session_search, value_counters
from kasgate.store.queries.columns import assignments, from_excluded, insert_into, values
from kasgate.store.queries.rows import (
    PAYMENT_COLUMNS,
    PAYMENT_KEY,
    PAYMENT_VALUE,
    SELECT_SESSION,
    SESSION_STATE,
    SESSION_TERMS,
    SUMS_COLUMNS,
    are_cut_off,
    audit_entry_of,
    payment_of,
    session_of,
    sums_of,
)

_INSERT: Final = insert_into("sessions", (*SESSION_TERMS, *SESSION_STATE))
_UPDATE: Final = f"""
    UPDATE sessions SET {assignments(SESSION_STATE)} WHERE id = ? AND version = ?
    """  # noqa: S608 - our own names
# An outpoint pays one session, once.
_ONCE: Final = "ON CONFLICT (tx_id, output_index) DO NOTHING"
_PAYMENT: Final = (*PAYMENT_KEY, *PAYMENT_COLUMNS, "session_id")
_INSERT_PAYMENT: Final = f"{insert_into('payments', _PAYMENT)} {_ONCE}"
_INSERT_VALUED: Final = f"{insert_into('payments', (*_PAYMENT, *PAYMENT_VALUE))} {_ONCE}"
_UPDATE_PAYMENT: Final = f"""
    UPDATE payments SET {assignments(PAYMENT_COLUMNS)}
    WHERE tx_id = ? AND output_index = ? AND session_id = ?
    """  # noqa: S608 - our own names
_STORE_SUMS: Final = f"""
    {insert_into("payment_sums", ("session_id", *SUMS_COLUMNS))}
    ON CONFLICT (session_id) DO UPDATE SET {from_excluded(SUMS_COLUMNS, but=())}
    """
_COUNTS: Final = "credited = 1 AND state <> 'withdrawn'"
# Worded as in the indexes of unsettled payments, so that the database uses them.
_WAITING: Final = "state = 'accepted' AND missing_since IS NULL AND spent_evidence IS NULL"
_GONE: Final = "state = 'accepted' AND (missing_since IS NOT NULL OR spent_evidence IS NOT NULL)"

PAYMENTS_IN_PAGE: Final = 20_000
"""The most payments that are read with a page of sessions; the page is shortened if needed."""
AUDIT_READ: Final = 1_000


def add(
    connection: sqlite3.Connection,
    session: Session,
    event: Event,
    deliveries: Sequence[Delivery],
) -> None:
    """Store a new session with its event and deliveries, and move its key's index past its own.

    Raises Conflict through the UNIQUE constraints, and StoreError for a key of another merchant.
    """
    is_own_key = merchants.raise_next_index(
        connection, session.merchant_id, session.account_key, session.address_index
    )
    if not is_own_key:
        raise StoreError(f"Session {session.id} was derived from a key that is not its merchant's.")
    connection.execute(_INSERT, (*values(SESSION_TERMS, session), *values(SESSION_STATE, session)))
    session_search.add_words(connection, session)
    if session.ledger.changed:
        _store_payments(connection, session)
    event_log.add(connection, (event,), session.version)
    outbox.add(connection, deliveries)


def has_any(connection: sqlite3.Connection) -> bool:
    """Whether the database ever had a session."""
    return connection.execute("SELECT 1 FROM sessions LIMIT 1").fetchone() is not None


def save(
    connection: sqlite3.Connection,
    session: Session,
    events: Sequence[Event],
    deliveries: Sequence[Delivery],
    audit: Sequence[AuditEntry] = (),
) -> Session:
    """Store a session's state, the payments that changed, events, deliveries and audit entries.

    The session's terms do not change. Returns the session as stored. Raises StaleSession if its
    version is not the stored one, Conflict("outpoint") for a new payment that is stored already for
    any session, and StoreError for a payment that should be stored and is not.
    """
    saved = evolve(session, version=session.version + 1, ledger=session.ledger.saved())
    updated = connection.execute(
        _UPDATE, (*values(SESSION_STATE, saved), session.id, session.version)
    )
    if updated.rowcount == 0:
        raise StaleSession(f"Session {session.id} is no longer at version {session.version}.")
    if session.ledger.changed:
        _store_payments(connection, session)
    event_log.add(connection, events, saved.version)
    outbox.add(connection, deliveries)
    audit_log.add(connection, audit)
    return saved


def by_id(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """A session with its payments, by its id."""
    row = connection.execute(f"{SELECT_SESSION} WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else session_of(row, _ledger(connection, row))


def by_address(connection: sqlite3.Connection, address: str) -> Session | None:
    """A session with its payments, by its address."""
    row = connection.execute(f"{SELECT_SESSION} WHERE address = ?", (address,)).fetchone()
    return None if row is None else session_of(row, _ledger(connection, row))


def known_payments(
    connection: sqlite3.Connection, outpoints: Sequence[Outpoint]
) -> dict[Outpoint, Payment]:
    """Those of the outpoints that are payments. One look-up by key each, a few microseconds."""
    known: dict[Outpoint, Payment] = {}
    for outpoint in outpoints:
        key = (outpoint.transaction_id, outpoint.index)
        for payment in _payments(connection, "tx_id = ? AND output_index = ?", key):
            known[outpoint] = payment
    return known


def payments_at(
    connection: sqlite3.Connection, session_id: str, outpoints: Sequence[Outpoint]
) -> list[Payment]:
    """The session's payments at these outpoints."""
    found: list[Payment] = []
    for outpoint in outpoints:
        key = (outpoint.transaction_id, outpoint.index, session_id)
        condition = "tx_id = ? AND output_index = ? AND session_id = ?"
        found += _payments(connection, condition, key)
    return found


def payment_page(
    connection: sqlite3.Connection, merchant_id: str, session_id: str, after: int, limit: int
) -> PaymentPage:
    """The payments of a merchant's session after a place, in the order of places. Empty for a
    session of another merchant."""
    rows = connection.execute(
        """
        SELECT payments.* FROM sessions JOIN payments ON payments.session_id = sessions.id
        WHERE sessions.id = ? AND sessions.merchant_id = ? AND payments.position > ?
        ORDER BY payments.position LIMIT ?
        """,
        (session_id, merchant_id, after, limit + 1),
    ).fetchall()
    # Read after the payments, so that the total is never lower than the number shown.
    total = connection.execute(
        "SELECT payments_total FROM sessions WHERE id = ? AND merchant_id = ?",
        (session_id, merchant_id),
    ).fetchone()
    payments = tuple(payment_of(row) for row in rows[:limit])
    return PaymentPage(
        payments,
        0 if total is None else total["payments_total"],
        payments[-1].place if len(rows) > limit else None,
    )


def waiting_payments(connection: sqlite3.Connection, session_id: str, limit: int) -> list[Payment]:
    """Accepted payments whose output is in the UTXO set, lowest DAA score first."""
    return _payments(
        connection,
        f"session_id = ? AND {_WAITING} ORDER BY block_daa_score LIMIT ?",
        (session_id, limit),
    )


def attested_payments(connection: sqlite3.Connection, session_id: str, limit: int) -> list[Payment]:
    """Accepted payments that a second source has confirmed, spent ones included, missing ones
    excluded; lowest DAA score first."""
    return _payments(
        connection,
        "session_id = ? AND attested = 1 AND state = 'accepted' AND missing_since IS NULL"
        " ORDER BY block_daa_score LIMIT ?",
        (session_id, limit),
    )


def gone_payments(connection: sqlite3.Connection, session_id: str, limit: int) -> list[Payment]:
    """Accepted payments whose output left the UTXO set; those with an unknown reason come first."""
    return _payments(
        connection,
        f"session_id = ? AND {_GONE} ORDER BY missing_since IS NULL, block_daa_score LIMIT ?",
        (session_id, limit),
    )


def expected_payments(
    connection: sqlite3.Connection, session_id: str, after: int, limit: int
) -> list[Payment]:
    """Like waiting_payments, but in pages by place, after the given place."""
    return _payments(
        connection,
        # Worded so that the database walks the index of places.
        "session_id = ? AND position > ? AND state || '' = 'accepted'"
        " AND missing_since IS NULL AND spent_evidence IS NULL ORDER BY position LIMIT ?",
        (session_id, after, limit),
    )


def completing_payment(
    connection: sqlite3.Connection, session_id: str, enough: int, without: Outpoint | None
) -> Payment | None:
    """The payment with which the sum first was enough, else the last one that counts. The payment
    at ``without`` is left out. Reads all payments of the session."""
    leaving_out = ("", -1) if without is None else (without.transaction_id, without.index)
    counted = f"session_id = ? AND {_COUNTS} AND NOT (tx_id = ? AND output_index = ?)"
    row = connection.execute(
        f"""
        SELECT * FROM (
            SELECT payments.*, sum(amount) OVER (ORDER BY position) AS covered
            FROM payments WHERE {counted}
        ) AS in_order
        WHERE covered >= ? ORDER BY position LIMIT 1
        """,  # noqa: S608 - our own names
        (session_id, *leaving_out, enough),
    ).fetchone()
    if row is not None:
        return payment_of(row)
    last = _payments(
        connection, f"{counted} ORDER BY position DESC LIMIT 1", (session_id, *leaving_out)
    )
    return last[0] if last else None


def active(connection: sqlite3.Connection, after: str, limit: int) -> list[Session]:
    """Sessions that need an actor, ordered by id, after the given id. Fewer than ``limit``, but at
    least one, if they have very many payments."""
    rows = connection.execute(
        f"{SELECT_SESSION} WHERE active = 1 AND id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    held = accumulate(min(row["payments_total"], ledgers.most_held()) for row in rows)
    fit = [row for row, sum_ in zip(rows, held, strict=True) if sum_ <= PAYMENTS_IN_PAGE]
    rows = fit or rows[:1]
    if not rows:
        return []
    payments = connection.execute(
        """
        SELECT payments.* FROM sessions
        JOIN payments ON payments.session_id = sessions.id
        WHERE sessions.active = 1 AND sessions.id > ? AND sessions.id <= ?
            AND sessions.payments_total <= ?
        ORDER BY sessions.id, payments.position
        """,
        (after, rows[-1]["id"], ledgers.most_held()),
    ).fetchall()
    by_session = {
        session_id: ledgers.loaded([payment_of(row) for row in group])
        for session_id, group in groupby(payments, key=lambda row: row["session_id"])
    }
    return [session_of(row, by_session.get(row["id"]) or _ledger(connection, row)) for row in rows]


def late_watches(
    connection: sqlite3.Connection, closed_since: int, after: str, limit: int
) -> list[LateWatch]:
    """Closed sessions without an actor, closed since a time, ordered by id, after the given id."""
    rows = connection.execute(
        """
        SELECT id, address, closed_at FROM sessions
        WHERE active = 0 AND closed_at >= ? AND id > ? ORDER BY id LIMIT ?
        """,
        (closed_since, after, limit),
    ).fetchall()
    return [LateWatch(row["id"], row["address"], row["closed_at"]) for row in rows]


def audit(connection: sqlite3.Connection, session_id: str) -> list[AuditEntry]:
    """The newest AUDIT_READ audit entries about a session, oldest first."""
    rows = connection.execute(
        "SELECT * FROM audit_log WHERE session_id = ? ORDER BY id DESC LIMIT ?",
        (session_id, AUDIT_READ),
    ).fetchall()
    return [audit_entry_of(row) for row in reversed(rows)]


def count(connection: sqlite3.Connection) -> int:
    """The number of all sessions. Walks an index."""
    number: int = connection.execute("SELECT count(*) FROM sessions").fetchone()[0]
    return number


def count_active(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM sessions WHERE active = 1").fetchone()[0]
    return number


def count_by_status(connection: sqlite3.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT status, sum(sessions) FROM session_days GROUP BY status")
    return dict(rows.fetchall())


def count_payments(connection: sqlite3.Connection) -> int:
    """The number of payments that count as received."""
    number: int | None = connection.execute("SELECT sum(payments) FROM receipt_days").fetchone()[0]
    return number or 0


def _payments(
    connection: sqlite3.Connection, condition: str, values_: tuple[str | int, ...]
) -> list[Payment]:
    rows = connection.execute(f"SELECT * FROM payments WHERE {condition}", values_)  # noqa: S608
    return [payment_of(row) for row in rows]


def _ledger(connection: sqlite3.Connection, row: sqlite3.Row) -> Ledger:
    """The ledger of a session: all its payments or, if there are too many, the held ones and the
    sums of all."""
    total: int = row["payments_total"]
    if not total:
        return ledgers.NO_PAYMENTS
    session_id: str = row["id"]
    if total <= ledgers.most_held():
        return ledgers.loaded(_payments(connection, "session_id = ?", (session_id,)))
    sums = connection.execute(
        "SELECT * FROM payment_sums WHERE session_id = ?", (session_id,)
    ).fetchone()
    if are_cut_off(row, sums):
        return ledgers.loaded(_payments(connection, "session_id = ?", (session_id,))).saved()
    newest = _payments(
        connection,
        "session_id = ? ORDER BY position DESC LIMIT ?",
        (session_id, ledgers.SHOWN),
    )
    shown = {payment.outpoint for payment in newest}

    def older(payments: list[Payment]) -> list[Payment]:
        return [payment for payment in payments if payment.outpoint not in shown]

    most_waiting, most_gone = ledgers.WAITING_HELD, ledgers.GONE_HELD
    in_question = gone_payments(connection, session_id, len(shown) + most_gone)
    waiting = older(waiting_payments(connection, session_id, len(shown) + most_waiting + 1))
    latest: int | None = connection.execute(
        f"SELECT max(block_daa_score) FROM payments WHERE session_id = ? AND {_WAITING}",  # noqa: S608
        (session_id,),
    ).fetchone()[0]
    beyond = waiting[most_waiting:]
    return ledgers.loaded(
        (*newest, *older(in_question)[:most_gone], *waiting[:most_waiting]),
        sums_of(row, sums),
        beyond[0].block_daa_score if beyond else None,
        latest if beyond else None,
    )


def _store_payments(connection: sqlite3.Connection, session: Session) -> None:
    """Store new and changed payments, and the sums if some payments are not held."""
    ledger = session.ledger
    for outpoint, is_new in ledger.changed.items():
        payment = ledger.held[outpoint]
        key, state = values(PAYMENT_KEY, payment), values(PAYMENT_COLUMNS, payment)
        if is_new:
            row = (*key, *state, session.id)
            if payment.value is None:
                stored = connection.execute(_INSERT_PAYMENT, row)
            else:
                worth = values(PAYMENT_VALUE, payment)
                stored = connection.execute(_INSERT_VALUED, (*row, *worth))
                if stored.rowcount:
                    value_counters.count(connection, session.merchant_id, None, payment)
            if stored.rowcount == 0:
                raise Conflict("outpoint")
        else:
            if payment.value is not None:
                (before,) = payments_at(connection, session.id, (outpoint,)) or (None,)
                value_counters.count(connection, session.merchant_id, before, payment)
            stored = connection.execute(_UPDATE_PAYMENT, (*state, *key, session.id))
            if stored.rowcount == 0:
                raise StoreError(f"Session {session.id} has no payment {outpoint}.")
    if ledger.sums.total > ledgers.most_held():
        connection.execute(_STORE_SUMS, (session.id, *values(SUMS_COLUMNS, ledger.sums)))
