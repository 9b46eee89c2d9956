"""Warnings to the operator, and the identity of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kasgate.store.protocol import DatabaseIdentity
from kasgate.store.queries import merchants
from kasgate.warnings import OperatorWarning, WarningKind


def identity(connection: sqlite3.Connection, name: str) -> DatabaseIdentity:
    """The identity of the database; a database without a name gets this one."""
    named = connection.execute(
        """
        INSERT INTO database_identity (id, name, commits) VALUES (1, ?, 0)
        ON CONFLICT (id) DO NOTHING
        """,
        (name,),
    )
    row = connection.execute("SELECT name, commits FROM database_identity").fetchone()
    return DatabaseIdentity(row["name"], row["commits"], named.rowcount > 0)


def name(connection: sqlite3.Connection) -> str:
    """The identity of the database; empty if it was never served."""
    row = connection.execute("SELECT name FROM database_identity").fetchone()
    return "" if row is None else str(row["name"])


def count_commit(connection: sqlite3.Connection) -> int:
    """Count a commit that stored events. Returns the new count; 0 if the database has no name."""
    connection.execute("UPDATE database_identity SET commits = commits + 1")
    return commits(connection)


def commits(connection: sqlite3.Connection) -> int:
    """The number of commits that stored events; 0 if the database has no name."""
    row = connection.execute("SELECT commits FROM database_identity").fetchone()
    return 0 if row is None else row["commits"]


def add(connection: sqlite3.Connection, found: Sequence[OperatorWarning]) -> None:
    """Store warnings. An open one of the same kind and subject gets the newer text. Account keys
    continue after the ranges that the warnings name."""
    for warning in found:
        connection.execute(
            """
            INSERT INTO warnings
                (id, kind, subject, merchant_id, text, first_index, end_index, found, since)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, subject) WHERE acknowledged_at IS NULL DO UPDATE SET
                text = excluded.text,
                first_index = CASE
                    WHEN excluded.first_index < warnings.first_index THEN excluded.first_index
                    ELSE warnings.first_index
                END,
                end_index = excluded.end_index,
                found = excluded.found
            """,
            (
                warning.id,
                warning.kind.value,
                warning.subject,
                warning.merchant_id,
                warning.text,
                warning.first_index,
                warning.end_index,
                warning.found,
                warning.since,
            ),
        )
        if warning.merchant_id is not None and warning.end_index is not None:
            merchants.raise_next_index(
                connection, warning.merchant_id, warning.subject, warning.end_index - 1
            )


def still_open(connection: sqlite3.Connection, limit: int) -> list[OperatorWarning]:
    """Unacknowledged warnings, oldest first."""
    rows = connection.execute(
        "SELECT * FROM warnings WHERE acknowledged_at IS NULL ORDER BY id LIMIT ?", (limit,)
    )
    return [
        OperatorWarning(
            id=row["id"],
            kind=WarningKind(row["kind"]),
            subject=row["subject"],
            text=row["text"],
            since=row["since"],
            merchant_id=row["merchant_id"],
            first_index=row["first_index"],
            end_index=row["end_index"],
            found=row["found"],
        )
        for row in rows
    ]


def note_found(connection: sqlite3.Connection, warning_id: str, found: str) -> None:
    """Add the result of a later check to a warning."""
    connection.execute("UPDATE warnings SET found = ? WHERE id = ?", (found, warning_id))


def acknowledge(connection: sqlite3.Connection, warning_id: str | None, at: int) -> int:
    """Acknowledge an open warning by its id, or all of them. Returns their number."""
    changed = connection.execute(
        """
        UPDATE warnings SET acknowledged_at = ?
        WHERE acknowledged_at IS NULL AND (? IS NULL OR id = ?)
        """,
        (at, warning_id, warning_id),
    )
    return changed.rowcount
