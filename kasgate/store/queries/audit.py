"""The audit log of a merchant."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.audit import AuditEntry
from kasgate.reports import UnknownCursor
from kasgate.store.columns import insert_into, values
from kasgate.store.rows import AUDIT_COLUMNS, audit_entry_of

_INSERT: Final = insert_into("audit_log", AUDIT_COLUMNS)


def add(connection: sqlite3.Connection, entries: Sequence[AuditEntry]) -> None:
    for entry in entries:
        connection.execute(_INSERT, values(AUDIT_COLUMNS, entry))


def page(
    connection: sqlite3.Connection, merchant_id: str, after: str | None, limit: int
) -> list[AuditEntry]:
    """Lines newest first, from the one after a line on. Raises UnknownCursor."""
    if after is not None:
        known = connection.execute(
            "SELECT 1 FROM audit_log WHERE id = ? AND merchant_id = ?", (after, merchant_id)
        ).fetchone()
        if known is None:
            raise UnknownCursor(after)
    rows = connection.execute(
        """
        SELECT * FROM audit_log WHERE merchant_id = ? AND (? IS NULL OR id < ?)
        ORDER BY id DESC LIMIT ?
        """,
        (merchant_id, after, after, limit),
    )
    return [audit_entry_of(row) for row in rows]
