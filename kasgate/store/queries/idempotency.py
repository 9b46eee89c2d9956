"""Calls under an idempotency key."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from kasgate.idempotency import KEPT_MS, IdempotentCall
from kasgate.store.protocol import Conflict


def add_with(
    connection: sqlite3.Connection,
    write: Callable[[sqlite3.Connection], None],
    call: IdempotentCall,
) -> None:
    """Run a write and store the call that caused it, in one transaction. Raises as ``add`` does."""
    write(connection)
    add(connection, call)


def add(connection: sqlite3.Connection, call: IdempotentCall) -> None:
    """Store a call; it may replace one that is a day old. Raises Conflict("idempotency_key")."""
    stored = connection.execute(
        """
        INSERT INTO idempotency_keys (
            merchant_id, idempotency_key, fingerprint, made_at, session_id, status, answer
        ) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (merchant_id, idempotency_key) DO UPDATE SET
            fingerprint = excluded.fingerprint,
            made_at = excluded.made_at,
            session_id = excluded.session_id,
            status = excluded.status,
            answer = excluded.answer
        WHERE idempotency_keys.made_at <= ?
        """,
        (
            call.merchant_id,
            call.key,
            call.fingerprint,
            call.made_at,
            call.session_id,
            call.status,
            call.answer,
            call.made_at - KEPT_MS,
        ),
    )
    if stored.rowcount == 0:
        raise Conflict("idempotency_key")


def by_key(
    connection: sqlite3.Connection, merchant_id: str, key: str, since: int
) -> IdempotentCall | None:
    """The call made under a key after the time ``since``."""
    row = connection.execute(
        """
        SELECT * FROM idempotency_keys
        WHERE merchant_id = ? AND idempotency_key = ? AND made_at > ?
        """,
        (merchant_id, key, since),
    ).fetchone()
    if row is None:
        return None
    return IdempotentCall(
        merchant_id=row["merchant_id"],
        key=row["idempotency_key"],
        fingerprint=row["fingerprint"],
        made_at=row["made_at"],
        session_id=row["session_id"],
        status=row["status"],
        answer=row["answer"],
    )


def forget(connection: sqlite3.Connection, until: int, limit: int) -> int:
    """Remove the oldest calls made at or before this time, at most ``limit``. Returns their
    number."""
    gone = connection.execute(
        """
        DELETE FROM idempotency_keys WHERE (merchant_id, idempotency_key) IN (
            SELECT merchant_id, idempotency_key FROM idempotency_keys
            WHERE made_at <= ? ORDER BY made_at LIMIT ?
        )
        """,
        (until, limit),
    )
    return gone.rowcount
