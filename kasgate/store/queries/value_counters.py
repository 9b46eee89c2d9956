"""Counters of the values of payments, by merchant, currency and quarter of an hour.

They are kept here and not by triggers, so that a payment without a value costs nothing.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from kasgate.sessions.payments import Payment

QUARTER_MS: Final = 900_000
"""A quarter of an hour: the day of each time zone consists of whole ones."""
HALF: Final = 10**9
"""Sums are kept in two halves, because a whole one may exceed 64 bits."""
_ADD: Final = """
    INSERT INTO receipt_values (merchant_id, currency, quarter, payments, high, low)
    VALUES (?, ?, ?, 1, ?, ?)
    ON CONFLICT (merchant_id, currency, quarter) DO UPDATE SET
        payments = receipt_values.payments + 1,
        high = receipt_values.high + excluded.high, low = receipt_values.low + excluded.low
    """
_TAKE_BACK: Final = """
    UPDATE receipt_values SET payments = payments - 1, high = high - ?, low = low - ?
    WHERE merchant_id = ? AND currency = ? AND quarter = ?
    """


def count(
    connection: sqlite3.Connection, merchant_id: str, before: Payment | None, now: Payment
) -> None:
    """Count a payment as it is now, in place of what it was before; None for a new one."""
    was = None if before is None or not before.counts else _quarter(before)
    is_ = _quarter(now) if now.counts else None
    value = now.value
    if value is None or was == is_:
        return
    high, low = divmod(value.minor, HALF)
    if was is not None:
        connection.execute(_TAKE_BACK, (high, low, merchant_id, value.currency, was))
    if is_ is not None:
        connection.execute(_ADD, (merchant_id, value.currency, is_, high, low))


def _quarter(payment: Payment) -> int:
    return payment.accepted_at // QUARTER_MS
