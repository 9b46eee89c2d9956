"""Merchants' API keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from kasgate.access.api_keys import MOST_KEYS, ApiKey, LastManageKey, NoSuchKey, Scope, TooManyKeys
from kasgate.audit import AuditEntry
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries.columns import Columns, insert_into, values

_COLUMNS: Final[Columns[ApiKey]] = {
    "id": lambda key: key.id,
    "merchant_id": lambda key: key.merchant_id,
    "name": lambda key: key.name,
    "scope": lambda key: key.scope.value,
    "key_hash": lambda key: key.key_hash,
    "hint": lambda key: key.hint,
    "created_at": lambda key: key.created_at,
    "last_used_at": lambda key: key.last_used_at,
    "revoked_at": lambda key: key.revoked_at,
}
_INSERT: Final = insert_into("api_keys", _COLUMNS)


def insert(connection: sqlite3.Connection, key: ApiKey) -> None:
    connection.execute(_INSERT, values(_COLUMNS, key))


def add(connection: sqlite3.Connection, key: ApiKey, audit: Sequence[AuditEntry]) -> None:
    """Store a key. Raises TooManyKeys."""
    if len(live(connection, key.merchant_id)) >= MOST_KEYS:
        raise TooManyKeys
    insert(connection, key)
    audit_log.add(connection, audit)


def replace(
    connection: sqlite3.Connection, old: ApiKey, new: ApiKey, audit: Sequence[AuditEntry]
) -> None:
    """Store a key and revoke the one it replaces. Raises NoSuchKey if that one has ended."""
    _end(connection, old.id, new.created_at)
    insert(connection, new)
    audit_log.add(connection, audit)


def rename(
    connection: sqlite3.Connection, key: ApiKey, name: str, audit: Sequence[AuditEntry]
) -> None:
    """Rename a live key. Raises NoSuchKey."""
    named = connection.execute(
        "UPDATE api_keys SET name = ? WHERE id = ? AND revoked_at IS NULL", (name, key.id)
    )
    if named.rowcount == 0:
        raise NoSuchKey
    audit_log.add(connection, audit)


def revoke(
    connection: sqlite3.Connection, key: ApiKey, at: int, audit: Sequence[AuditEntry]
) -> None:
    """Revoke a key. Raises NoSuchKey if it has ended, and LastManageKey."""
    _end(connection, key.id, at)
    if not any(other.scope is Scope.MANAGE for other in live(connection, key.merchant_id)):
        raise LastManageKey
    audit_log.add(connection, audit)


def note_uses(connection: sqlite3.Connection, uses: Mapping[str, int]) -> None:
    """Store when each key was last used; ``uses`` are unix milliseconds by key id."""
    connection.executemany(
        "UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?",
        [(at, key_id) for key_id, at in uses.items()],
    )


def by_hash(connection: sqlite3.Connection, key_hash: str) -> ApiKey | None:
    """A live key by its hash."""
    row = connection.execute(
        "SELECT * FROM api_keys WHERE key_hash = ? AND revoked_at IS NULL", (key_hash,)
    ).fetchone()
    return None if row is None else _key_of(row)


def live(connection: sqlite3.Connection, merchant_id: str) -> list[ApiKey]:
    """A merchant's live keys, oldest first."""
    rows = connection.execute(
        "SELECT * FROM api_keys WHERE merchant_id = ? AND revoked_at IS NULL ORDER BY id",
        (merchant_id,),
    )
    return [_key_of(row) for row in rows]


def page(connection: sqlite3.Connection, after: str, limit: int) -> list[ApiKey]:
    """Live keys of all merchants, ordered by id, after the given id."""
    rows = connection.execute(
        "SELECT * FROM api_keys WHERE id > ? AND revoked_at IS NULL ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [_key_of(row) for row in rows]


def _end(connection: sqlite3.Connection, key_id: str, at: int) -> None:
    ended = connection.execute(
        "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, key_id)
    )
    if ended.rowcount == 0:
        raise NoSuchKey


def _key_of(row: sqlite3.Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        merchant_id=row["merchant_id"],
        name=row["name"],
        scope=Scope(row["scope"]),
        key_hash=row["key_hash"],
        created_at=row["created_at"],
        hint=row["hint"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
