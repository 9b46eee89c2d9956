"""Lists of a merchant's sessions, newest first: by filter here, by words in session_search.py.

Each list walks an index in its order, so that it touches what it shows and, for an offset, index
entries that it skips; a cursor skips nothing. The index is one of sessions by status, so that a
list of all statuses is made of as many arms, which the database merges. Totals that are not kept
are counted up to a limit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from kasgate.money import Sompi
from kasgate.reports import (
    COUNT_LIMIT,
    ListedSession,
    SessionPage,
    SessionQuery,
    UnknownCursor,
)
from kasgate.session import SessionStatus
from kasgate.store.columns import Value
from kasgate.store.queries import figures

Place = tuple[int, str]
"""Where a session stands in the list: its creation time and its id."""


def page(connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery) -> SessionPage:
    """Sessions by filter; ``wanted.text`` is not looked at. Raises UnknownCursor."""
    after = place_of(connection, merchant_id, wanted.after)
    total, is_exact = _total(connection, merchant_id, wanted) if wanted.counted else (0, False)
    rows = walk(connection, merchant_id, wanted, after, wanted.limit + 1, wanted.offset)
    listed = tuple(listed_of(row) for row in rows[: wanted.limit])
    return SessionPage(listed, total, is_exact, listed[-1].id if len(rows) > wanted.limit else None)


def walk(  # noqa: PLR0917 (each of them is part of where to walk)
    connection: sqlite3.Connection,
    merchant_id: str,
    wanted: SessionQuery,
    after: Place | None,
    limit: int,
    offset: int = 0,
) -> Sequence[sqlite3.Row]:
    """Rows of the sessions that the filters let through, from a place on, newest first."""
    arms, values = _arms(merchant_id, wanted, after)
    rows = connection.execute(
        f"""
        SELECT sessions.* FROM (
            {arms} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?
        ) AS page
        CROSS JOIN sessions WHERE sessions.id = page.id
        """,  # noqa: S608 (the arms are below)
        (*values, limit, offset),
    )
    # A join promises no order.
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def _arms(merchant_id: str, wanted: SessionQuery, after: Place | None) -> tuple[str, list[Value]]:
    """Selections of id and creation time, each in the order of an index."""
    arms: list[str] = []
    values: list[Value] = []
    statuses = [wanted.status] if wanted.status is not None else list(SessionStatus)
    for status in statuses if wanted.order_id is None else [None]:
        conditions = ["merchant_id = ?"]
        values.append(merchant_id)
        if status is not None:
            conditions.append("status = ?")
            values.append(status.value)
        if wanted.order_id is not None:
            conditions.append("order_id = ?")
            values.append(wanted.order_id)
            if wanted.status is not None:
                # In a form that leaves the index to the order id, of which there are fewer.
                conditions.append("status || '' = ?")
                values.append(wanted.status.value)
        if wanted.created_from is not None:
            conditions.append("created_at >= ?")
            values.append(wanted.created_from)
        if wanted.created_to is not None:
            conditions.append("created_at <= ?")
            values.append(wanted.created_to)
        if after is not None:
            conditions.append("(created_at, id) < (?, ?)")
            values += after
        arms.append(f"SELECT id, created_at FROM sessions WHERE {' AND '.join(conditions)}")  # noqa: S608
    return " UNION ALL ".join(arms), values


def place_of(
    connection: sqlite3.Connection, merchant_id: str, session_id: str | None
) -> Place | None:
    """Where a cursor stands. Raises UnknownCursor if it is not one of this merchant's sessions."""
    if session_id is None:
        return None
    row = connection.execute(
        "SELECT merchant_id, created_at FROM sessions WHERE id = ?", (session_id,)
    ).fetchone()
    if row is None or row["merchant_id"] != merchant_id:
        raise UnknownCursor(session_id)
    return row["created_at"], session_id


def listed_of(row: sqlite3.Row) -> ListedSession:
    return ListedSession(
        id=row["id"],
        address=row["address"],
        amount=Sompi(row["amount"]),
        status=SessionStatus(row["status"]),
        confirmations=row["confirmations"],
        tx_id=row["tx_id"],
        order_id=row["order_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
        confirmed_at=row["confirmed_at"],
    )


def _total(
    connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery
) -> tuple[int, bool]:
    if not wanted.narrows:
        counts = figures.session_counts(connection, merchant_id)
        if wanted.status is None:
            return sum(counts.values()), True
        return counts.get(wanted.status, 0), True
    arms, values = _arms(merchant_id, wanted, None)
    counted: int = connection.execute(
        f"SELECT count(*) FROM ({arms} LIMIT ?) AS counted",  # noqa: S608
        (*values, COUNT_LIMIT + 1),
    ).fetchone()[0]
    return min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT
