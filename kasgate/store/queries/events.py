"""The append-only log of events, read in the order of commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.events import Event
from kasgate.reports import EventPage, EventQuery, Order, UnknownCursor
from kasgate.store.queries.rows import event_of

EVENTS_READ: Final = 1_000
"""The most events of one session that are read: the newest ones."""
LOOKED_AT: Final = 10_000
"""How many events one call examines to find those of one type."""


def add(connection: sqlite3.Connection, events: Sequence[Event], session_version: int) -> None:
    """Append events of one session at the next places of its merchant's log.

    The writer holds the database's only write lock until the commit, so places rise in the order
    of commits.
    """
    for ordinal, event in enumerate(events):
        connection.execute(
            """
            INSERT INTO events (
                id, type, merchant_id, session_id, session_version, ordinal, created_at, payload,
                sequence, place
            ) VALUES (
                ?, ?, ?, ?, ?, ?, ?, ?, ?,
                (SELECT coalesce(max(place), 0) + 1 FROM events WHERE merchant_id = ?)
            )
            """,
            (
                event.id,
                event.type.value,
                event.merchant_id,
                event.session_id,
                session_version,
                ordinal,
                event.created_at,
                event.payload,
                event.sequence,
                event.merchant_id,
            ),
        )


def by_id(connection: sqlite3.Connection, event_id: str) -> Event | None:
    """An event by its id."""
    row = connection.execute("SELECT * FROM events WHERE id = ?", (event_id,)).fetchone()
    return None if row is None else event_of(row)


def of_session(connection: sqlite3.Connection, session_id: str) -> list[Event]:
    """The newest EVENTS_READ events of a session, oldest first."""
    return [event_of(row) for row in _rows_of_session(connection, session_id)]


def newest_id(connection: sqlite3.Connection, merchant_id: str) -> str | None:
    """The last event of a merchant's log."""
    row = connection.execute(
        "SELECT id FROM events WHERE merchant_id = ? ORDER BY place DESC LIMIT 1", (merchant_id,)
    ).fetchone()
    return None if row is None else row["id"]


def page(connection: sqlite3.Connection, merchant_id: str, wanted: EventQuery) -> EventPage:
    """A page of a merchant's log. Raises UnknownCursor if ``wanted.after`` is not in it.

    With a type, one call examines a limited part of the log, because an index of types would cost
    every event more than it is worth. Places have no gaps, so the end of the part is known.
    """
    after = _place_of(connection, merchant_id, wanted.after)
    if wanted.session_id is not None:
        return _page_of_session(connection, merchant_id, wanted, after)
    newest = _newest_place(connection, merchant_id)
    if wanted.order is Order.OLDEST:
        first = after + 1 if after is not None else 1
        last = min(newest, first + LOOKED_AT - 1)
        edge, has_beyond, direction = last, last < newest, "ASC"
    else:
        last = after - 1 if after is not None else newest
        first = max(1, last - LOOKED_AT + 1)
        edge, has_beyond, direction = first, first > 1, "DESC"
    of_type, values = ("", []) if wanted.type is None else (" AND type = ?", [wanted.type.value])
    rows = connection.execute(
        f"""
        SELECT * FROM events WHERE merchant_id = ? AND place BETWEEN ? AND ?{of_type}
        ORDER BY place {direction} LIMIT ?
        """,  # noqa: S608 (its parts are above)
        (merchant_id, first, last, *values, wanted.limit + 1),
    ).fetchall()
    events = tuple(event_of(row) for row in rows[: wanted.limit])
    if len(rows) > wanted.limit:
        return EventPage(events, events[-1].id, has_more=True)
    looked_to = _id_at(connection, merchant_id, edge) if first <= last else wanted.after
    return EventPage(events, looked_to, has_more=has_beyond)


def _page_of_session(
    connection: sqlite3.Connection, merchant_id: str, wanted: EventQuery, after: int | None
) -> EventPage:
    """A page of the newest EVENTS_READ events of a session, which are in the order of the log."""
    events = [
        event_of(row)
        for row in _rows_of_session(connection, wanted.session_id or "")
        if row["merchant_id"] == merchant_id
        and wanted.type in (None, row["type"])
        and (after is None or _is_beyond(wanted, row["place"], after))
    ]
    if wanted.order is Order.NEWEST:
        events.reverse()
    shown = tuple(events[: wanted.limit])
    return EventPage(
        shown, shown[-1].id if shown else wanted.after, has_more=len(events) > wanted.limit
    )


def _rows_of_session(connection: sqlite3.Connection, session_id: str) -> list[sqlite3.Row]:
    rows = connection.execute(
        """
        SELECT * FROM events WHERE session_id = ?
        ORDER BY session_version DESC, ordinal DESC LIMIT ?
        """,
        (session_id, EVENTS_READ),
    ).fetchall()
    return rows[::-1]


def _is_beyond(wanted: EventQuery, place: int, after: int) -> bool:
    return place > after if wanted.order is Order.OLDEST else place < after


def _place_of(connection: sqlite3.Connection, merchant_id: str, event_id: str | None) -> int | None:
    """The place of a cursor; None without a cursor."""
    if event_id is None:
        return None
    row = connection.execute(
        "SELECT merchant_id, place FROM events WHERE id = ?", (event_id,)
    ).fetchone()
    if row is None or row["merchant_id"] != merchant_id:
        raise UnknownCursor(event_id)
    place: int = row["place"]
    return place


def _newest_place(connection: sqlite3.Connection, merchant_id: str) -> int:
    place: int = connection.execute(
        "SELECT coalesce(max(place), 0) FROM events WHERE merchant_id = ?", (merchant_id,)
    ).fetchone()[0]
    return place


def _id_at(connection: sqlite3.Connection, merchant_id: str, place: int) -> str:
    event_id: str = connection.execute(
        "SELECT id FROM events WHERE merchant_id = ? AND place = ?", (merchant_id, place)
    ).fetchone()[0]
    return event_id
