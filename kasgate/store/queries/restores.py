"""Changes of a restored database before it is served, and what a gateway finds out afterwards."""

from __future__ import annotations

import sqlite3
from typing import Final

from attrs import frozen

from kasgate.money import SOMPI_PER_KAS, Sompi

SEQUENCE_LEAP: Final = 10_000
"""How far the numbers of events rise: no payment has so many events after a backup."""
_NAMED: Final = 10


@frozen
class KeyState:
    """An account key in a restored database."""

    merchant_id: str
    merchant_name: str
    fingerprint: str
    next_index: int
    most_on_a_day: int
    """The highest number of sessions on one day."""
    newest_at: int
    """When the last session was made; unix milliseconds."""


@frozen
class FoundPayments:
    """Payments of known sessions that were accepted before a restore and seen after it."""

    payments: int
    sessions: int
    amount: Sompi
    orders: tuple[str, ...]
    """The first of these sessions: their order ids, or their ids."""


def account_keys(connection: sqlite3.Connection) -> list[KeyState]:
    """The present key of each merchant."""
    rows = connection.execute(
        """
        SELECT merchants.id, merchants.name, account_keys.fingerprint,
            account_keys.next_address_index,
            coalesce((
                SELECT max(on_day) FROM (
                    SELECT sum(sessions) AS on_day FROM session_days
                    WHERE session_days.merchant_id = merchants.id GROUP BY day
                ) AS days
            ), 0) AS most,
            coalesce((
                SELECT max(created_at) FROM sessions
                WHERE sessions.account_key = account_keys.fingerprint
            ), account_keys.created_at) AS newest
        FROM merchants JOIN account_keys ON account_keys.fingerprint = merchants.account_key
        ORDER BY merchants.id
        """
    )
    return [KeyState(*row) for row in rows]


def raise_sequences(connection: sqlite3.Connection) -> None:
    """Let the next event of each session have a number that no lost event had."""
    connection.execute("UPDATE sessions SET events_told = events_told + ?", (SEQUENCE_LEAP,))


def payments_since(connection: sqlite3.Connection, restored_at: int) -> FoundPayments:
    """Payments that were accepted before this time and seen after it. Reads all payments."""
    found = connection.execute(
        """
        SELECT count(*), count(DISTINCT session_id),
            coalesce(sum(amount / ?), 0), coalesce(sum(amount % ?), 0)
        FROM payments WHERE seen_at >= ? AND accepted_at < ? AND state <> 'withdrawn'
        """,
        (SOMPI_PER_KAS, SOMPI_PER_KAS, restored_at, restored_at),
    ).fetchone()
    orders = connection.execute(
        """
        SELECT coalesce(order_id, id) FROM sessions WHERE id IN (
            SELECT session_id FROM payments
            WHERE seen_at >= ? AND accepted_at < ? AND state <> 'withdrawn'
        ) ORDER BY created_at LIMIT ?
        """,
        (restored_at, restored_at, _NAMED),
    )
    payments, sessions, kas, rest = found
    return FoundPayments(
        payments, sessions, Sompi(kas * SOMPI_PER_KAS + rest), tuple(row[0] for row in orders)
    )
