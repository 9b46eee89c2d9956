"""Figures that the database updates with each change; kasgate/reports.py defines them.

They are read one row per day and summed here, because a sum over years may exceed 64 bits, which
SQLite refuses. The sum of one day may exceed them too, so it is stored in two numbers: see
``0017_whole_sums.sql``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from kasgate.money import SOMPI_PER_KAS, Sompi
from kasgate.reports import (
    TOP_PAYMENTS,
    Amounts,
    Analytics,
    Day,
    Period,
    TopPayment,
    Totals,
    analytics_of,
)
from kasgate.sessions.attention import AttentionReason, reasons_of_bits
from kasgate.sessions.session import SessionStatus
from kasgate.store.queries import zoned_figures
from kasgate.store.queries.zoned_figures import Candidate

_BEST_OF_EACH_DAY: Final = """
    SELECT (
        SELECT max(receipts.amount) FROM receipts
        WHERE receipts.merchant_id = receipt_days.merchant_id AND receipts.day = receipt_days.day
    ) AS best, day
    FROM receipt_days WHERE merchant_id = ? AND day BETWEEN ? AND ? AND payments > 0
"""
_CARRIED: Final = 10**18
"""The number of sompi that one unit of ``carried`` stands for."""
_TOP_OF_A_DAY: Final = """
    SELECT amount, tx_id, output_index, session_id FROM receipts
    WHERE merchant_id = ? AND day = ?
    ORDER BY amount DESC, tx_id DESC, output_index DESC LIMIT ?
"""


def session_counts(connection: sqlite3.Connection, merchant_id: str) -> dict[SessionStatus, int]:
    """The number of a merchant's sessions by status."""
    rows = connection.execute(
        "SELECT status, sum(sessions) FROM session_days WHERE merchant_id = ? GROUP BY status",
        (merchant_id,),
    )
    return {SessionStatus(status): count for status, count in rows}


def totals(connection: sqlite3.Connection, merchant_id: str) -> Totals:
    """All of a merchant's sessions and money, from the stored figures."""
    amounts = connection.execute(
        "SELECT amount, carried FROM receipt_days WHERE merchant_id = ?", (merchant_id,)
    )
    received = sum(amount + carried * _CARRIED for amount, carried in amounts)
    return Totals(
        session_counts(connection, merchant_id),
        received,
        _attention(connection, merchant_id),
    )


def _attention(
    connection: sqlite3.Connection, merchant_id: str
) -> dict[tuple[AttentionReason, ...], Amounts]:
    rows = connection.execute(
        """
        SELECT attention, sessions, whole_kas, sompi_beyond FROM attention_figures
        WHERE merchant_id = ? AND sessions > 0
        """,
        (merchant_id,),
    )
    return {
        reasons_of_bits(row["attention"]): Amounts(
            row["sessions"], row["whole_kas"] * SOMPI_PER_KAS + row["sompi_beyond"]
        )
        for row in rows
    }


def analytics(connection: sqlite3.Connection, merchant_id: str, period: Period) -> Analytics:
    """A period and the one before it, from the stored figures."""
    if period.zone is None:
        found = days(connection, merchant_id, period.previous.first, period.last)
        top = top_payments(connection, merchant_id, period.first, period.last, TOP_PAYMENTS)
    else:
        both = Period(period.previous.first, period.last, period.zone)
        found = zoned_figures.days(connection, merchant_id, both)
        top = zoned_top_payments(connection, merchant_id, period, TOP_PAYMENTS)
    return analytics_of(period, found, top)


def days(connection: sqlite3.Connection, merchant_id: str, first: int, last: int) -> list[Day]:
    """The days with any activity in a range, both ends inclusive."""
    by_day: dict[int, dict[SessionStatus, int]] = {}
    for day, status, count in connection.execute(
        """
        SELECT day, status, sessions FROM session_days
        WHERE merchant_id = ? AND day BETWEEN ? AND ? AND sessions > 0
        """,
        (merchant_id, first, last),
    ):
        by_day.setdefault(day, {})[SessionStatus(status)] = count
    receipts = {
        day: (payments, amount + carried * _CARRIED)
        for day, payments, amount, carried in connection.execute(
            """
            SELECT day, payments, amount, carried FROM receipt_days
            WHERE merchant_id = ? AND day BETWEEN ? AND ? AND payments > 0
            """,
            (merchant_id, first, last),
        )
    }
    return [
        Day(day, by_day.get(day, {}), *receipts.get(day, (0, 0)))
        for day in sorted(by_day.keys() | receipts.keys())
    ]


def top_payments(
    connection: sqlite3.Connection, merchant_id: str, first: int, last: int, limit: int
) -> list[TopPayment]:
    """The largest payments accepted in these days. The ``limit`` largest payments lie on the days
    whose own largest payments are the largest, so only that many days are searched."""
    candidates = _largest_of_days(connection, merchant_id, first, last, limit)
    return _top_of(connection, candidates, limit)


def zoned_top_payments(
    connection: sqlite3.Connection, merchant_id: str, period: Period, limit: int
) -> list[TopPayment]:
    """The largest payments accepted in a period of a time zone."""
    edges = zoned_figures.edge_days(period)
    candidates = [
        *zoned_figures.largest_at_edges(connection, merchant_id, period, limit),
        *_largest_of_days(connection, merchant_id, edges[0] + 1, edges[-1] - 1, limit),
    ]
    return _top_of(connection, candidates, limit)


def _largest_of_days(
    connection: sqlite3.Connection, merchant_id: str, first: int, last: int, limit: int
) -> list[Candidate]:
    bests = connection.execute(_BEST_OF_EACH_DAY, (merchant_id, first, last))
    best_days = sorted(map(tuple, bests), reverse=True)[:limit]
    return [
        tuple(row)
        for _, day in best_days
        for row in connection.execute(_TOP_OF_A_DAY, (merchant_id, day, limit))
    ]


def _top_of(
    connection: sqlite3.Connection, candidates: Iterable[Candidate], limit: int
) -> list[TopPayment]:
    return [
        _top_payment(connection, amount, transaction_id, session_id)
        for amount, transaction_id, _, session_id in sorted(candidates, reverse=True)[:limit]
    ]


def _top_payment(
    connection: sqlite3.Connection, amount: int, transaction_id: str, session_id: str
) -> TopPayment:
    session = connection.execute(
        "SELECT order_id, confirmed_at FROM sessions WHERE id = ?", (session_id,)
    ).fetchone()
    return TopPayment(
        session_id, transaction_id, Sompi(amount), session["order_id"], session["confirmed_at"]
    )
