"""Sessions of the dashboard."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.access.dashboard_sessions import IDLE_MS, LONGEST_MS, MOST_SESSIONS, DashboardSession
from kasgate.access.passwords import SecondFactorUse
from kasgate.audit import AuditEntry
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries.access import second_factors
from kasgate.store.queries.columns import Columns, insert_into, values

_COLUMNS: Final[Columns[DashboardSession]] = {
    "id": lambda session: session.id,
    "merchant_id": lambda session: session.merchant_id,
    "token_hash": lambda session: session.token_hash,
    "api_key_hash": lambda session: session.api_key_hash,
    "created_at": lambda session: session.created_at,
    "last_seen_at": lambda session: session.last_seen_at,
    "user_agent": lambda session: session.user_agent,
    "fresh_until": lambda session: session.fresh_until,
}
_INSERT: Final = insert_into("dashboard_sessions", _COLUMNS)


def add(
    connection: sqlite3.Connection,
    session: DashboardSession,
    replaces: str | None,
    audit: Sequence[AuditEntry],
    second_factor: SecondFactorUse | None = None,
) -> None:
    """Store a session with entries of the audit log, and use up its second factor.

    It replaces the session with the given id. The merchant's ended sessions and the oldest ones
    beyond MOST_SESSIONS are removed. Raises SpentAlready.
    """
    if second_factor is not None:
        second_factors.spend(connection, second_factor)
    now = session.created_at
    connection.execute(
        """
        DELETE FROM dashboard_sessions WHERE merchant_id = ?
            AND (
                id = ? OR last_seen_at <= ? OR created_at <= ?
                OR EXISTS (
                    SELECT 1 FROM api_keys
                    WHERE key_hash = dashboard_sessions.api_key_hash AND revoked_at IS NOT NULL
                )
            )
        """,
        (session.merchant_id, replaces, now - IDLE_MS, now - LONGEST_MS),
    )
    connection.execute(
        """
        DELETE FROM dashboard_sessions WHERE id IN (
            SELECT id FROM dashboard_sessions WHERE merchant_id = ?
            ORDER BY id DESC LIMIT -1 OFFSET ?
        )
        """,
        (session.merchant_id, MOST_SESSIONS - 1),
    )
    connection.execute(_INSERT, values(_COLUMNS, session))
    audit_log.add(connection, audit)


def by_token(connection: sqlite3.Connection, token_hash: str) -> DashboardSession | None:
    """A session by the hash of its token; it may have ended."""
    row = connection.execute(
        "SELECT * FROM dashboard_sessions WHERE token_hash = ?", (token_hash,)
    ).fetchone()
    return None if row is None else _session_of(row)


def of_merchant(connection: sqlite3.Connection, merchant_id: str) -> list[DashboardSession]:
    """All sessions of a merchant, newest first; some may have ended."""
    rows = connection.execute(
        "SELECT * FROM dashboard_sessions WHERE merchant_id = ? ORDER BY id DESC", (merchant_id,)
    )
    return [_session_of(row) for row in rows]


def touch(connection: sqlite3.Connection, session_id: str, at: int) -> None:
    """Note that a session was used at this unix time in milliseconds."""
    connection.execute(
        "UPDATE dashboard_sessions SET last_seen_at = max(last_seen_at, ?) WHERE id = ?",
        (at, session_id),
    )


def bind(connection: sqlite3.Connection, session_id: str, api_key_hash: str) -> None:
    """Make a session depend on another API key."""
    connection.execute(
        "UPDATE dashboard_sessions SET api_key_hash = ? WHERE id = ?", (api_key_hash, session_id)
    )


def freshen(
    connection: sqlite3.Connection,
    session_id: str,
    until: int,
    audit: Sequence[AuditEntry],
    second_factor: SecondFactorUse,
) -> None:
    """Count a session's user as re-authenticated until this time, for a second factor. Raises
    SpentAlready."""
    second_factors.spend(connection, second_factor)
    connection.execute(
        "UPDATE dashboard_sessions SET fresh_until = ? WHERE id = ?", (until, session_id)
    )
    audit_log.add(connection, audit)


def end_others(
    connection: sqlite3.Connection, merchant_id: str, keep: str | None, *, by_password: bool = False
) -> list[str]:
    """End a merchant's sessions except ``keep``; with ``by_password`` only those that a password
    opened. Returns their ids."""
    gone = connection.execute(
        """
        DELETE FROM dashboard_sessions
        WHERE merchant_id = ? AND id IS NOT ? AND (api_key_hash IS NULL OR NOT ?)
        RETURNING id
        """,
        (merchant_id, keep, by_password),
    )
    return [row["id"] for row in gone.fetchall()]


def remove(
    connection: sqlite3.Connection,
    merchant_id: str,
    session_id: str,
    audit: Sequence[AuditEntry],
) -> bool:
    """End a merchant's session and return whether it existed; only then is the audit log
    written."""
    gone = connection.execute(
        "DELETE FROM dashboard_sessions WHERE id = ? AND merchant_id = ?",
        (session_id, merchant_id),
    )
    if gone.rowcount:
        audit_log.add(connection, audit)
    return bool(gone.rowcount)


def _session_of(row: sqlite3.Row) -> DashboardSession:
    return DashboardSession(
        id=row["id"],
        merchant_id=row["merchant_id"],
        token_hash=row["token_hash"],
        api_key_hash=row["api_key_hash"],
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
        user_agent=row["user_agent"],
        fresh_until=row["fresh_until"],
    )
