"""A merchant's books, from the receipts of its payments; kasgate/books.py defines them.

Receipts are stored by UTC day. Each query reads the receipts of the UTC days that its time touches,
and takes the times of acceptance from the payments.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from kasgate.books import (
    LINES_OF_STATEMENT,
    BookDay,
    BookLine,
    BookSum,
    LinePage,
    LinePlace,
    Statement,
)
from kasgate.reports import DAY_MS, utc_day
from kasgate.sessions.session import PaidState, SessionStatus
from kasgate.sessions.valuation import ValueSum
from kasgate.store.queries.columns import Value
from kasgate.store.queries.rows import payment_of
from kasgate.store.queries.value_counters import HALF, QUARTER_MS
from kasgate.time_zones import ZoneDays

_CARRIED: Final = 10**18
_OF_A_DAY: Final = """
    FROM receipts CROSS JOIN payments
        ON payments.tx_id = receipts.tx_id AND payments.output_index = receipts.output_index
    WHERE receipts.merchant_id = ? AND receipts.day = ?
        AND payments.accepted_at >= ? AND payments.accepted_at < ?
"""
_LINES: Final = f"""
    SELECT payments.*, sessions.order_id, sessions.description, sessions.address,
        sessions.status, sessions.paid_state
    FROM (
        SELECT payments.tx_id, payments.output_index {_OF_A_DAY}
            AND (payments.accepted_at, payments.tx_id, payments.output_index) > (?, ?, ?)
        ORDER BY payments.accepted_at, payments.tx_id, payments.output_index LIMIT ?
    ) AS page
    CROSS JOIN payments
        ON payments.tx_id = page.tx_id AND payments.output_index = page.output_index
    CROSS JOIN sessions ON sessions.id = payments.session_id
"""  # noqa: S608 - our own words
_SUM: Final = f"""
    SELECT count(*), coalesce(sum(payments.amount / {HALF}), 0),
        coalesce(sum(payments.amount % {HALF}), 0),
        count(*) FILTER (WHERE payments.value_currency = ?),
        coalesce(sum(payments.value_minor / {HALF}) FILTER (
            WHERE payments.value_currency = ?), 0),
        coalesce(sum(payments.value_minor % {HALF}) FILTER (
            WHERE payments.value_currency = ?), 0)
    {_OF_A_DAY}
"""
_FIRST: Final[LinePlace] = (-1, "", -1)


def lines(  # noqa: PLR0917 (each of them is part of where to read)
    connection: sqlite3.Connection,
    merchant_id: str,
    start: int,
    end: int,
    after: LinePlace | None,
    limit: int,
) -> LinePage:
    """The payments that were accepted in a time, in its order, after a place. Times are unix
    milliseconds; the end is exclusive. One UTC day is sorted at a time."""
    place = after or _FIRST
    found: list[BookLine] = []
    for day in _days(connection, merchant_id, max(start, place[0]), end):
        wanted = limit + 1 - len(found)
        if wanted <= 0:
            break
        rows = connection.execute(_LINES, (merchant_id, day, start, end, *place, wanted))
        found += sorted((_line_of(row) for row in rows), key=lambda line: line.place)
    shown = tuple(found[:limit])
    return LinePage(shown, shown[-1].place if len(found) > limit else None)


def statement(
    connection: sqlite3.Connection, merchant_id: str, days: ZoneDays, currency: str | None
) -> Statement:
    """The statement of a period, with values in a currency. Reads each payment of the period up to
    twice, because a day of a zone lies on two UTC days."""
    by_day = tuple(
        BookDay(day.date, _sum(connection, merchant_id, day.start, day.end, currency))
        for day in days
    )
    before = _before(connection, merchant_id, days.start, currency)
    page = lines(connection, merchant_id, days.start, days.end, None, LINES_OF_STATEMENT)
    return Statement(before, by_day, page.lines)


def _days(connection: sqlite3.Connection, merchant_id: str, start: int, end: int) -> Iterator[int]:
    """The UTC days of this time with payments, in order."""
    rows = connection.execute(
        """
        SELECT day FROM receipt_days
        WHERE merchant_id = ? AND day BETWEEN ? AND ? AND payments > 0 ORDER BY day
        """,
        (merchant_id, utc_day(start), utc_day(end - 1)),
    )
    return (row[0] for row in rows.fetchall())


def _sum(
    connection: sqlite3.Connection, merchant_id: str, start: int, end: int, currency: str | None
) -> BookSum:
    """The payments that were accepted in a time, the end exclusive."""
    payments = received = known = minor = 0
    for day in _days(connection, merchant_id, start, end):
        of_value: tuple[Value, ...] = (currency,) * 3
        row = connection.execute(_SUM, (*of_value, merchant_id, day, start, end)).fetchone()
        payments += row[0]
        received += row[1] * HALF + row[2]
        known += row[3]
        minor += row[4] * HALF + row[5]
    return _book_sum(payments, received, known, minor, currency)


def _before(
    connection: sqlite3.Connection, merchant_id: str, start: int, currency: str | None
) -> BookSum:
    """All payments that were accepted before a time."""
    midnight = utc_day(start) * DAY_MS
    payments = received = known = minor = 0
    for row in connection.execute(
        "SELECT payments, amount, carried FROM receipt_days WHERE merchant_id = ? AND day < ?",
        (merchant_id, utc_day(start)),
    ):
        payments += row[0]
        received += row[1] + row[2] * _CARRIED
    for row in connection.execute(
        """
        SELECT payments, high, low FROM receipt_values
        WHERE merchant_id = ? AND currency = ? AND quarter < ?
        """,
        (merchant_id, currency, midnight // QUARTER_MS),
    ):
        known += row[0]
        minor += row[1] * HALF + row[2]
    rest = _sum(connection, merchant_id, midnight, start, currency)
    return _book_sum(payments, received, known, minor, currency) + rest


def _book_sum(
    payments: int, received: int, known: int, minor: int, currency: str | None
) -> BookSum:
    value = None if currency is None else ValueSum(currency, minor, known, payments - known)
    return BookSum(payments, received, value)


def _line_of(row: sqlite3.Row) -> BookLine:
    return BookLine(
        payment=payment_of(row),
        session_id=row["session_id"],
        order_id=row["order_id"],
        description=row["description"],
        address=row["address"],
        status=SessionStatus(row["status"]),
        paid_state=PaidState(row["paid_state"]),
    )
