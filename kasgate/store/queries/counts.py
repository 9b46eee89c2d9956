"""Totals of all merchants, for the operator's health page."""

from __future__ import annotations

import sqlite3

from kasgate.store.protocol import Counts
from kasgate.store.queries import deliveries, merchants, sessions


def of_everything(connection: sqlite3.Connection) -> Counts:
    return Counts(
        merchants=merchants.count(connection),
        active_sessions=sessions.count_active(connection),
        pending_deliveries=deliveries.count_pending(connection),
        sessions=sessions.count_by_status(connection),
        payments=sessions.count_payments(connection),
    )
