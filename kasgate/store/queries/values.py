"""Sums of the values of payments in one currency, each with the payments that have none in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.reports import DAY_MS, Period
from kasgate.sessions.valuation import ValueSum
from kasgate.store.queries import zoned_figures
from kasgate.store.queries.value_counters import HALF, QUARTER_MS

SUMMED_PAYMENTS: Final = 200
"""The values of a session with more payments are not summed for a list."""
_QUARTERS_A_DAY: Final = DAY_MS // QUARTER_MS


def by_day(
    connection: sqlite3.Connection, merchant_id: str, currency: str, period: Period
) -> dict[int, ValueSum]:
    """The values of each day with payments in a period."""
    if period.zone is not None:
        return zoned_figures.values(connection, merchant_id, currency, period)
    rows = connection.execute(
        """
        SELECT receipt_days.day, receipt_days.payments, coalesce(sum(receipt_values.payments), 0),
            coalesce(sum(receipt_values.high), 0), coalesce(sum(receipt_values.low), 0)
        FROM receipt_days LEFT JOIN receipt_values
            ON receipt_values.merchant_id = receipt_days.merchant_id
            AND receipt_values.currency = ?
            AND receipt_values.quarter >= receipt_days.day * ?
            AND receipt_values.quarter < (receipt_days.day + 1) * ?
        WHERE receipt_days.merchant_id = ? AND receipt_days.day BETWEEN ? AND ?
            AND receipt_days.payments > 0
        GROUP BY receipt_days.day, receipt_days.payments
        """,
        (currency, _QUARTERS_A_DAY, _QUARTERS_A_DAY, merchant_id, period.first, period.last),
    )
    return {
        day: ValueSum(currency, high * HALF + low, known, payments - known)
        for day, payments, known, high, low in rows
    }


def of_sessions(
    connection: sqlite3.Connection, merchant_id: str, session_ids: Sequence[str], currency: str
) -> dict[str, ValueSum]:
    """The values of what each of these sessions received, by its id. Sessions that received
    nothing, or more than SUMMED_PAYMENTS payments, are left out, as are those of other
    merchants."""
    found: dict[str, ValueSum] = {}
    for session_id in session_ids:
        payments, known, high, low = connection.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE payments.value_currency = ?),
                sum(payments.value_minor / ?) FILTER (WHERE payments.value_currency = ?),
                sum(payments.value_minor % ?) FILTER (WHERE payments.value_currency = ?)
            FROM sessions CROSS JOIN payments ON payments.session_id = sessions.id
            WHERE sessions.id = ? AND sessions.merchant_id = ? AND sessions.received > 0
                AND sessions.payments_total <= ?
                AND payments.credited = 1 AND payments.state <> 'withdrawn'
            """,
            (
                *(currency, HALF, currency, HALF, currency),
                *(session_id, merchant_id, SUMMED_PAYMENTS),
            ),
        ).fetchone()
        if payments:
            minor = (high or 0) * HALF + (low or 0)
            found[session_id] = ValueSum(currency, minor, known, payments - known)
    return found
