"""Merchants' logos."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence

from kasgate.audit import AuditEntry
from kasgate.store.queries import merchants
from kasgate.store.sealing import SealedMerchant


def replace(
    connection: sqlite3.Connection,
    merchant: SealedMerchant,
    png: bytes | None,
    audit: Sequence[AuditEntry] = (),
) -> SealedMerchant:
    """Store a merchant as ``merchants.update`` does, with the image of its logo; None removes the
    image. Raises as that does."""
    if png is None:
        connection.execute("DELETE FROM logos WHERE merchant_id = ?", (merchant.id,))
    else:
        connection.execute(
            """
            INSERT INTO logos (merchant_id, digest, image) VALUES (?, ?, ?)
            ON CONFLICT (merchant_id)
            DO UPDATE SET digest = excluded.digest, image = excluded.image
            """,
            (merchant.id, merchant.logo, base64.b64encode(png).decode()),
        )
    return merchants.update(connection, merchant, audit)


def by_digest(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """The PNG with this SHA-256 (hex), of any merchant."""
    row = connection.execute(
        "SELECT image FROM logos WHERE digest = ? LIMIT 1", (digest,)
    ).fetchone()
    return None if row is None else base64.b64decode(row["image"])
