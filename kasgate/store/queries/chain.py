"""The chain that the database belongs to, and how far it was followed."""

from __future__ import annotations

import sqlite3
from typing import Final

from kasgate.store.protocol import ChainCursor, ChainGap, WrongNetwork


def claim_network(connection: sqlite3.Connection, network: str) -> None:
    """Bind the database to a network, at its first use. Raises WrongNetwork if bound to another."""
    connection.execute(
        "INSERT INTO network (id, name) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (network,)
    )
    stored: str = connection.execute("SELECT name FROM network").fetchone()["name"]
    if stored != network:
        raise WrongNetwork(
            f"The database belongs to {stored}, and this gateway is set to {network}. Set "
            "KASGATE_NETWORK back, or KASGATE_DATABASE to another file."
        )


def network_name(connection: sqlite3.Connection) -> str | None:
    """The network of the database's first use; None if it was never used."""
    row = connection.execute("SELECT name FROM network").fetchone()
    return None if row is None else str(row["name"])


CURSORS_KEPT: Final = 900
"""One cursor per second: a quarter of an hour."""
MINUTES_KEPT: Final = 1_440
"""Also one cursor per minute, for a day. Their rows come after those of the seconds."""


def save_cursor(connection: sqlite3.Connection, cursor: ChainCursor) -> None:
    """Store how far the chain was followed."""
    minute = cursor.at // 60_000
    _put(connection, cursor.at // 1000 % CURSORS_KEPT, cursor)
    _put(connection, CURSORS_KEPT + minute % MINUTES_KEPT, cursor, not_before=minute * 60_000)


def _put(
    connection: sqlite3.Connection, place: int, cursor: ChainCursor, not_before: int | None = None
) -> None:
    """Store a cursor in its place, unless that holds one from ``not_before`` or later."""
    connection.execute(
        """
        INSERT INTO chain_cursor (id, block_hash, daa_score, followed_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            block_hash = excluded.block_hash,
            daa_score = excluded.daa_score,
            followed_at = excluded.followed_at
        WHERE ? IS NULL OR chain_cursor.followed_at < ?
        """,
        (place, cursor.block_hash, cursor.daa_score, cursor.at, not_before, not_before),
    )


def newest_cursor(connection: sqlite3.Connection) -> ChainCursor | None:
    """The cursor saved last."""
    kept = cursors(connection)
    return kept[-1] if kept else None


def cursors(connection: sqlite3.Connection) -> list[ChainCursor]:
    """The saved cursors, oldest first: one per second for the last quarter of an hour of following,
    and one per minute for the last day."""
    # If two rows have the same time, the one of the seconds is newer.
    rows = connection.execute("SELECT * FROM chain_cursor ORDER BY followed_at, id DESC")
    return [ChainCursor(row["block_hash"], row["daa_score"], row["followed_at"]) for row in rows]


def record_gap(connection: sqlite3.Connection, gap: ChainGap) -> None:
    """Store a gap. It replaces a known gap with the same start, under its own new id, and is open
    again."""
    connection.execute(
        """
        INSERT INTO chain_gaps (id, from_daa_score, from_at, to_daa_score, to_at, reason)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (from_at) DO UPDATE SET
            id = excluded.id,
            to_daa_score = excluded.to_daa_score,
            to_at = excluded.to_at,
            reason = excluded.reason,
            searched_at = NULL,
            acknowledged_at = NULL
        """,
        (gap.id, gap.from_daa_score, gap.from_at, gap.to_daa_score, gap.to_at, gap.reason),
    )


def open_gaps(connection: sqlite3.Connection) -> list[ChainGap]:
    """Gaps that were neither searched in an archive nor acknowledged by a person, oldest first."""
    rows = connection.execute(
        """
        SELECT * FROM chain_gaps WHERE searched_at IS NULL AND acknowledged_at IS NULL
        ORDER BY from_at
        """
    )
    return [
        ChainGap(
            id=row["id"],
            from_daa_score=row["from_daa_score"],
            from_at=row["from_at"],
            to_daa_score=row["to_daa_score"],
            to_at=row["to_at"],
            reason=row["reason"],
        )
        for row in rows
    ]


def close_searched_gap(connection: sqlite3.Connection, gap_id: str, at: int) -> None:
    """Close a gap after an archive was asked for every address that could have been paid in it."""
    connection.execute("UPDATE chain_gaps SET searched_at = ? WHERE id = ?", (at, gap_id))


def acknowledge_gap(connection: sqlite3.Connection, gap_id: str, at: int) -> bool:
    """Close a gap by a person's acknowledgement. Returns whether an open gap has this id."""
    changed = connection.execute(
        """
        UPDATE chain_gaps SET acknowledged_at = ?
        WHERE id = ? AND searched_at IS NULL AND acknowledged_at IS NULL
        """,
        (at, gap_id),
    )
    return changed.rowcount > 0
