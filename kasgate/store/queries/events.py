"""The append-only log of events, read in the order of commits."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from kasgate.events import Event
from kasgate.reports import EventPage, EventQuery, Order, UnknownCursor
from kasgate.store.rows import event_of

EVENTS_READ: Final = 1_000
"""How many events of one session are read at most: the newest."""
LOOKED_AT: Final = 10_000
"""How many events one call looks through for those of one type."""


def add(connection: sqlite3.Connection, events: Sequence[Event], session_version: int) -> None:
    """Append events of one session, at the next places of its merchant's log.

    Whoever writes holds the database's only write lock until the commit, so places rise in the
    order of commits.
    """
    for ordinal, event in enumerate(events):
        connection.execute(
            """
            INSERT INTO events (
                id, type, merchant_id, session_id, session_version, ordinal, created_at, payload,
                place
            ) VALUES (
                ?, ?, ?, ?, ?, ?, ?, ?,
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
                event.merchant_id,
            ),
        )


def by_id(connection: sqlite3.Connection, event_id: str) -> Event | None:
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
    """A part of a merchant's log. Raises UnknownCursor if ``wanted.after`` is not in it.

    Of one type a part is looked through, as long as one call may: an index of types would cost
    every event more than it is worth.
    """
    after = _place_of(connection, merchant_id, wanted.after)
    if wanted.session_id is not None:
        return _page_of_session(connection, merchant_id, wanted, after)
    beyond, direction = _direction(wanted)
    where, values = "merchant_id = ?", [merchant_id, *after]
    if after:
        where += f" AND place {beyond} ?"
    looked_at = wanted.limit if wanted.type is None else LOOKED_AT
    rows = connection.execute(
        f"SELECT * FROM events WHERE {where} ORDER BY place {direction} LIMIT ?",  # noqa: S608
        (*values, looked_at + 1),
    )
    found: list[Event] = []
    last = wanted.after
    for number, row in enumerate(rows):
        if number == looked_at or len(found) == wanted.limit:
            return EventPage(tuple(found), last, has_more=True)
        last = row["id"]
        if wanted.type in (None, row["type"]):
            found.append(event_of(row))
    return EventPage(tuple(found), last, has_more=False)


def _page_of_session(
    connection: sqlite3.Connection, merchant_id: str, wanted: EventQuery, after: tuple[int, ...]
) -> EventPage:
    """Of the newest EVENTS_READ of a session, whose own order is that of the log."""
    events = [
        event_of(row)
        for row in _rows_of_session(connection, wanted.session_id or "")
        if row["merchant_id"] == merchant_id
        and wanted.type in (None, row["type"])
        and (not after or _is_beyond(wanted, row["place"], after[0]))
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


def _direction(wanted: EventQuery) -> tuple[str, str]:
    return (">", "ASC") if wanted.order is Order.OLDEST else ("<", "DESC")


def _is_beyond(wanted: EventQuery, place: int, after: int) -> bool:
    return place > after if wanted.order is Order.OLDEST else place < after


def _place_of(
    connection: sqlite3.Connection, merchant_id: str, event_id: str | None
) -> tuple[int, ...]:
    """The place of a cursor, or nothing without one."""
    if event_id is None:
        return ()
    row = connection.execute(
        "SELECT merchant_id, place FROM events WHERE id = ?", (event_id,)
    ).fetchone()
    if row is None or row["merchant_id"] != merchant_id:
        raise UnknownCursor(event_id)
    return (row["place"],)
