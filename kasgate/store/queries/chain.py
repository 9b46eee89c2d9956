"""Which chain the database belongs to, and how far it was followed."""

from __future__ import annotations

import sqlite3
from typing import Final

from kasgate.store.protocol import ChainCursor, WrongNetwork


def claim_network(connection: sqlite3.Connection, network: str) -> None:
    """Raises WrongNetwork if the database belongs to another one."""
    connection.execute(
        "INSERT INTO network (id, name) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (network,)
    )
    stored: str = connection.execute("SELECT name FROM network").fetchone()["name"]
    if stored != network:
        raise WrongNetwork(
            f"The database belongs to {stored}, and this gateway is set to {network}. Set "
            "KASGATE_NETWORK back, or KASGATE_DATABASE to another file."
        )


CURSORS_KEPT: Final = 900
"""One a second: a quarter of an hour."""


def save_cursor(connection: sqlite3.Connection, cursor: ChainCursor) -> None:
    connection.execute(
        """
        INSERT INTO chain_cursor (id, block_hash, daa_score, followed_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            block_hash = excluded.block_hash,
            daa_score = excluded.daa_score,
            followed_at = excluded.followed_at
        """,
        (cursor.at // 1000 % CURSORS_KEPT, cursor.block_hash, cursor.daa_score, cursor.at),
    )


def cursors(connection: sqlite3.Connection) -> list[ChainCursor]:
    rows = connection.execute("SELECT * FROM chain_cursor ORDER BY followed_at")
    return [ChainCursor(row["block_hash"], row["daa_score"], row["followed_at"]) for row in rows]
