"""Unused one-time links to the dashboard."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.access.sign_in_links import MOST_LINKS, SignInLink
from kasgate.audit import AuditEntry
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries.columns import Columns, insert_into, values

_COLUMNS: Final[Columns[SignInLink]] = {
    "token_hash": lambda link: link.token_hash,
    "merchant_id": lambda link: link.merchant_id,
    "api_key_hash": lambda link: link.api_key_hash,
    "created_at": lambda link: link.created_at,
    "expires_at": lambda link: link.expires_at,
}
_INSERT: Final = insert_into("sign_in_links", _COLUMNS)


def add(connection: sqlite3.Connection, link: SignInLink, audit: Sequence[AuditEntry]) -> None:
    """Store a link with entries of the audit log. The merchant's oldest links beyond MOST_LINKS and
    all expired links are removed."""
    connection.execute("DELETE FROM sign_in_links WHERE expires_at <= ?", (link.created_at,))
    connection.execute(
        """
        DELETE FROM sign_in_links WHERE token_hash IN (
            SELECT token_hash FROM sign_in_links WHERE merchant_id = ?
            ORDER BY created_at DESC, token_hash LIMIT -1 OFFSET ?
        )
        """,
        (link.merchant_id, MOST_LINKS - 1),
    )
    connection.execute(_INSERT, values(_COLUMNS, link))
    audit_log.add(connection, audit)


def take(connection: sqlite3.Connection, token_hash: str) -> SignInLink | None:
    """Remove a link and return it, so that it works once; it may have expired."""
    row = connection.execute(
        "DELETE FROM sign_in_links WHERE token_hash = ? RETURNING *", (token_hash,)
    ).fetchone()
    if row is None:
        return None
    return SignInLink(
        token_hash=row["token_hash"],
        merchant_id=row["merchant_id"],
        api_key_hash=row["api_key_hash"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
