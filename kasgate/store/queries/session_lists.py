"""Lists of a merchant's sessions by filter, newest first; session_search.py searches by words.

Each list walks an index in its order. It reads only the sessions that it shows and, for an offset,
the index entries that it skips; a cursor skips nothing. The index is that of an order id, that of a
rare property (late, cancelled, …), or that of sessions by status. A list of all statuses has an arm
per status, and one of sessions that need attention an arm per combination of reasons; the database
merges them. Conditions that the index can't answer
are checked session by session, up to a limit per call; the next call continues there. Totals
without a stored count are counted up to a limit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from kasgate.money import Sompi
from kasgate.reports import (
    COUNT_LIMIT,
    ListedSession,
    SessionPage,
    SessionQuery,
    UnknownCursor,
)
from kasgate.sessions.attention import numbers_with, reasons_of_bits
from kasgate.sessions.session import PaidState, SessionStatus
from kasgate.store.queries import figures
from kasgate.store.queries.columns import Value
from kasgate.store.queries.looks import look

LOOK_LIMIT: Final = 1_000
"""How many sessions one call examines."""
_STEP: Final = 250
_LOOKED_AT: Final = ", ".join(
    f"sessions.{column}"
    for column in (
        "id", "merchant_id", "created_at", "status", "order_id", "description", "metadata",
        "paid_state", "late", "cancelled", "attention",
    )
)  # fmt: skip

Place = tuple[int, str]
"""The place of a session in the list: its creation time and its id."""


def page(connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery) -> SessionPage:
    """Sessions by filter, ignoring ``wanted.text``. Raises UnknownCursor."""
    after = place_of(connection, merchant_id, wanted.after)
    if not _is_said_by_an_index(wanted):
        every = walked(connection, merchant_id, wanted, after)
        return looked_page(connection, wanted, every, lambda row: lets_through(wanted, row))
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
    columns: str = "sessions.*",
) -> Sequence[sqlite3.Row]:
    """Rows of the sessions after a place, newest first, that match the filters as far as the index
    can answer them."""
    arms, values = _arms(merchant_id, wanted, after)
    rows = connection.execute(
        f"""
        SELECT {columns} FROM (
            {arms} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?
        ) AS page
        CROSS JOIN sessions WHERE sessions.id = page.id
        """,  # noqa: S608 (the arms are below)
        (*values, limit, offset),
    )
    # A join guarantees no order.
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def walked(
    connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery, place: Place | None
) -> Iterator[sqlite3.Row]:
    """All sessions of ``walk``, read in chunks, with the columns that ``lets_through`` needs."""
    while True:
        rows = walk(connection, merchant_id, wanted, place, _STEP, columns=_LOOKED_AT)
        yield from rows
        if len(rows) < _STEP:
            return
        place = (rows[-1]["created_at"], rows[-1]["id"])


def looked_page(
    connection: sqlite3.Connection,
    wanted: SessionQuery,
    rows: Iterator[sqlite3.Row],
    finds: Callable[[sqlite3.Row], bool],
) -> SessionPage:
    """A page of the newest matching rows, as far as one call examines them."""
    looked_at = ((row["id"], finds(row)) for row in rows)
    found, next_cursor = look(looked_at, wanted.offset + wanted.limit, LOOK_LIMIT)
    has_seen_all = next_cursor is None and wanted.after is None
    listed = tuple(map(listed_of, rows_of_ids(connection, found[wanted.offset :])))
    return SessionPage(listed, len(found), has_seen_all, next_cursor)


def lets_through(wanted: SessionQuery, row: sqlite3.Row) -> bool:
    """Whether the filters match a session, ignoring words."""
    at = row["created_at"]
    return (
        wanted.status in (None, row["status"])
        and wanted.order_id in (None, row["order_id"])
        and wanted.paid_state in (None, row["paid_state"])
        and wanted.late in (None, bool(row["late"]))
        and wanted.cancelled in (None, bool(row["cancelled"]))
        and wanted.needs_attention in (None, row["attention"] > 0)
        and (wanted.attention is None or wanted.attention in reasons_of_bits(row["attention"]))
        and (wanted.created_from is None or at >= wanted.created_from)
        and (wanted.created_to is None or at <= wanted.created_to)
    )


def _is_said_by_an_index(wanted: SessionQuery) -> bool:
    """Whether the index that ``walk`` uses answers all the filters."""
    if _mark(wanted) is None:
        return wanted.marks == 0
    return wanted.status is None and wanted.marks == 1


def _mark(wanted: SessionQuery) -> str | None:
    """The condition of the partial index that is walked; None if another index is used. It has to
    be worded exactly as in the index, or the database does not choose it."""
    if wanted.order_id is not None:
        return None
    if _asks_for_attention(wanted):
        return "attention <> 0"
    if wanted.late:
        return "late = 1"
    if wanted.paid_state in (PaidState.PARTIAL, PaidState.OVER):
        return f"paid_state = '{wanted.paid_state.value}'"
    return "cancelled = 1" if wanted.cancelled else None


def _asks_for_attention(wanted: SessionQuery) -> bool:
    return wanted.needs_attention is True or wanted.attention is not None


def _beginnings(merchant_id: str, wanted: SessionQuery) -> Iterator[tuple[list[str], list[Value]]]:
    """The conditions of each arm, with their values, that select an index."""
    mark = _mark(wanted)
    if mark is not None and _asks_for_attention(wanted):
        for number in numbers_with(wanted.attention):
            yield ["merchant_id = ?", mark, "attention = ?"], [merchant_id, number]
    elif mark is not None:
        yield ["merchant_id = ?", mark], [merchant_id]
    elif wanted.order_id is not None:
        of_order = ["merchant_id = ?", "order_id = ?"]
        if wanted.status is None:
            yield of_order, [merchant_id, wanted.order_id]
        else:
            # Worded so that the database uses the index by order id, which selects fewer rows.
            standing = "status || '' = ?"
            yield [*of_order, standing], [merchant_id, wanted.order_id, wanted.status.value]
    else:
        for status in SessionStatus if wanted.status is None else (wanted.status,):
            yield ["merchant_id = ?", "status = ?"], [merchant_id, status.value]


def _arms(merchant_id: str, wanted: SessionQuery, after: Place | None) -> tuple[str, list[Value]]:
    """Selections of id and creation time, each in the order of an index."""
    arms: list[str] = []
    values: list[Value] = []
    for conditions, given in _beginnings(merchant_id, wanted):
        values += given
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
    """The place of a cursor. Raises UnknownCursor if it is not a session of this merchant."""
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
        description=row["description"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
        confirmed_at=row["confirmed_at"],
        received=Sompi(row["received"]),
        paid_state=PaidState(row["paid_state"]),
        late=bool(row["late"]),
        cancelled=bool(row["cancelled"]),
        attention=reasons_of_bits(row["attention"]),
        fiat=row["fiat"],
        metadata=row["metadata"],
    )


def rows_of_ids(
    connection: sqlite3.Connection, session_ids: Iterable[str]
) -> Iterator[sqlite3.Row]:
    """The sessions with these ids, in the same order; all of them have to exist."""
    for session_id in session_ids:
        yield connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()


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
