"""Merchants and their account keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.access.api_keys import ApiKey
from kasgate.audit import AuditEntry
from kasgate.store.protocol import Conflict, StoreError
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries.access import api_keys
from kasgate.store.queries.columns import assignments, insert_into, values
from kasgate.store.queries.rows import MERCHANT_STATE, MERCHANT_TERMS, merchant_of
from kasgate.store.sealing import SealedMerchant, key_id_of

_INSERT: Final = insert_into("merchants", (*MERCHANT_TERMS, *MERCHANT_STATE, "api_key_hash"))
_UPDATE: Final = f"""
    UPDATE merchants
    SET {assignments(MERCHANT_STATE)},
        next_address_index = (
            SELECT account_keys.next_address_index FROM account_keys
            WHERE account_keys.fingerprint = ?
        )
    WHERE id = ?
    """  # noqa: S608 - our own names


def add(connection: sqlite3.Connection, merchant: SealedMerchant, key: ApiKey) -> None:
    """Store a merchant, its account key and its first API key. Raises Conflict through the UNIQUE
    constraints."""
    terms, state = values(MERCHANT_TERMS, merchant), values(MERCHANT_STATE, merchant)
    connection.execute(_INSERT, (*terms, *state, key.key_hash))
    api_keys.insert(connection, key)
    connection.execute(
        """
        INSERT INTO account_keys (fingerprint, merchant_id, xpub, next_address_index, created_at)
        VALUES (?, ?, ?, ?, ?)
        """,
        (
            merchant.account_key,
            merchant.id,
            merchant.xpub,
            merchant.next_address_index,
            merchant.created_at,
        ),
    )


def update(
    connection: sqlite3.Connection, merchant: SealedMerchant, audit: Sequence[AuditEntry] = ()
) -> SealedMerchant:
    """Store everything but id, creation time and index; the index follows from the account key.

    Raises Conflict("account_key") for an account key of another merchant, past keys included, and
    StoreError for an unknown merchant.
    """
    _require(connection, merchant.id)
    key = connection.execute(
        """
        INSERT INTO account_keys (fingerprint, merchant_id, xpub, next_address_index, created_at)
        VALUES (?, ?, ?, 0, ?)
        ON CONFLICT (fingerprint) DO UPDATE SET xpub = excluded.xpub
        WHERE account_keys.merchant_id = excluded.merchant_id
        """,
        (merchant.account_key, merchant.id, merchant.xpub, merchant.updated_at),
    )
    if key.rowcount == 0:
        raise Conflict("account_key")
    connection.execute(
        _UPDATE, (*values(MERCHANT_STATE, merchant), merchant.account_key, merchant.id)
    )
    audit_log.add(connection, audit)
    return _require(connection, merchant.id)


def raise_next_index(
    connection: sqlite3.Connection, merchant_id: str, account_key: str, used: int
) -> bool:
    """Never give out this index of the account key, or a lower one, again. Returns False if the key
    is not this merchant's. If it is the current key, the merchant's own column follows."""
    raised = connection.execute(
        """
        UPDATE account_keys SET next_address_index = max(next_address_index, ?)
        WHERE fingerprint = ? AND merchant_id = ?
        """,
        (used + 1, account_key, merchant_id),
    )
    if raised.rowcount == 0:
        return False
    connection.execute(
        """
        UPDATE merchants SET next_address_index = ?
        WHERE id = ? AND account_key = ? AND next_address_index <= ?
        """,
        (used + 1, merchant_id, account_key, used),
    )
    return True


def by_id(connection: sqlite3.Connection, merchant_id: str) -> SealedMerchant | None:
    """A merchant by its id, still sealed."""
    row = connection.execute("SELECT * FROM merchants WHERE id = ?", (merchant_id,)).fetchone()
    return None if row is None else merchant_of(row)


def page(connection: sqlite3.Connection, after: str, limit: int) -> list[SealedMerchant]:
    """Merchants ordered by id, after the given id."""
    rows = connection.execute(
        "SELECT * FROM merchants WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    return [merchant_of(row) for row in rows]


def exist(connection: sqlite3.Connection) -> bool:
    """Whether there is any merchant."""
    return connection.execute("SELECT 1 FROM merchants LIMIT 1").fetchone() is not None


def count(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("SELECT count(*) FROM merchants").fetchone()[0]
    return number


def sealing_key_id(connection: sqlite3.Connection) -> str | None:
    """The id of the key that sealed the secrets; None if there are none."""
    row = connection.execute("SELECT xpub FROM merchants ORDER BY id LIMIT 1").fetchone()
    return None if row is None else key_id_of(row["xpub"])


def _require(connection: sqlite3.Connection, merchant_id: str) -> SealedMerchant:
    merchant = by_id(connection, merchant_id)
    if merchant is None:
        raise StoreError(f"There is no merchant {merchant_id}.")
    return merchant
