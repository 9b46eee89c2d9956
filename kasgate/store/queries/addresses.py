"""The addresses that an account key has given out, to compare with its wallet."""

from __future__ import annotations

import sqlite3

from kasgate.money import SOMPI_PER_KAS, Sompi
from kasgate.reports import UsedAddress


def page(
    connection: sqlite3.Connection, account_key: str, after: int, limit: int
) -> list[UsedAddress]:
    """Addresses after the index ``after``, ordered by index. Whole KAS and the rest are summed
    separately, because the received sum may exceed 64 bits, which SQLite refuses."""
    rows = connection.execute(
        """
        SELECT used.address_index, used.address, used.id,
            coalesce(sum(payments.amount / ?), 0), coalesce(sum(payments.amount % ?), 0)
        FROM (
            SELECT address_index, address, id FROM sessions
            WHERE account_key = ? AND address_index > ?
            ORDER BY address_index LIMIT ?
        ) AS used
        LEFT JOIN payments
            ON payments.session_id = used.id AND payments.state <> 'withdrawn'
        GROUP BY used.address_index, used.address, used.id
        ORDER BY used.address_index
        """,
        (SOMPI_PER_KAS, SOMPI_PER_KAS, account_key, after, limit),
    )
    return [
        UsedAddress(index, address, session_id, Sompi(kas * SOMPI_PER_KAS + rest))
        for index, address, session_id, kas, rest in rows
    ]


def longest_unpaid_run(connection: sqlite3.Connection, account_key: str, next_index: int) -> int:
    """The longest run of consecutive unpaid addresses before the next index."""
    found: tuple[int, int] = connection.execute(
        """
        SELECT coalesce(max(run), 0), coalesce(max(address_index), -1) FROM (
            SELECT address_index,
                address_index - lag(address_index, 1, -1) OVER (ORDER BY address_index) - 1 AS run
            FROM sessions WHERE account_key = ? AND EXISTS (
                SELECT 1 FROM payments
                WHERE payments.session_id = sessions.id AND payments.state <> 'withdrawn'
            )
        )
        """,
        (account_key,),
    ).fetchone()
    run, last_paid = found
    return max(run, next_index - last_paid - 1)
