"""Figures by the days of a time zone, from counters by the quarter of an hour.

The database adds the quarters of each day up, so the cost depends on the length of the period and
not on the number of sessions or payments in it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

from kasgate.reports import Day, Period, utc_day
from kasgate.sessions.session import SessionStatus
from kasgate.sessions.valuation import ValueSum
from kasgate.store.queries.value_counters import HALF, QUARTER_MS

_BY_DAY: Final = """
    SELECT json_extract(days.value, '$[0]') AS day, {columns}
    FROM json_each(?) AS days CROSS JOIN {counters} AS counters
    WHERE counters.merchant_id = ? {more}
        AND counters.quarter >= json_extract(days.value, '$[1]')
        AND counters.quarter < json_extract(days.value, '$[2]')
    GROUP BY {group}
"""
_SESSIONS: Final = _BY_DAY.format(
    columns="counters.status, sum(counters.sessions)",
    counters="session_quarters",
    more="",
    group="1, 2",
)
_RECEIPTS: Final = _BY_DAY.format(
    columns="sum(counters.payments), sum(counters.high), sum(counters.low)",
    counters="receipt_quarters",
    more="",
    group="1",
)
_VALUES: Final = _BY_DAY.format(
    columns="sum(counters.payments), sum(counters.high), sum(counters.low)",
    counters="receipt_values",
    more="AND counters.currency = ?",
    group="1",
)
_LARGEST_BETWEEN: Final = """
    SELECT amount, tx_id, output_index, session_id FROM receipts
    WHERE merchant_id = ? AND day = ? AND EXISTS (
        SELECT 1 FROM payments
        WHERE payments.tx_id = receipts.tx_id AND payments.output_index = receipts.output_index
            AND payments.accepted_at >= ? AND payments.accepted_at < ?
    )
    ORDER BY amount DESC, tx_id DESC, output_index DESC LIMIT ?
"""

Candidate = tuple[int, str, int, str]
"""A payment: amount, id of the transaction, index of the output, id of the session."""


def days(connection: sqlite3.Connection, merchant_id: str, period: Period) -> list[Day]:
    """The days with any activity in a period of a time zone."""
    bounds = _bounds(period)
    by_day: dict[int, dict[SessionStatus, int]] = {}
    for day, status, count in connection.execute(_SESSIONS, (bounds, merchant_id)):
        if count:
            by_day.setdefault(day, {})[SessionStatus(status)] = count
    receipts = _receipts(connection, merchant_id, bounds)
    return [
        Day(day, by_day.get(day, {}), *receipts.get(day, (0, 0)))
        for day in sorted(by_day.keys() | receipts.keys())
    ]


def values(
    connection: sqlite3.Connection, merchant_id: str, currency: str, period: Period
) -> dict[int, ValueSum]:
    """The values in a currency of each day with payments in a period of a time zone."""
    bounds = _bounds(period)
    known = {
        day: (payments, high * HALF + low)
        for day, payments, high, low in connection.execute(_VALUES, (bounds, merchant_id, currency))
    }
    return {
        day: ValueSum(currency, minor, valued, payments - valued)
        for day, (payments, _) in _receipts(connection, merchant_id, bounds).items()
        for valued, minor in (known.get(day, (0, 0)),)
    }


def _bounds(period: Period) -> str:
    return json.dumps(
        [(number, start // QUARTER_MS, end // QUARTER_MS) for number, start, end in period.bounds()]
    )


def _receipts(
    connection: sqlite3.Connection, merchant_id: str, bounds: str
) -> dict[int, tuple[int, int]]:
    """The number of payments of each day that has any, and their sum in sompi."""
    return {
        day: (payments, high * HALF + low)
        for day, payments, high, low in connection.execute(_RECEIPTS, (bounds, merchant_id))
        if payments
    }


def edge_days(period: Period) -> tuple[int, ...]:
    """The UTC days that may lie in the period only in part."""
    return tuple(sorted({utc_day(period.start), utc_day(period.end - 1)}))


def largest_at_edges(
    connection: sqlite3.Connection, merchant_id: str, period: Period, limit: int
) -> Iterable[Candidate]:
    """The largest payments of the period on each of its edge days. Payments of these two days that
    are larger and outside the period are read as well."""
    for day in edge_days(period):
        bounds = (merchant_id, day, period.start, period.end, limit)
        for row in connection.execute(_LARGEST_BETWEEN, bounds):
            yield tuple(row)
