"""The audit log.

Its entries form a hash chain over all merchants: each has a hash of itself and of the previous
hash. An entry that was changed, removed or inserted by hand is detected, unless the author
recomputed the rest of the log or cut off its end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.audit import BY_PASSWORD, AuditAction, AuditEntry
from kasgate.reports import UnknownCursor
from kasgate.store.queries.columns import Value, insert_into, values
from kasgate.store.queries.rows import AUDIT_COLUMNS, audit_entry_of

_LATELY: Final = 5_000
"""How many recent entries of a merchant's log are searched for sign-ins."""
_SIGN_INS: Final = 100

_INSERT: Final = insert_into("audit_log", (*AUDIT_COLUMNS, "place", "chain"))


def add(connection: sqlite3.Connection, audit: Sequence[AuditEntry]) -> None:
    """Append entries to the audit log."""
    for entry in audit:
        newest = connection.execute(
            "SELECT place, chain FROM audit_log WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1"
        ).fetchone()
        place, chain = (0, "") if newest is None else newest
        line = values(AUDIT_COLUMNS, entry)
        connection.execute(_INSERT, (*line, place + 1, _chained(chain, line)))


def first_break(connection: sqlite3.Connection) -> str | None:
    """The id of the first entry whose hash does not match; None if all match. Entries older than
    the chain are not checked. Reads the whole log."""
    place, chain = 0, ""
    rows = connection.execute("SELECT * FROM audit_log WHERE place IS NOT NULL ORDER BY place")
    for row in rows:
        place, chain = place + 1, _chained(chain, [row[column] for column in AUDIT_COLUMNS])
        if (row["place"], row["chain"]) != (place, chain):
            found: str = row["id"]
            return found
    return None


def count(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM audit_log").fetchone()[0]
    return number


def _chained(before: str, line: Sequence[Value]) -> str:
    return hashlib.sha256(json.dumps([before, *line]).encode()).hexdigest()


def page(
    connection: sqlite3.Connection, merchant_id: str, after: str | None, limit: int
) -> list[AuditEntry]:
    """Entries newest first, after the given entry. Raises UnknownCursor."""
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


def signed_in_from(connection: sqlite3.Connection, merchant_id: str) -> list[str]:
    """Addresses from which a password sign-in succeeded, newest first, without duplicates."""
    rows = connection.execute(
        """
        SELECT * FROM (
            SELECT * FROM audit_log WHERE merchant_id = ? ORDER BY id DESC LIMIT ?
        ) AS lately WHERE action = ? AND actor = ? ORDER BY id DESC LIMIT ?
        """,
        (merchant_id, _LATELY, AuditAction.SIGNED_IN.value, BY_PASSWORD, _SIGN_INS),
    )
    found = (audit_entry_of(row).details.get("ip") for row in rows)
    return list(dict.fromkeys(address for address in found if address is not None))
